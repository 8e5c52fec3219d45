// The oldest MySQL under test offers key exchange by RSA alone, which Go's TLS no
// longer does unless it is asked.
//
//go:debug tlsrsakex=1

package mysql_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store/mysql"
)

// servers are what the suite runs on: the MariaDB that Debian ships, and the oldest
// and the newest MySQL there is.
var (
	maria  = &server{start: dbtest.MariaDB}
	mysql8 = &server{start: mysqlOf(dbtest.MySQLOldest)}
	mysql9 = &server{start: mysqlOf(dbtest.MySQLNewest), floating: true}

	servers = map[string]*server{"MariaDB": maria, "MySQL 8": mysql8, "MySQL 9": mysql9}
)

type server struct {
	*dbtest.MySQLServer
	err      error
	n        atomic.Int64
	start    func(options ...string) (*dbtest.MySQLServer, error)
	floating bool // may be missing

	mu    sync.Mutex
	clean []string // databases with tables and without rows
}

func mysqlOf(version string) func(...string) (*dbtest.MySQLServer, error) {
	return func(options ...string) (*dbtest.MySQLServer, error) { return dbtest.MySQL(version, options...) }
}

func TestMain(m *testing.M) {
	var up sync.WaitGroup
	for _, s := range servers {
		up.Go(func() { s.MySQLServer, s.err = s.start() })
	}
	up.Wait()
	var stop []func() error
	for _, s := range servers {
		if s.err == nil {
			stop = append(stop, s.Stop)
		}
	}
	os.Exit(dbtest.Main(m, func() error { return goleak.Find() }, stop...))
}

// database makes an empty database in the server and returns its data source name.
func (s *server) database(t testing.TB, settings ...string) string {
	t.Helper()
	s.need(t)
	name := fmt.Sprintf("t%d", s.n.Add(1))
	exec(t, s.DSN, "CREATE DATABASE "+name+" CHARACTER SET latin1") // tables say their own
	return s.DSN + name + "?" + strings.Join(settings, "&")
}

// tables is a database in which tables may be, but no rows: to make them anew for each
// of hundreds of tests is what most of the time would go to.
func (s *server) tables(t testing.TB) string {
	t.Helper()
	s.mu.Lock()
	dsn := ""
	if n := len(s.clean); n > 0 {
		dsn, s.clean = s.clean[n-1], s.clean[:n-1]
	}
	s.mu.Unlock()
	if dsn == "" {
		dsn = s.database(t)
	}
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		if err := empty(dsn); err != nil {
			t.Error(err)
			return
		}
		s.mu.Lock()
		s.clean = append(s.clean, dsn)
		s.mu.Unlock()
	})
	return dsn
}

// empty deletes every row but those that tell what the tables are.
func empty(dsn string) (err error) {
	ctx := context.Background() // that of a test is over when it is cleaned up
	db, err := sql.Open("mysql", dsn+"foreign_key_checks=0")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name NOT LIKE '%schema%'")
	if err != nil {
		return err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, name := range names {
		if _, err := db.ExecContext(ctx, "DELETE FROM "+name); err != nil {
			return err
		}
	}
	return nil
}

// need ends a test whose server is not there.
func (s *server) need(t testing.TB) {
	t.Helper()
	if s.floating {
		dbtest.Wish(t, s.err)
	}
	dbtest.Need(t, s.err)
}

// own is a server of the same kind that a test may kill.
func (s *server) own(t *testing.T, options ...string) *server {
	t.Helper()
	own := &server{start: s.start, floating: s.floating}
	own.MySQLServer, own.err = s.start(options...)
	own.need(t)
	dbtest.StopAfter(t, own)
	return own
}

// onEach runs a test on each server.
func onEach(t *testing.T, test func(t *testing.T, s *server)) {
	t.Helper()
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.need(t)
			test(t, s)
		})
	}
}

// exec sends a statement of the operator's.
func exec(t testing.TB, dsn, text string, args ...any) {
	t.Helper()
	db := connect(t, dsn)
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func connect(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func open(t testing.TB, dsn string, opts ...mysql.Option) *mysql.Backend {
	t.Helper()
	b, err := mysql.Open(t.Context(), dsn, opts...)
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
