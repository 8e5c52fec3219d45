package mysql_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strconv"
	"sync/atomic"
	"testing"

	driversql "github.com/go-sql-driver/mysql"

	"github.com/axess-go/axess/store/mysql"
)

// everywhere makes each connection of a pool to another node, so that two verbs that
// meet mostly meet as two nodes. It prepares each statement for one use, as the driver
// does by itself.
type everywhere struct {
	nodes []driver.Connector
	n     atomic.Int64
}

func (e *everywhere) Connect(ctx context.Context) (driver.Conn, error) {
	return e.nodes[int(e.n.Add(1))%len(e.nodes)].Connect(ctx)
}

func (e *everywhere) Driver() driver.Driver { return e.nodes[0].Driver() }

// spread makes an empty database and opens it on all nodes at once.
func (c *cluster) spread(t *testing.T) *mysql.Backend {
	t.Helper()
	name := "s" + strconv.FormatInt(c.n.Add(1), 10)
	exec(t, c.nodes[0].DSN, "CREATE DATABASE "+name+" CHARACTER SET latin1")
	e := &everywhere{}
	for _, s := range c.nodes {
		exec(t, s.DSN+"?wsrep_sync_wait=7", "SELECT 1 FROM information_schema.schemata") // until it knows the database
		cfg, err := driversql.ParseDSN(s.DSN + name + "?clientFoundRows=true&wsrep_sync_wait=7&innodb_lock_wait_timeout=5")
		if err != nil {
			t.Fatal(err)
		}
		one, err := driversql.NewConnector(cfg)
		if err != nil {
			t.Fatal(err)
		}
		e.nodes = append(e.nodes, one)
	}
	db := sql.OpenDB(e)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	b, err := mysql.OpenDB(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// retried runs what meets on several nodes. STO-060
func (c *cluster) retried(t *testing.T, meet func(*testing.T)) {
	before := c.refused(t)
	meet(t)
	if c.refused(t) == before {
		t.Error("no node refused anything for the sake of another: the verbs did not meet")
	}
}

// refused counts the transactions that the nodes refused because another node was
// before: when they committed, or while they ran.
func (c *cluster) refused(t *testing.T) int {
	t.Helper()
	sum := 0
	for _, s := range c.nodes {
		db := connect(t, s.DSN)
		for _, variable := range []string{"wsrep_local_cert_failures", "wsrep_local_bf_aborts"} {
			var name string
			var n int
			if err := db.QueryRowContext(t.Context(), "SHOW STATUS LIKE '"+variable+"'").Scan(&name, &n); err != nil {
				t.Error(err)
			}
			sum += n
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	return sum
}
