package sqlite_test

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/sqlite"
	"github.com/axess-go/axess/store/storetest"
)

var needed = []string{"busy_timeout(5000)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(on)"}

// source is a data source name with settings.
func source(path string, pragmas ...string) string {
	q := url.Values{"_pragma": pragmas, "modeof": {path}}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// program opens a database as a program does for itself.
func program(t testing.TB, dsn string, init ...func(*sqlite3.Conn) error) *sql.DB {
	t.Helper()
	db, err := driver.Open(dsn, init...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func openDB(t testing.TB, db *sql.DB, opts ...sqlite.Option) *sqlite.Backend {
	t.Helper()
	b, err := sqlite.OpenDB(db, opts...)
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

// private makes a file that only its owner may read, as Open does.
func private(t testing.TB) string {
	t.Helper()
	path := file(t)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// PRD-025, STO-010, STO-070: a program's own database, with a prefix, is held to
// the same suite.
func TestConformance_of_a_database_of_the_program(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) backend.Stores {
		return openDB(t, program(t, source(private(t), needed...)), sqlite.WithPrefix("shop_auth_")).Stores()
	})
}

// PRD-025: the database stays open, and what the program does with it stays its
// own business.
func TestOpenDB_closes_nothing_that_it_was_given(t *testing.T) {
	t.Parallel()
	path := private(t)
	db := program(t, source(path, needed...))
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE notes (text)"); err != nil {
		t.Fatal(err)
	}
	b, err := sqlite.OpenDB(db)
	if err != nil {
		t.Fatal(err)
	}
	s := b.Stores()
	r := record(1)
	if _, err := s.Session.Create(t.Context(), r, claim(r)); err != nil {
		t.Fatal(err)
	}
	if err := load(t, s, 1); err != nil {
		t.Fatal(err)
	}
	if dir := s.Session.Info().Dir; dir != filepath.Dir(path) {
		t.Errorf("the files are in %q, want %q", dir, filepath.Dir(path))
	}
	if err := errors.Join(b.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	if err := load(t, s, 1); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("after close: %v, want ErrUnavailable", err)
	}
	if _, err := db.ExecContext(t.Context(), "INSERT INTO notes VALUES ('mine')"); err != nil {
		t.Errorf("the program's database: %v", err)
	}
	if n := db.Stats().InUse; n != 0 {
		t.Errorf("%d connections were not given back", n)
	}
	if err := load(t, openDB(t, db).Stores(), 1); err != nil {
		t.Error(err)
	}
}

// PRD-025, PRD-006: each setting that would break a promise is refused, and what
// the refusal says to add makes it vanish.
func TestOpenDB_refuses_wrong_settings_and_names_the_cure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ wrong, want string }{
		{"journal_mode(delete)", "_pragma=journal_mode(wal)"},
		{"synchronous(normal)", "_pragma=synchronous(full)"},
		{"synchronous(off)", "_pragma=synchronous(full)"},
		{"foreign_keys(off)", "_pragma=foreign_keys(on)"},
		{"query_only(on)", "_pragma=query_only(off)"},
		{"busy_timeout(0)", "_pragma=busy_timeout(5000)"},
	} {
		t.Run(c.wrong, func(t *testing.T) {
			t.Parallel()
			path := private(t)
			pragmas := append(append([]string{}, needed...), c.wrong)
			_, err := sqlite.OpenDB(program(t, source(path, pragmas...)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want a refusal with %q", err, c.want)
			}
			_, cure, _ := strings.Cut(c.want, "=")
			openDB(t, program(t, source(path, append(pragmas, cure)...)))
		})
	}
}

// PRD-025: a connection that is made later is looked at as well.
func TestOpenDB_refuses_a_later_connection_with_wrong_settings(t *testing.T) {
	t.Parallel()
	var made atomic.Int32
	db := program(t, source(private(t), needed...), func(c *sqlite3.Conn) error {
		if made.Add(1) > 1 {
			return c.Exec("PRAGMA synchronous = off")
		}
		return nil
	})
	s := openDB(t, db, sqlite.WithReaders(2)).Stores()
	err := load(t, s, 1)
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "synchronous") {
		t.Errorf("got %v, want ErrUnavailable because of synchronous", err)
	}
	if err := s.Session.Raise(t.Context(), identity.GlobalScope()); err != nil { // on the connection that was good
		t.Error(err)
	}
}

// deaf is a driver that hands on the texts of errors alone.
type deaf struct{ sqldriver.Connector }

type deafConn struct{ driver.Conn }

func (d deaf) Connect(ctx context.Context) (sqldriver.Conn, error) {
	c, err := d.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return deafConn{c.(driver.Conn)}, nil
}

func (c deafConn) ExecContext(ctx context.Context, query string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	res, err := c.Conn.(sqldriver.ExecerContext).ExecContext(ctx, query, args)
	if err != nil {
		err = errors.New(err.Error())
	}
	return res, err
}

// PRD-025
func TestOpenDB_refuses_what_it_cannot_keep_promises_on(t *testing.T) {
	t.Parallel()
	path := private(t)
	refuse := func(db *sql.DB, want string, opts ...sqlite.Option) {
		t.Helper()
		b, err := sqlite.OpenDB(db, opts...)
		if err == nil {
			_ = b.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want a refusal with %q", err, want)
		}
	}
	refuse(nil, "nil")
	refuse(program(t, "file::memory:?_pragma=foreign_keys(on)"), "store/memory")
	few := program(t, source(path, needed...))
	few.SetMaxOpenConns(sqlite.DefaultReaders + 1)
	refuse(few, "at least 6")
	few.SetMaxOpenConns(sqlite.DefaultReaders + 2)
	openDB(t, few)
	connector, err := (&driver.SQLite{}).OpenConnector(source(path, needed...))
	if err != nil {
		t.Fatal(err)
	}
	other := sql.OpenDB(deaf{connector})
	defer other.Close()
	refuse(other, "go-sqlite3/driver")
	refuse(program(t, source(path, needed...)), "prefix", sqlite.WithPrefix("no-hyphen_"))
}

// STO-070: the prefix is the one part of a statement that is chosen, so it is held
// to what can be nothing else.
func TestWithPrefix_takes_names_only(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "Shop_", "1_", "a b", "a;--", `a"`, "a-b", "ä_", strings.Repeat("a", 32)} {
		if b, err := sqlite.Open(file(t), sqlite.WithPrefix(bad)); err == nil || !strings.Contains(err.Error(), "prefix") {
			t.Errorf("%q: %v", bad, err)
			if err == nil {
				_ = b.Close()
			}
		}
	}
	path := file(t)
	for i, good := range []string{"a", "_", "shop_", "x1_", strings.Repeat("z", 31)} {
		b := openOnce(t, path, sqlite.WithPrefix(good))
		r := record(i)
		if _, err := b.Stores().Session.Create(t.Context(), r, claim(r)); err != nil {
			t.Errorf("%q: %v", good, err)
		}
		if err := load(t, b.Stores(), i+1); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q sees the rows of another: %v", good, err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
