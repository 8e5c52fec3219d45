package mysql_test

import (
	"fmt"
	"testing"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store/storetest"
)

func newSubject() identity.Subject {
	return identity.Subject{Tenant: identity.NewTenantID(entropy.System()), User: identity.NewUserID(entropy.System())}
}

// STO-003, STO-061: a server that is killed is an outage and no sign-out; when it is
// back verbs go on without a restart, and what was acknowledged is there.
func TestServer_killed_and_back(t *testing.T) {
	t.Parallel()
	onEach(t, killedAndBack)
}

func killedAndBack(t *testing.T, s *server) {
	s = s.own(t)
	b := open(t, s.database(t))
	storetest.RunRestart(t, storetest.Outage{Stores: b.Stores(), Kill: s.Kill, Return: s.Start}, b.Check)
}

// SES-196, SES-198, SES-225, STO-061: kill -9 of the server in the middle of
// sign-ins, rotations, sign-outs, revocations and changes of credentials.
func TestServer_killed_in_the_middle(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		s = s.own(t)
		b := open(t, s.database(t))
		storetest.RunOutage(t, storetest.Outage{Stores: b.Stores(), Kill: s.Kill, Return: s.Start})
	})
}

// Connections that the server has closed while they rested, as it does after a time
// and as a fail-over does, are no answer to anybody.
func TestServer_closes_connections(t *testing.T) {
	t.Parallel()
	onEach(t, closesConnections)
}

func closesConnections(t *testing.T, s *server) {
	dsn := s.database(t)
	b := open(t, dsn)
	storetest.RunReconnect(t, b.Stores(), func() { closeOthers(t, dsn) })
}

// closeOthers ends every other connection to a database.
func closeOthers(t *testing.T, dsn string) {
	t.Helper()
	db := connect(t, dsn)
	defer db.Close()
	db.SetMaxOpenConns(1)
	rows, err := db.QueryContext(t.Context(), "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil || len(ids) == 0 {
		t.Fatal(len(ids), err)
	}
	for _, id := range ids {
		if _, err := db.ExecContext(t.Context(), fmt.Sprintf("KILL CONNECTION %d", id)); err != nil {
			t.Fatal(err)
		}
	}
}
