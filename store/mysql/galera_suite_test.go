package mysql_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strconv"
	"sync/atomic"
	"testing"

	driversql "github.com/go-sql-driver/mysql"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store/mysql"
	"github.com/axess-go/axess/store/storetest"
)

// everywhere makes each connection of a pool to another node, so that two verbs that
// meet mostly meet as two nodes.
type everywhere struct {
	nodes []driver.Connector
	n     atomic.Int64
}

func (e *everywhere) Connect(ctx context.Context) (driver.Conn, error) {
	return e.nodes[int(e.n.Add(1))%len(e.nodes)].Connect(ctx)
}

func (e *everywhere) Driver() driver.Driver { return e.nodes[0].Driver() }

// spread makes an empty database and opens it on all nodes at once.
func (c *cluster) spread(t *testing.T, made func(driver.Connector) driver.Connector) *mysql.Backend {
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
		e.nodes = append(e.nodes, made(one))
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

// plain leaves a connection as the driver makes it: each statement is prepared for one
// use, which is where a node takes a transaction back and tells nobody.
func plain(c driver.Connector) driver.Connector { return c }

// STO-010, STO-027, STO-060
func (c *cluster) suite(t *testing.T) {
	before := c.refused(t)
	t.Run("ports", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) backend.Stores { return c.spread(t, plain).Stores() })
	})
	if n := c.refused(t) - before; n == 0 {
		t.Error("no node refused anything for the sake of another: the verbs did not meet")
	} else {
		t.Logf("%d transactions were refused for the sake of another node, and tried again", n)
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
