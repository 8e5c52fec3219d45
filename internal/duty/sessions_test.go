package duty_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/storetest/fault"
)

func (w *world) row() store.Row {
	src := entropy.Seeded(uint64(len(w.f.Calls())) + 100)
	return store.Row{ID: identity.NewEventID(noon(), src).Bytes(), At: noon(), Topic: store.TopicAudit, Body: []byte("event")}
}

// verbs are those that rows may accompany; each is told its rows.
func (w *world) verbs() map[string]func(context.Context, ...store.Row) error {
	next := w.sess
	next.Ref = identity.FromBytes[session.Ref]([16]byte{2})
	claim := session.Claim{Subject: w.who, Now: noon()}
	return map[string]func(context.Context, ...store.Row) error{
		"create": func(ctx context.Context, also ...store.Row) error {
			_, err := w.s.Session.Create(ctx, next, claim, also...)
			return err
		},
		"rotate": func(ctx context.Context, also ...store.Row) error {
			_, err := w.s.Session.Rotate(ctx, w.sess.Ref, 1, next, claim, time.Minute, also...)
			return err
		},
		"delete": func(ctx context.Context, also ...store.Row) error {
			return w.s.Session.Delete(ctx, w.sess.Ref, w.who, also...)
		},
		"raise": func(ctx context.Context, also ...store.Row) error {
			return w.s.Session.Raise(ctx, identity.UserScope(w.who), also...)
		},
	}
}

func (w *world) events() int {
	w.t.Helper()
	list, err := w.under.Identity.Lease(w.t.Context(), store.TopicAudit, 100, noon(), noon().Add(time.Second))
	w.must(err)
	return len(list)
}

// Rows of a session verb end up in the outbox that somebody reads, which is that
// of the accounts, also when the caller leaves in between. PRD-022
func TestSession_rows_follow_their_verb(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"create", "rotate", "delete", "raise"} {
		w := newWorld(t)
		ctx, leave := context.WithCancel(t.Context())
		w.f.Use(fault.Always("outbox.Append", fault.Injection{Delay: leave}))
		w.must(w.verbs()[name](ctx, w.row(), store.Row{ID: [16]byte{9}, At: noon(), Topic: store.TopicAudit}))
		if n := w.events(); n != 2 {
			t.Errorf("%s: %d rows, want 2", name, n)
		}
		stray, err := w.other.Identity.Lease(t.Context(), store.TopicAudit, 9, noon(), noon().Add(time.Second))
		if err != nil || len(stray) != 0 {
			t.Errorf("%s: %d rows where nobody reads, %v", name, len(stray), err)
		}
	}
}

// A row that is lost is said to be lost; one that no outbox takes stops the verb
// before it begins; and a verb that failed has no row. PRD-022
func TestSession_rows_that_cannot_follow(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"create", "rotate", "delete", "raise"} {
		w := newWorld(t)
		w.f.Use(fault.Always("outbox.Append", fault.Injection{Before: errLost}))
		if err := w.verbs()[name](t.Context(), w.row()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: a lost row: %v", name, err)
		}
		w = newWorld(t)
		w.f.Reset()
		if err := w.verbs()[name](t.Context(), store.Row{}); !errors.Is(err, store.ErrBadArgument) || len(w.f.Calls()) != 0 {
			t.Errorf("%s: a malformed row: %v after %v", name, err, w.f.Calls())
		}
		w.f.Use(func(c fault.Call) fault.Injection { return fault.Injection{Before: errLost} })
		if err := w.verbs()[name](t.Context(), w.row()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: a failing verb: %v", name, err)
		}
		w.f.Use(nil)
		if n := w.events(); n != 0 {
			t.Errorf("%s: the verb failed and has %d rows", name, n)
		}
	}
}
