package postgres

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/axess-go/axess/internal/sqlstore"
)

// dialect: a transaction locks the rows that it judges, and what it asks after that
// sees whatever was there before the locks (STO-024). At REPEATABLE READ it would
// not, so the isolation is named, whatever the default of the server is.
func dialect() sqlstore.Dialect {
	return sqlstore.Dialect{
		Name:        "postgres",
		Begin:       "BEGIN ISOLATION LEVEL READ COMMITTED",
		Snapshot:    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
		Placeholder: "$",
		ForUpdate:   "FOR UPDATE",
		SkipLocked:  "FOR UPDATE SKIP LOCKED",
		ForShare:    "FOR SHARE",
		IfAbsent:    "ON CONFLICT DO NOTHING",
		Alone:       unlimited + `SELECT pg_advisory_xact_lock(hashtextextended('axess/schema/' || current_database() || '/' || current_schema(), 0))`,
		Pooled:      true,
		Tables:      `SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE ? ESCAPE '\' ORDER BY tablename`,
		StepNote:    "Holds what it changes until the step is complete: verbs on those tables wait.",
		Classify:    classify,
		Explain:     explain,
	}
}

// SQLSTATE, appendix A of the manual.
const (
	uniqueViolation     = "23505"
	foreignKeyViolation = "23503"
	serializationFailed = "40001"
	deadlock            = "40P01"
	dataCorrupted       = "XX001"
	indexCorrupted      = "XX002"
	diskFull            = "53100"
	tooManyConnections  = "53300"
	readOnly            = "25006"
	badText             = "22021"
	insufficientRights  = "42501"
	lockNotAvailable    = "55P03"
	queryCanceled       = "57014"
	protocolViolation   = "08P01"
	adminShutdown       = "57P01"
	crashShutdown       = "57P02"
)

func classify(err error) sqlstore.Class {
	// The connection was found dead before anything went over it.
	if errors.Is(err, driver.ErrBadConn) {
		return sqlstore.Retry
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) {
		return sqlstore.Ended
	}
	switch state(err) {
	case adminShutdown, crashShutdown:
		return sqlstore.Ended
	case uniqueViolation:
		return sqlstore.Unique
	case foreignKeyViolation:
		return sqlstore.ForeignKey
	case serializationFailed, deadlock:
		return sqlstore.Retry
	case dataCorrupted, indexCorrupted:
		return sqlstore.Corrupt
	case badText:
		return sqlstore.Malformed
	}
	return sqlstore.Unavailable
}

func state(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// explain says what to do where the server only says what is.
func explain(err error) error {
	err = brief(err)
	cure := ""
	switch state(err) {
	case dataCorrupted, indexCorrupted:
		cure = "the database is damaged: stop, keep a copy of it, and restore a backup"
	case diskFull:
		cure = "make room on the disk of the server; nothing that was acknowledged is lost"
	case tooManyConnections:
		cure = "raise max_connections of the server, or take fewer with WithConnections"
	case readOnly:
		cure = "this is a standby or a read-only database: name the primary"
	case insufficientRights:
		cure = "let this role use the schema and its tables, and create them the first time"
	case lockNotAvailable:
		cure = "somebody holds a row that this needs: see who waits for whom in pg_stat_activity and pg_locks"
	case queryCanceled:
		cure = "the statement took longer than its caller or statement_timeout allows: see what else the server does"
	default:
		return err
	}
	return fmt.Errorf("%w: %s", err, cure)
}
