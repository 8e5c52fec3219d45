package postgres_test

import (
	"sync"
	"testing"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store/storetest"
)

// STO-003, STO-061: a server that is killed is an outage and no sign-out; when it is
// back verbs go on without a restart, and what was acknowledged is there.
func TestServer_killed_and_back(t *testing.T) {
	t.Parallel()
	s := &server{}
	s.PostgresServer, s.err = dbtest.Postgres("15")
	dbtest.Need(t, s.err)
	dbtest.StopAfter(t, s)
	b := open(t, s.database(t))
	storetest.RunRestart(t, storetest.Outage{Stores: b.Stores(), Kill: s.Kill, Return: s.Start}, b.Check)
}

// Connections that the server has closed, as a fail-over or a pooler does, are no
// answer to anybody.
func TestServer_closes_connections(t *testing.T) {
	t.Parallel()
	dsn := v18.database(t, "application_name=closed")
	b := open(t, dsn)
	const others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = 'closed'"
	storetest.RunReconnect(t, b.Stores(), func() { exec(t, dsn, others) })
}

// SES-196, SES-198, SES-225, STO-061: kill -9 of the server in the middle of
// sign-ins, rotations, sign-outs, revocations and changes of credentials.
func TestServer_killed_in_the_middle(t *testing.T) {
	t.Parallel()
	s := &server{}
	s.PostgresServer, s.err = dbtest.Postgres("18")
	dbtest.Need(t, s.err)
	dbtest.StopAfter(t, s)
	b := open(t, s.database(t))
	storetest.RunOutage(t, storetest.Outage{Stores: b.Stores(), Kill: s.Kill, Return: s.Start})
}

// Connections that the server has ended while they rested cost nobody a request: what
// reads, and what had not begun to commit, is asked again. STO-061, STO-060
func TestServer_ended_connections_that_rested(t *testing.T) {
	t.Parallel()
	for name, on := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := on.database(t, "application_name=rested")
			s := open(t, dsn).Stores().Session
			sub := identity.Subject{Tenant: identity.NewTenantID(entropy.System()), User: identity.NewUserID(entropy.System())}
			for round := range 3 {
				var all sync.WaitGroup
				for range 8 { // several connections rest afterwards
					all.Go(func() {
						if _, err := s.Epochs(t.Context(), sub); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				exec(t, dsn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rested' AND pid <> pg_backend_pid()")
				if err := s.Raise(t.Context(), identity.UserScope(sub)); err != nil {
					t.Errorf("a transaction: %v", err)
				}
				exec(t, dsn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rested' AND pid <> pg_backend_pid()")
				if got, err := s.Epochs(t.Context(), sub); err != nil || got.User != uint64(round+1) {
					t.Errorf("a reading: %+v, %v", got, err)
				}
			}
		})
	}
}
