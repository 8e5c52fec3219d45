package sqlite

import (
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/axess-go/axess/internal/sqlstore"
)

// dialect: a transaction that may write takes the one write lock at its
// beginning, so rows need no locks of their own.
func dialect() sqlstore.Dialect {
	return sqlstore.Dialect{
		Name:     "sqlite",
		Begin:    "BEGIN IMMEDIATE",
		Snapshot: "BEGIN",
		IfAbsent: "ON CONFLICT DO NOTHING",
		Tables:   `SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE ? ESCAPE '\' ORDER BY name`,
		Direct:   prepareDirect,
		StepNote: "Takes the write lock of the file for the whole step: writers wait for up to five seconds and then fail; readers go on, and see the step when it is complete.",
		Classify: classify,
		Explain:  explain,
	}
}

func classify(err error) sqlstore.Class {
	switch {
	case errors.Is(err, sqlite3.CONSTRAINT_UNIQUE), errors.Is(err, sqlite3.CONSTRAINT_PRIMARYKEY),
		errors.Is(err, sqlite3.CONSTRAINT_ROWID):
		return sqlstore.Unique
	case errors.Is(err, sqlite3.CONSTRAINT_FOREIGNKEY):
		return sqlstore.ForeignKey
	case errors.Is(err, sqlite3.BUSY), errors.Is(err, sqlite3.LOCKED):
		return sqlstore.Retry
	case errors.Is(err, sqlite3.CORRUPT), errors.Is(err, sqlite3.NOTADB):
		return sqlstore.Corrupt
	}
	return sqlstore.Unavailable
}

// explain says what to do where SQLite only says what is (PRD-006).
func explain(err error) error {
	cure := ""
	switch {
	case errors.Is(err, sqlite3.NOTADB):
		cure = "this file is no SQLite database: give another path, or restore a backup of yours in its place"
	case errors.Is(err, sqlite3.CORRUPT):
		cure = "the file is damaged: stop, keep a copy of it and of its log, and restore a backup"
	case errors.Is(err, sqlite3.FULL), errors.Is(err, sqlite3.IOERR_WRITE):
		cure = "make room on the disk, or lift the limit on the size of files; nothing that was acknowledged is lost"
	case errors.Is(err, sqlite3.READONLY), errors.Is(err, sqlite3.CANTOPEN), errors.Is(err, sqlite3.PERM):
		cure = "let this user write the file, its log and its directory"
	case errors.Is(err, sqlite3.IOERR):
		cure = "the disk does not do what it is asked: look into the system's log"
	default:
		return err
	}
	return fmt.Errorf("%w: %s", err, cure)
}
