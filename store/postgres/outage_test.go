package postgres_test

import (
	"testing"

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
	dsn := v18.database(t)
	b := open(t, dsn)
	const others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%axess_epochs%'"
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
