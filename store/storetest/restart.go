package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

func somebody() identity.Subject {
	return identity.Subject{Tenant: identity.NewTenantID(entropy.System()), User: identity.NewUserID(entropy.System())}
}

// RunRestart kills a server at rest and brings it back, three times: meanwhile every
// verb and check is store.ErrUnavailable, which is no sign-out; afterwards verbs go on
// by themselves, and what was acknowledged is there.
func RunRestart(t *testing.T, o Outage, check func(context.Context) error) {
	t.Helper()
	sessions, ctx, sub := o.Stores.Session, t.Context(), somebody()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		must(sessions.Raise(ctx, identity.UserScope(sub)))
		must(o.Kill())
		_, read := sessions.Epochs(ctx, sub)
		for name, err := range map[string]error{"read": read, "write": sessions.Raise(ctx, identity.UserScope(sub)), "check": check(ctx)} {
			if !errors.Is(err, store.ErrUnavailable) {
				t.Fatalf("%s, no server: %v", name, err)
			}
		}
		must(o.Return())
		if got, err := sessions.Epochs(ctx, sub); err != nil || got.User != uint64(i+1) {
			t.Fatalf("after %d raises: %+v, %v", i+1, got, err)
		}
	}
}

// RunReconnect has all connections of a backend closed at the server's end, as a
// server does to those that rest, and a fail-over to all. Some verbs may then be
// store.ErrUnavailable, for as long as the server takes; soon they go on, and nothing
// is lost.
func RunReconnect(t *testing.T, s backend.Stores, closeAll func()) {
	t.Helper()
	sub, ctx := somebody(), t.Context()
	const raises = 5
	for range raises {
		if err := s.Session.Raise(ctx, identity.UserScope(sub)); err != nil {
			t.Fatal(err)
		}
	}
	closeAll()
	wall := clock.System()
	began := wall.Mono()
	for {
		_, err := s.Session.Epochs(ctx, sub)
		if err == nil {
			break
		}
		if !errors.Is(err, store.ErrUnavailable) || wall.Mono()-began > 10*time.Second {
			t.Fatal(err)
		}
	}
	if got, err := s.Session.Epochs(ctx, sub); err != nil || got.User != raises {
		t.Fatalf("%+v, %v", got, err)
	}
}
