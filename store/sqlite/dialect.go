package sqlite

import (
	"errors"

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
