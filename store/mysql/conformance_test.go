package mysql_test

import (
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/storetest"
)

// STO-010, STO-027, STO-060
func TestConformance(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		storetest.Run(t, func(t *testing.T) backend.Stores { return open(t, s.tables(t)).Stores() })
	})
}

// STO-010, STO-027: on a node of a cluster transactions are made otherwise. It is the
// only one here: tables that each test makes on three are dear.
func TestConformance_Galera(t *testing.T) {
	t.Parallel()
	nodes, err := dbtest.Galera(1)
	dbtest.Need(t, err)
	dbtest.StopAfter(t, nodes[0])
	s := &server{MySQLServer: nodes[0]}
	storetest.Run(t, func(t *testing.T) backend.Stores { return open(t, s.tables(t)).Stores() })
}

// STO-069
func TestRecord_moves_to_and_from_memory(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *server) {
		storetest.RunCopies(t, memory.New(memory.Config{}).Stores().Session, open(t, s.database(t)).Stores().Session)
	})
}
