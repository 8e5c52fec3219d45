package bench

import (
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
	"github.com/ncruces/go-sqlite3/driver"

	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/sqlite"
)

const (
	sqliteSource   = "github.com/alexedwards/scs/sqlite3store v0.0.0-20251002162104"
	nameSQLiteMany = nameAxess + nameOnDisk
	nameOnDisk     = " ×2k"
	nameSCSSQLite  = "scs, sqlite3store"
)

// sqliteContest is the read contest on a file. All use the same driver with the
// same settings, so that what differs is what the libraries do with it. Backends
// stay open until the process ends: nothing is measured after that.
func sqliteContest() Contest {
	return Contest{
		Name:  "sqlite",
		Title: "Authenticated read through the session middleware, sessions in SQLite",
		Entries: []Entry{
			{Name: nameAxess, Make: func(scratch string) (Subject, error) { return newAxessSQLite(scratch, 1, 0) }},
			{Name: nameSQLiteMany, Make: func(scratch string) (Subject, error) { return newAxessSQLite(scratch, manyOnDisk, 0) }},
			{Name: nameAnew, Make: func(scratch string) (Subject, error) { return newAxessSQLite(scratch, 1, session.WithoutMemo) }},
			{Name: nameSCSSQLite, Source: sqliteSource, Make: func(scratch string) (Subject, error) { return newSCSSQLite(scratch, 1, 0) }},
			{Name: nameSCSSQLite + nameOnDisk, Source: sqliteSource, Beside: nameSQLiteMany, Make: func(scratch string) (Subject, error) {
				return newSCSSQLite(scratch, manyOnDisk, 0)
			}},
			{Name: nameSCSSQLite + ", idle timeout", Source: sqliteSource, Make: func(scratch string) (Subject, error) {
				return newSCSSQLite(scratch, 1, idle)
			}},
		},
		// Against scs without idle timeout: with one it writes on every request.
		Bars: []Bar{{Entry: nameAxess, Against: nameSCSSQLite, Ratio: 0.50}},
	}
}

// manyOnDisk are the sessions of the entries that have many: each of them is a
// sign-in that goes through to the disk.
const manyOnDisk = 2_000

func newAxessSQLite(scratch string, sessions, memo int) (Subject, error) {
	dir, err := os.MkdirTemp(scratch, "axess")
	if err != nil {
		return nil, err
	}
	b, err := sqlite.Open(filepath.Join(dir, "app.db"))
	if err != nil {
		return nil, err
	}
	return axessOn(b.Stores(), sessions, memo)
}

func newSCSSQLite(scratch string, sessions int, idle time.Duration) (Subject, error) {
	dir, err := os.MkdirTemp(scratch, "scs")
	if err != nil {
		return nil, err
	}
	q := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(wal)", "synchronous(full)"}}
	db, err := driver.Open("file:" + filepath.ToSlash(filepath.Join(dir, "app.db")) + "?" + q.Encode())
	if err != nil {
		return nil, err
	}
	if err := scsTable(db); err != nil {
		return nil, err
	}
	return scsOn(sessions, idle, func(m *scs.SessionManager) { m.Store = sqlite3store.NewWithCleanupInterval(db, 0) })
}

// scsTable is the one of the store's own documentation.
func scsTable(db *sql.DB) error {
	_, err := db.Exec(`CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL);
CREATE INDEX sessions_expiry_idx ON sessions(expiry);`)
	return err
}
