package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/axess-go/axess/internal/dbtest"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/postgres"
)

// exec sends a statement of the operator's.
func exec(t testing.TB, dsn, text string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

// on is the data source name of another database, user or setting of a server.
func on(t testing.TB, dsn string, change func(*url.URL)) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}

// STO-026, PRD-006: a server on which promises would not hold is refused at once,
// with what to do about it.
func TestOpen_refuses(t *testing.T) {
	t.Parallel()
	dbtest.Need(t, v15.err)
	exec(t, v15.DSN, "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
	exec(t, v15.DSN, "CREATE ROLE reader LOGIN")
	for name, tc := range map[string]struct{ dsn, cure string }{
		"no server":      {"postgres://axess@127.0.0.1:1/x", "start the server"},
		"no database":    {on(t, v15.DSN, func(u *url.URL) { u.Path = "/missing" }), "create the database"},
		"no such user":   {on(t, v15.DSN, func(u *url.URL) { u.User = url.User("nobody") }), "correct user and password"},
		"other encoding": {on(t, v15.DSN, func(u *url.URL) { u.Path = "/latin" }), "ENCODING 'UTF8'"},
		"not durable":    {v15.database(t, "synchronous_commit=off"), "SET synchronous_commit = on"},
		"no rights":      {on(t, v15.DSN, func(u *url.URL) { u.User = url.User("reader") }), "let this role use the schema"},
		"read only":      {v15.database(t, "default_transaction_read_only=on"), "name the primary"},
		"in the open":    {"postgres://axess:a-long-secret@db.example.test/x", "sslmode=verify-full"},
		"unverified":     {"postgres://axess:a-long-secret@db.example.test/x?sslmode=require", "sslmode=verify-full"},
		"one in the open": {
			"host=127.0.0.1,db.example.test user=axess password=a-long-secret sslmode=prefer", "sslmode=verify-full",
		},
		"nonsense": {"postgres://axess:a-long-secret@db.example.test:port/x", "cannot parse"},
		"wrong":    {v15.database(t, "sslmode=sometimes"), "sslmode is invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := postgres.Open(t.Context(), tc.dsn)
			if err == nil {
				b.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), tc.cure) || strings.Contains(err.Error(), "a-long-secret") {
				t.Error(err)
			}
		})
	}
}

func TestOptions_are_checked(t *testing.T) {
	t.Parallel()
	dsn := v15.database(t)
	for name, o := range map[string]postgres.Option{
		"no clock":        postgres.WithClock(nil),
		"no entropy":      postgres.WithEntropy(nil),
		"no connection":   postgres.WithConnections(0),
		"no prefix":       postgres.WithPrefix(""),
		"prefix with SQL": postgres.WithPrefix("x; --"),
	} {
		if b, err := postgres.Open(t.Context(), dsn, o); err == nil {
			b.Close()
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := postgres.OpenPool(t.Context(), nil); err == nil {
		t.Error("no pool: opened")
	}
	if _, err := postgres.OpenDB(t.Context(), nil); err == nil {
		t.Error("no database: opened")
	}
}

// STO-068: of many that come to an empty database one makes the tables, and the
// others find them.
func TestOpen_at_once(t *testing.T) {
	t.Parallel()
	dsn := v18.database(t)
	dbtest.AtOnce(t, func() error {
		b, err := postgres.Open(t.Context(), dsn, postgres.WithConnections(1))
		if err != nil {
			return err
		}
		return errors.Join(b.Check(t.Context()), b.Close())
	})
}

// PRD-024: who only looks makes nothing.
func TestWithoutTables(t *testing.T) {
	t.Parallel()
	b := open(t, v15.database(t), postgres.WithoutTables())
	if err := b.Check(t.Context()); !errors.Is(err, store.ErrSchema) {
		t.Errorf("a database without tables: %v", err)
	}
	schema := b.Stores().Identity.Info().Schema
	if st, err := schema.Status(t.Context()); err != nil || st.Have != 0 || st.Need == 0 {
		t.Errorf("%+v, %v", st, err)
	}
	if err := errors.Join(schema.Apply(t.Context(), 0, nil), b.Check(t.Context())); err != nil {
		t.Error(err)
	}
}

// STO-068: tables that somebody else has made, or made otherwise, are not touched.
func TestOpen_refuses_a_schema_that_it_does_not_know(t *testing.T) {
	t.Parallel()
	for name, break_ := range map[string]string{
		"newer":     "INSERT INTO axess_schema_version SELECT max(version) + 1, 'later', decode(repeat('00', 32), 'hex'), 0 FROM axess_schema_version",
		"altered":   "UPDATE axess_schema_version SET checksum = decode(repeat('00', 32), 'hex')",
		"unmarked":  "DROP TABLE axess_schema_version",
		"forgotten": "DELETE FROM axess_schema_version",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := v15.database(t)
			if err := open(t, dsn).Close(); err != nil {
				t.Fatal(err)
			}
			exec(t, dsn, break_)
			if b, err := postgres.Open(t.Context(), dsn); !errors.Is(err, store.ErrSchema) {
				t.Error(b, err)
			}
		})
	}
}

// A pool and a database of the program's stay open, and theirs.
func TestOpenPool_and_OpenDB_leave_what_they_were_given(t *testing.T) {
	t.Parallel()
	dsn := v18.database(t)
	pool, err := pgxpool.New(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	b, err := postgres.OpenPool(t.Context(), pool, postgres.WithConnections(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Check(t.Context()), b.Close()); err != nil {
		t.Fatal(err)
	}
	if err := pool.Ping(t.Context()); err != nil {
		t.Error(err)
	}

	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(3)
	if _, err := postgres.OpenDB(t.Context(), db, postgres.WithConnections(2)); err == nil || !strings.Contains(err.Error(), "SetMaxOpenConns") {
		t.Errorf("too few connections: %v", err)
	}
	b, err = postgres.OpenDB(t.Context(), db, postgres.WithConnections(1))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Check(t.Context()), b.Close()); err != nil {
		t.Fatal(err)
	}
	if err := db.PingContext(t.Context()); err != nil {
		t.Error(err)
	}
	if err := b.Check(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("closed: %v", err)
	}
}

// The tables of the program's own prefix stand beside others.
func TestWithPrefix(t *testing.T) {
	t.Parallel()
	dsn := v15.database(t)
	for _, prefix := range []string{"one_", "two_"} {
		if err := open(t, dsn, postgres.WithPrefix(prefix)).Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
	exec(t, dsn, "SELECT 1 FROM one_sessions, two_sessions")
}

// A socket of this machine needs no TLS; its directory is nobody else's.
func TestOpen_by_socket_is_private(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := postgres.Open(t.Context(), "host="+dir+" user=axess")
	if err == nil || strings.Contains(err.Error(), "sslmode") {
		t.Errorf("a socket that is not there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, ".s.PGSQL.5432")); err == nil {
		t.Error("there is one")
	}
}

// STO-026: a connection that the program has opened itself is as private as one that
// is opened here. The name of another machine leads to the server under test.
func TestOpenPool_and_OpenDB_refuse_what_others_could_read(t *testing.T) {
	t.Parallel()
	cfg, err := pgxpool.ParseConfig(v18.database(t))
	if err != nil {
		t.Fatal(err)
	}
	cfg.ConnConfig.Host = "db.internal"
	cfg.ConnConfig.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	db := stdlib.OpenDB(*cfg.ConnConfig)
	defer db.Close()
	for name, open := range map[string]func(...postgres.Option) (*postgres.Backend, error){
		"pool": func(o ...postgres.Option) (*postgres.Backend, error) {
			return postgres.OpenPool(t.Context(), pool, o...)
		},
		"database": func(o ...postgres.Option) (*postgres.Backend, error) { return postgres.OpenDB(t.Context(), db, o...) },
	} {
		if _, err := open(); err == nil || !strings.Contains(err.Error(), "the connection to db.internal would not be private: add sslmode=verify-full") {
			t.Errorf("%s: %v", name, err)
		}
		b, err := open(postgres.WithInsecureTransport("the test is on this machine"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}
