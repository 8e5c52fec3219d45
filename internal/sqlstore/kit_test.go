package sqlstore

import (
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"go.uber.org/goleak"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testDialect is SQLite dressed up as a database with numbered parameters, row
// locks and a network: what the embedded one does not need runs here.
func testDialect() Dialect {
	return Dialect{
		Name: "test", Begin: "BEGIN IMMEDIATE", Snapshot: "BEGIN", Placeholder: "?", ForUpdate: "/* for update */", ForShare: "/* for share */",
		IfAbsent: "ON CONFLICT DO NOTHING",
		Tables:   `SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE ? ESCAPE '\' ORDER BY name`,
		StepNote: "Takes the write lock.",
		Classify: func(err error) Class {
			switch {
			case errors.Is(err, sqlite3.CONSTRAINT_UNIQUE), errors.Is(err, sqlite3.CONSTRAINT_PRIMARYKEY):
				return Unique
			case errors.Is(err, sqlite3.CONSTRAINT_FOREIGNKEY):
				return ForeignKey
			case errors.Is(err, sqlite3.BUSY):
				return Retry
			}
			return Unavailable
		},
	}
}

// openDB opens a file as store/sqlite does, but for the waiting.
func openDB(t testing.TB, path string, pragmas ...string) *sql.DB {
	t.Helper()
	q := url.Values{"_pragma": append([]string{"busy_timeout(5000)", "journal_mode(wal)", "foreign_keys(on)"}, pragmas...)}
	db, err := driver.Open((&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// unprepared is a backend on a file as it is, of a program that knows the shipped
// steps and more.
func unprepared(t testing.TB, path string, more ...Migration) *Backend {
	t.Helper()
	b, err := New(Config{
		Writer: openDB(t, path), Writers: 1, Reader: openDB(t, path, "query_only(on)"), Readers: 2,
		Dialect: testDialect(), Steps: append(shipped(t), more...), Clock: clock.System(), Entropy: entropy.System(),
		Info: backend.Info{Name: "test"},
	})
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

func shipped(t testing.TB) []Migration {
	t.Helper()
	steps, err := Migrations(os.DirFS("../../store/sqlite/migrations"))
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

func setup(t testing.TB) *Backend {
	t.Helper()
	b := unprepared(t, filepath.Join(t.TempDir(), "test.db"))
	if err := b.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

// execute runs a statement of the test's own behind the backend's back.
func (b *Backend) execute(t testing.TB, text string, args ...any) {
	t.Helper()
	if _, err := b.writers.db.ExecContext(t.Context(), text, args...); err != nil {
		t.Fatal(err)
	}
}
