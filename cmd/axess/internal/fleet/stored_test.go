//go:build linux

package fleet

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/axess-go/axess/internal/dbtest"
)

// stored is where the servers of a fleet keep things: the settings dsn and sessions.
type stored struct{ dsn, sessions string }

// environment hands them over where passwords may stand.
func (s stored) environment() []string {
	return []string{"AXESS_DSN=" + s.dsn, "AXESS_SESSIONS=" + s.sessions} // empty is unset
}

// bound is how long after an acknowledged end another server may take a session: none
// where each request asks the store, and what a message takes where Valkey tells
// servers that remember (SES-208 bounds it by two seconds).
func (s stored) bound() time.Duration {
	if strings.Contains(s.dsn+s.sessions, "redis://") {
		return time.Second
	}
	return 0
}

// kind is a mixture of stores, empty for whoever asks.
type kind struct {
	name  string
	fresh func(t testing.TB) stored
}

// kinds are those that every promise to several servers is held to.
func kinds() []kind {
	return []kind{
		{"postgres", func(t testing.TB) stored { return stored{dsn: postgres.empty(t)} }},
		{"mariadb", func(t testing.TB) stored { return stored{dsn: mariadb.empty(t)} }},
		{"valkey", func(t testing.TB) stored { return stored{dsn: valkey.empty(t)} }},
		{"postgres, sessions in valkey", func(t testing.TB) stored { return stored{postgres.empty(t), valkey.empty(t)} }},
	}
}

// mysqlOfOracle is a kind that differs from MariaDB in its server alone, so that a few
// tests on it are enough.
func mysqlOfOracle() kind {
	return kind{"mysql", func(t testing.TB) stored { return stored{dsn: mysql8.empty(t)} }}
}

// onStores runs a test on three servers for each kind of store.
func onStores(t *testing.T, test func(t *testing.T, f *fleet), more ...kind) {
	t.Helper()
	for _, k := range append(kinds(), more...) {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			test(t, newFleet(t, 3, k.fresh(t)))
		})
	}
}

// machine is a server of a store that a test may end.
type machine interface {
	Kill() error
	Start() error
	Stop() error
}

// server is a machine with room for several sites. The shared ones start with the
// first test that needs them.
type server struct {
	// begin starts the machine and says how to make an empty place in it.
	begin func() (machine, func(n int64) (url string, err error), error)

	once sync.Once
	machine
	place func(n int64) (string, error)
	n     atomic.Int64
	err   error
}

var (
	postgres = &server{begin: beginPostgres}
	mariadb  = &server{begin: beginMariaDB}
	mysql8   = &server{begin: beginMySQL8}
	valkey   = &server{begin: beginValkey}
)

// empty makes an empty place and returns its URL.
func (s *server) empty(t testing.TB) string {
	t.Helper()
	s.once.Do(func() { s.machine, s.place, s.err = s.begin() })
	dbtest.Need(t, s.err)
	url, err := s.place(s.n.Add(1))
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// alone starts another machine of the kind, which ends with the test.
func (s *server) alone(t testing.TB) *server {
	t.Helper()
	own := &server{begin: s.begin}
	own.once.Do(func() { own.machine, own.place, own.err = own.begin() })
	dbtest.Need(t, own.err)
	dbtest.StopAfter(t, own)
	return own
}

// end stops a shared machine that was started.
func (s *server) end() error {
	if s.machine == nil {
		return nil
	}
	return s.Stop()
}

func beginPostgres() (machine, func(int64) (string, error), error) {
	s, err := dbtest.Postgres("15")
	if err != nil {
		return nil, nil, err
	}
	return s, func(n int64) (string, error) {
		name := fmt.Sprintf("fleet%d", n)
		return withPath(s.DSN, name), once("pgx", s.DSN, "CREATE DATABASE "+name)
	}, nil
}

func beginMariaDB() (machine, func(int64) (string, error), error) {
	return beginMySQL(dbtest.MariaDB())
}

func beginMySQL8() (machine, func(int64) (string, error), error) {
	return beginMySQL(dbtest.MySQL(dbtest.MySQLOldest))
}

func beginMySQL(s *dbtest.MySQLServer, err error) (machine, func(int64) (string, error), error) {
	if err != nil {
		return nil, nil, err
	}
	cfg, err := mysql.ParseDSN(s.DSN)
	if err != nil {
		return nil, nil, errors.Join(err, s.Stop())
	}
	return s, func(n int64) (string, error) {
		name := fmt.Sprintf("fleet%d", n)
		return "mysql://" + cfg.User + "@" + cfg.Addr + "/" + name, once("mysql", s.DSN, "CREATE DATABASE "+name)
	}, nil
}

// beginValkey starts a server that has each write on disk before it answers.
func beginValkey() (machine, func(int64) (string, error), error) {
	const most = 200
	s, err := dbtest.Redis("--appendfsync", "always", "--databases", fmt.Sprint(most))
	if err != nil {
		return nil, nil, err
	}
	return s, func(n int64) (string, error) {
		if n >= most {
			return "", errors.New("more places than databases")
		}
		return fmt.Sprintf("%s/%d", s.URL, n), nil
	}, nil
}

// valkeyCluster is everything on a cluster, which is the test's own: a cluster has
// one place alone.
func valkeyCluster() kind {
	return kind{"valkey cluster", func(t testing.TB) stored {
		c, err := dbtest.RedisCluster(6)
		dbtest.Need(t, err)
		dbtest.StopAfter(t, c)
		return stored{dsn: c.URL}
	}}
}

// once sends one statement of the operator's.
func once(driver, dsn, text string) error {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	_, err = db.Exec(text) //nolint:noctx // it ends with the server
	return errors.Join(err, db.Close())
}

// stopShared stops what tests have shared.
func stopShared(w io.Writer) (failed bool) {
	for _, s := range []*server{postgres, mariadb, mysql8, valkey} {
		if err := s.end(); err != nil {
			fmt.Fprintln(w, err)
			failed = true
		}
	}
	return failed
}

// withPath is the URL of another database of the same server.
func withPath(dsn, name string) string { return dsn[:strings.LastIndexByte(dsn, '/')+1] + name }
