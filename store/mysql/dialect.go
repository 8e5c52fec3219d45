package mysql

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"

	"github.com/go-sql-driver/mysql"

	"github.com/axess-go/axess/internal/sqlstore"
)

// dialect: a transaction locks the rows that it judges, and what it asks after that
// sees whatever was there before the locks (STO-024). At REPEATABLE READ, which is
// the default here, it would not, so each transaction names its isolation.
//
// LOCK IN SHARE MODE is what both servers know. The clause of IfAbsent sets a column
// to what it is: INSERT IGNORE would make warnings of other errors too.
func dialect() sqlstore.Dialect {
	return sqlstore.Dialect{
		Name:        "mysql",
		Begin:       "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION READ WRITE",
		Snapshot:    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION READ ONLY",
		ForUpdate:   "FOR UPDATE",
		SkipLocked:  "FOR UPDATE SKIP LOCKED",
		ForShare:    "LOCK IN SHARE MODE",
		IfAbsent:    "ON DUPLICATE KEY UPDATE epoch = epoch",
		DeleteLimit: true,
		Pooled:      true,
		Tables: `SELECT table_name FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_name LIKE ? ESCAPE x'5c' ORDER BY table_name`,
		StepNote: "Each statement commits by itself. An interrupted step goes on where it was. While a statement runs, verbs on its table may wait.",
		Stepwise: &sqlstore.Stepwise{
			Lock:   `SELECT GET_LOCK(` + schemaLock + `, 3600)`,
			Unlock: `DO RELEASE_LOCK(` + schemaLock + `)`,
			Progress: `CREATE TABLE IF NOT EXISTS axess_schema_progress (
  version INT NOT NULL PRIMARY KEY, checksum BINARY(32) NOT NULL, done INT NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC`,
			Done: alreadyDone,
		},
		Classify: classify,
		Explain:  explain,
	}
}

// inGalera makes a transaction safe from being taken back without a word. A node that
// takes a transaction back, because another node was before, says so with the answer to
// the next statement; but an answer to COM_STMT_PREPARE can have been sent already, and
// then nobody is told (MariaDB 10.11): what follows would be a transaction for each
// statement, and half of a rotation would stay. So no statement commits by itself, and
// a savepoint from the beginning has to be there at the end.
func inGalera(d sqlstore.Dialect) sqlstore.Dialect {
	d.HoldByWrite = true
	d.Begin = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET autocommit = 0; START TRANSACTION WITH CONSISTENT SNAPSHOT; SAVEPOINT axess_whole"
	d.Whole = "RELEASE SAVEPOINT axess_whole"
	d.After = "SET autocommit = 1"
	return d
}

// schemaLock names the lock of a schema: names of locks belong to the whole server and
// have 64 characters at most. MySQL 9.6 has no SHA1 and no MD5 any more.
const schemaLock = `CONCAT('axess/', SHA2(CONCAT(DATABASE(), '/', 'axess_'), 224))`

// Numbers of errors, chapter 2 of the MySQL error reference; MariaDB shares them.
const (
	tooManyConnections = 1040
	accessDeniedToDB   = 1044
	accessDenied       = 1045
	shuttingDown       = 1053
	notReady           = 1047 // of a Galera node: it has no quorum, or joins just now
	unknownDatabase    = 1049
	tableExists        = 1050
	columnExists       = 1060
	keyExists          = 1061
	duplicateEntry     = 1062
	noSuchKey          = 1091
	noSavepoint        = 1305 // as of a function: the transaction that had it is over
	diskFull           = 1021
	recordChanged      = 1020
	duplicateOnWrite   = 1022
	engineError        = 1030
	indexDamaged       = 1034
	tableFull          = 1114
	hostDenied         = 1130
	noTableRight       = 1142
	noColumnRight      = 1143
	packetTooLarge     = 1153
	tableCrashed       = 1194
	userConnections    = 1203
	lockWaitTimeout    = 1205
	deadlock           = 1213
	noParent           = 1216
	hasChildren        = 1217
	userLimit          = 1226
	missingRight       = 1227
	outOfRange         = 1264
	readOnlyServer     = 1290
	badString          = 1300
	badText            = 1366
	tooLong            = 1406
	definitionChanged  = 1412
	hasChildrenNamed   = 1451
	noParentNamed      = 1452
	tooManyStatements  = 1461
	duplicateEntryKey  = 1586
	reprepare          = 1615
	indexCorrupt       = 1712
	readOnlySession    = 1792
	foreignKeyExists   = 1826
	readOnlyMode       = 1836
	tableCorrupt       = 1877
	rolledBack         = 3101
)

func number(err error) uint16 {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

func classify(err error) sqlstore.Class {
	// The connection was found dead before anything went over it. One that dies
	// later is mysql.ErrInvalidConn, and what was under way may have taken effect.
	if errors.Is(err, driver.ErrBadConn) {
		return sqlstore.Retry
	}
	switch number(err) {
	case duplicateEntry, duplicateEntryKey, duplicateOnWrite:
		return sqlstore.Unique
	case noParent, noParentNamed, hasChildren, hasChildrenNamed:
		return sqlstore.ForeignKey
	// Of a commit the first says that another server of a cluster was before.
	case deadlock, lockWaitTimeout, recordChanged, definitionChanged, reprepare, rolledBack, noSavepoint:
		return sqlstore.Retry
	case indexDamaged, tableCrashed, indexCorrupt, tableCorrupt:
		return sqlstore.Corrupt
	case badString, badText, tooLong, outOfRange:
		return sqlstore.Malformed
	}
	return sqlstore.Unavailable
}

// alreadyDone reports that a statement which changes the schema has been run before.
func alreadyDone(err error) bool {
	return slices.Contains([]uint16{tableExists, columnExists, keyExists, noSuchKey, foreignKeyExists}, number(err))
}

// explain says what to do where the server only says what is (PRD-006).
func explain(err error) error {
	cure := ""
	switch number(err) {
	case indexDamaged, tableCrashed, indexCorrupt, tableCorrupt:
		cure = "the database is damaged: stop, keep a copy of it, and restore a backup"
	case diskFull, tableFull, engineError:
		cure = "make room on the disk of the server; nothing that was acknowledged is lost"
	case tooManyConnections, userConnections, userLimit:
		cure = "raise max_connections of the server or of the user, or take fewer with WithConnections"
	case tooManyStatements:
		cure = "raise max_prepared_stmt_count of the server, or take fewer connections with WithConnections"
	case readOnlyServer, readOnlySession, readOnlyMode:
		cure = "this is a replica or a read-only server: name the primary"
	case noTableRight, noColumnRight, missingRight, accessDeniedToDB:
		cure = "let this user select, insert, update and delete in the database, and create, alter, index, drop and reference tables when the schema changes"
	case notReady:
		cure = "this node of the cluster has no quorum or is joining: bring the others back; nothing is lost"
	case packetTooLarge:
		cure = "raise max_allowed_packet of the server to 4M or more"
	default:
		if errors.Is(err, mysql.ErrInvalidConn) {
			return fmt.Errorf("the connection broke: %w: see whether the server runs, and what ends connections on the way", err)
		}
		return err
	}
	return fmt.Errorf("%w: %s", err, cure)
}

// elsewhere reports an error after which the same server will not do, however often
// it is asked: a new connection may find another one.
func elsewhere(err error) bool {
	return slices.Contains([]uint16{readOnlyServer, readOnlyMode, notReady}, number(err))
}
