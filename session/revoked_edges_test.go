package session

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/machine"
)

func (g *rig) watchOf(b *browser) *watch {
	login := registration(b.state())
	return &watch{m: g.Manager, ref: b.ref(), subject: login.Subject, login: login.Login}
}

// SES-084: a watch costs one read a look; a rotation is followed once, at once, and from
// then on it is one read again. An outage while it is followed is no end.
func TestRevoked_follows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Commit{"with grace": {}, "without": {NoGrace: true}} {
		g, rules := newTenantRig(t)
		rules.set(g.subj.Tenant, Timeouts{Absolute: 12 * time.Hour})
		b := g.in()
		w := g.watchOf(b)
		look := func(want bool, fault error, lists int) {
			t.Helper()
			g.db.reset()
			if live, err := w.lives(t.Context()); live != want || !errors.Is(err, fault) || g.db.count("sessions") != lists || g.db.count("load") != 1 {
				t.Errorf("%s: %t, %v, %v", name, live, err, g.db.calls)
			}
		}
		look(true, nil, 0)
		b.must(machine.Regenerate{}, c)
		g.db.down("sessions")
		look(false, errDown, 1)
		g.db.up()
		look(true, nil, 1)
		look(true, nil, 0)
		g.fake.Advance(time.Hour)
		look(true, nil, 0)
		g.db.edit(b.ref(), func(r *Record) { r.Subject = g.other() })
		look(false, nil, 0)
	}
}

// SES-084: only an unbroken half minute of failures is one, and the end of the request
// ends the watch without a word, in whatever it is.
func TestRevoked_patience(t *testing.T) {
	t.Parallel()
	const most = int(revokedPatience / revokedEvery)
	for name, tc := range map[string]struct {
		fails  func(n int) bool
		cancel int // with which look the request ends
		want   RevokedReason
		looks  int
	}{
		"unbroken":                       {func(int) bool { return true }, 0, RevokedLost, most},
		"broken once":                    {func(n int) bool { return n != most }, 2*most - 1, 0, 2*most - 1},
		"the request ends with the last": {func(int) bool { return true }, most, 0, most},
	} {
		g := newRig(t)
		w := g.watchOf(g.in())
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		g.db.faults(func(_ context.Context, verb string) error {
			if verb != "load" {
				return nil
			}
			if n++; n == tc.cancel {
				cancel()
			}
			if tc.fails(n) {
				return errDown
			}
			return nil
		}, nil)
		if got := w.until(ctx); got != tc.want || n != tc.looks {
			t.Errorf("%s: %v after %d looks, want %v after %d", name, got, n, tc.want, tc.looks)
		}
		cancel()
	}
}

// SES-084: a guest with data has no login to watch, and who acts as somebody else is
// watched with the epochs that hold for both.
func TestRevoked_of_a_guest_with_data_and_of_an_actor(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	guest := g.browser()
	guest.setNote("x")
	guest.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) {
		select {
		case r, open := <-s.Revoked():
			if open {
				t.Errorf("told %v", r)
			}
		default:
			t.Error("waits for nothing")
		}
	})
	if err := g.InvalidateUser(t.Context(), g.subj); err != nil { // the epoch is not 0
		t.Fatal(err)
	}
	b := g.acting(g.colleague())
	m := g.manager(func(c *Config) { c.Clock = g.fake })
	b.doOn(m, func(_ http.ResponseWriter, r *http.Request, s *Session) {
		ctx, over := context.WithCancel(r.Context())
		told := make(chan RevokedReason, 1)
		ch := s.Revoked()
		go func() {
			for reason := range ch {
				told <- reason
			}
			over()
		}()
		_ = g.fake.Await(ctx, clock.SleepName, 1)
		g.fake.Advance(revokedEvery)
		_ = g.fake.Await(ctx, clock.SleepName, 1)
		select {
		case reason := <-told:
			t.Errorf("told %v", reason)
		default:
		}
	})
}
