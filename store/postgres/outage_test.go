package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/storetest"
)

// STO-003, STO-061: a server that is killed is an outage and no sign-out; when it is
// back verbs go on without a restart, and what was acknowledged is there.
func TestServer_killed_and_back(t *testing.T) {
	t.Parallel()
	s := &server{}
	s.PostgresServer, s.err = dbtest.Postgres("15")
	dbtest.Need(t, s.err)
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	b := open(t, s.database(t))
	sessions, ctx := b.Stores().Session, t.Context()
	sub := identity.Subject{Tenant: identity.NewTenantID(entropy.System()), User: identity.NewUserID(entropy.System())}
	for i := range 3 {
		if err := sessions.Raise(ctx, identity.UserScope(sub)); err != nil {
			t.Fatal(err)
		}
		if err := s.Kill(); err != nil {
			t.Fatal(err)
		}
		if _, err := sessions.Epochs(ctx, sub); !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("no server: %v", err)
		}
		if err := sessions.Raise(ctx, identity.UserScope(sub)); !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("no server: %v", err)
		}
		if err := b.Check(ctx); !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("no server: %v", err)
		}
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		got, err := sessions.Epochs(ctx, sub)
		if err != nil || got.User != uint64(i+1) {
			t.Fatalf("after %d raises: %+v, %v", i+1, got, err)
		}
	}
}

// Connections that the server has closed, as a fail-over or a pooler does, are no
// answer to anybody.
func TestServer_closes_connections(t *testing.T) {
	t.Parallel()
	dsn := v18.database(t)
	b := open(t, dsn)
	sub := identity.Subject{Tenant: identity.NewTenantID(entropy.System()), User: identity.NewUserID(entropy.System())}
	const others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%axess_epochs%'"
	for range 5 {
		if err := b.Stores().Session.Raise(t.Context(), identity.UserScope(sub)); err != nil {
			t.Fatal(err)
		}
	}
	exec(t, dsn, others)
	// A connection that rested for less than a second is used without asking.
	deadline := time.Now().Add(10 * time.Second)
	for {
		_, err := b.Stores().Session.Epochs(t.Context(), sub)
		if err == nil {
			break
		}
		if !errors.Is(err, store.ErrUnavailable) || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if got, err := b.Stores().Session.Epochs(t.Context(), sub); err != nil || got.User != 5 {
		t.Fatalf("%+v, %v", got, err)
	}
}

// SES-196, SES-198, SES-225, STO-061: kill -9 of the server in the middle of
// sign-ins, rotations, sign-outs, revocations and changes of credentials.
func TestServer_killed_in_the_middle(t *testing.T) {
	t.Parallel()
	s := &server{}
	s.PostgresServer, s.err = dbtest.Postgres("18")
	dbtest.Need(t, s.err)
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	b := open(t, s.database(t))
	storetest.RunOutage(t, storetest.Outage{Stores: b.Stores(), Kill: s.Kill, Return: s.Start})
}
