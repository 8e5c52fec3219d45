package mysql_test

import (
	"database/sql"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store/mysql"
)

// maria is the server of most tests.
var maria = &server{}

type server struct {
	*dbtest.MariaDBServer
	err error
	n   atomic.Int64
}

func TestMain(m *testing.M) {
	maria.MariaDBServer, maria.err = dbtest.MariaDB()
	var stop []func() error
	if maria.err == nil {
		stop = append(stop, maria.Stop)
	}
	os.Exit(dbtest.Main(m, func() error { return goleak.Find() }, stop...))
}

// database makes an empty database in the server and returns its data source name.
func (s *server) database(t testing.TB, settings ...string) string {
	t.Helper()
	dbtest.Need(t, s.err)
	name := fmt.Sprintf("t%d", s.n.Add(1))
	exec(t, s.DSN, "CREATE DATABASE "+name+" CHARACTER SET latin1") // tables say their own
	return s.DSN + name + "?" + strings.Join(settings, "&")
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
