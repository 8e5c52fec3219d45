package mysql_test

import (
	"database/sql"
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
