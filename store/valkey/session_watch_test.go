package valkey_test

import (
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// A subscription that the server has lost is said: what ended meanwhile was not
// heard. Another hears again, also what a second client ends. SES-207
func TestWatch_says_that_its_connection_is_lost(t *testing.T) {
	t.Parallel()
	// A server of its own: every watch on it loses its connection.
	own, err := dbtest.Redis()
	dbtest.Need(t, err)
	t.Cleanup(func() {
		if err := own.Stop(); err != nil {
			t.Error(err)
		}
	})
	d := newDying(t, &server{url: own.URL})
	w, err := d.ok.Watch(t.Context())
	d.must(err)
	ctx, cancel := clock.WithTimeout(t.Context(), clock.System(), 20*time.Second)
	defer cancel()
	clients, err := d.raw.Do(t.Context(), d.raw.B().Arbitrary("CLIENT", "KILL", "TYPE", "pubsub").Build()).AsInt64()
	if err != nil || clients == 0 {
		t.Fatalf("%d connections of watches: %v", clients, err)
	}
	if _, err := w.Next(ctx); !errors.Is(err, store.ErrUnavailable) || ctx.Err() != nil {
		t.Errorf("a lost connection: %v", err)
	}
	d.must(w.Close())
	w, err = d.ok.Watch(t.Context())
	d.must(err)
	s := person()
	d.must(d.cut.Raise(t.Context(), identity.UserScope(s)))
	got, err := w.Next(ctx)
	if err != nil || len(got) != 1 || got[0] != (session.Ending{Scope: identity.UserScope(s)}) {
		t.Errorf("%v, %v", got, err)
	}
	d.must(w.Close())
}
