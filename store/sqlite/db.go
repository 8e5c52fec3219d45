package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/internal/sqlstore"
)

// OpenDB keeps everything in a database that the program has open for itself, and
// never closes it. It must have been opened with github.com/ncruces/go-sqlite3/driver;
// every connection needs the settings of this data source name, and a wrong one is
// refused with its cure:
//
//	file:app.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=foreign_keys(on)
//
// It keeps up to one connection more than there are readers ([WithReaders]), so
// the database's own bound, if it has one, must leave room for them.
//
// Of [Open] two things are missing. No lock keeps a second process away: one file
// stays safe with two, but is one process' business. And sessions are read through
// database/sql, which takes about twice as long.
func OpenDB(db *sql.DB, opts ...Option) (*Backend, error) {
	b, err := openDB(db, settings(opts))
	if err != nil {
		return nil, fmt.Errorf("sqlite: open database: %w", err)
	}
	return &Backend{b: b}, nil
}

func openDB(db *sql.DB, o options) (*sqlstore.Backend, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if db == nil {
		return nil, errors.New("the database is nil")
	}
	if most, need := db.Stats().MaxOpenConnections, o.readers+1; most != 0 && most <= need {
		return nil, fmt.Errorf("the database may open %d connections, of which %d are kept here: call SetMaxOpenConns(0), or at least %d",
			most, need, need+1)
	}
	steps, err := steps()
	if err != nil {
		return nil, err
	}
	path, err := inspect(context.Background(), db)
	if err != nil {
		return nil, err
	}
	d := dialect()
	d.Prefix, d.Direct, d.Vet = o.prefix, nil, vet
	b, err := sqlstore.New(sqlstore.Config{
		Writer: db, Writers: 1, Reader: db, Readers: o.readers, Borrowed: true,
		Dialect: d, Steps: steps, Clock: o.clock, Entropy: o.entropy,
		Info: backend.Info{Name: "sqlite", Durable: true, Dir: filepath.Dir(path)},
	})
	if err != nil {
		return nil, err
	}
	if err := b.Prepare(context.Background()); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// inspect refuses a database that is not kept in a file of this user's, or whose
// driver reports errors that nobody here understands. It returns the file.
func inspect(ctx context.Context, db *sql.DB) (path string, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	const file = "SELECT file FROM pragma_database_list WHERE name = 'main'"
	if err := conn.QueryRowContext(ctx, file).Scan(&path); err != nil {
		return "", fmt.Errorf("this is no SQLite database: %w", err)
	}
	if path == "" {
		return "", errors.New("the database has no file: open one; for memory there is store/memory")
	}
	if err := vet(ctx, conn); err != nil {
		return "", err
	}
	if err := understood(ctx, conn); err != nil {
		return "", err
	}
	return path, prepareFile(path)
}

// understood provokes an error and sees whether it is told apart: with another
// driver every violated condition would look like a database that is down.
func understood(ctx context.Context, conn *sql.Conn) error {
	const table = "temp.axess_probe"
	if _, err := conn.ExecContext(ctx, "CREATE TABLE "+table+" (a INTEGER PRIMARY KEY) STRICT"); err != nil {
		return fmt.Errorf("this is an SQLite from before 3.37, which lacks strict tables: %w", err)
	}
	const insert = "INSERT INTO " + table + " VALUES (1)"
	_, first := conn.ExecContext(ctx, insert)
	_, second := conn.ExecContext(ctx, insert)
	_, last := conn.ExecContext(ctx, "DROP TABLE "+table)
	if err := errors.Join(first, last); err != nil {
		return err
	}
	if classify(second) != sqlstore.Unique {
		return errors.New("the errors of this driver are not understood: open the database with github.com/ncruces/go-sqlite3/driver")
	}
	return nil
}

// vet refuses a connection whose settings would lose what was acknowledged or
// admit what the tables forbid.
func vet(ctx context.Context, conn *sql.Conn) error {
	for _, s := range []struct {
		name, want, why string
		good            func(string) bool
	}{
		{"journal_mode", "wal", "readers would wait for writers", func(v string) bool { return v == "wal" }},
		{"synchronous", "full", "a power cut could undo a revocation", func(v string) bool { return v == "2" || v == "3" }},
		{"foreign_keys", "on", "rows could refer to nothing", func(v string) bool { return v == "1" }},
		{"query_only", "off", "nothing could be written", func(v string) bool { return v == "0" }},
		{"busy_timeout", "5000", "a writer would fail instead of waiting", func(v string) bool { return v != "0" }},
	} {
		var got string
		if err := conn.QueryRowContext(ctx, "PRAGMA "+s.name).Scan(&got); err != nil {
			return err
		}
		if !s.good(got) {
			return fmt.Errorf("%s is %s on a connection, and %s: add _pragma=%s(%s) to the data source name", s.name, got, s.why, s.name, s.want)
		}
	}
	return nil
}
