package postgres_test

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store/postgres"
)

// servers are the versions that the suite runs on: the oldest that Debian still
// ships, and the newest.
var (
	v15, v18 = &server{}, &server{}
	servers  = map[string]*server{"15": v15, "18": v18}
)

type server struct {
	*dbtest.PostgresServer
	err error
	n   atomic.Int64
}

func TestMain(m *testing.M) {
	var stop []func() error
	for major, s := range servers {
		if s.PostgresServer, s.err = dbtest.Postgres(major); s.err == nil {
			stop = append(stop, s.Stop)
		}
	}
	os.Exit(dbtest.Main(m, func() error { return goleak.Find() }, stop...))
}

// database makes an empty schema in the server and returns its data source name.
func (s *server) database(t testing.TB, settings ...string) string {
	t.Helper()
	dbtest.Need(t, s.err)
	name := fmt.Sprintf("t%d", s.n.Add(1))
	conn, err := pgx.Connect(t.Context(), s.DSN)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), "CREATE SCHEMA "+name)
	if end := conn.Close(t.Context()); err != nil || end != nil {
		t.Fatal(err, end)
	}
	return s.DSN + "?" + strings.Join(append(settings, "search_path="+name), "&")
}

func open(t testing.TB, dsn string, opts ...postgres.Option) *postgres.Backend {
	t.Helper()
	b, err := postgres.Open(t.Context(), dsn, opts...)
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
