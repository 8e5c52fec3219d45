// Package mysql keeps everything in a MySQL or MariaDB database, for programs that
// run as several processes.
//
//	b, err := mysql.Open(ctx, "mysql://app:secret@db.internal/app?tls=true")
//	if err != nil {
//		return err // says what is wrong with the server, and what to do
//	}
//	defer b.Close()
//	auth, err := axess.New(ctx, axess.Config{Origin: "https://app.example", Stores: b.Stores(), Keys: keys})
//
// A program that has a *sql.DB gives it to [OpenDB] and keeps it; tables are named
// axess_… ([WithPrefix]).
//
// An empty database gets the tables. One with older tables opens, but every verb is
// store.ErrSchema until Stores().Identity.Info().Schema has applied the missing steps, as
// axess.New does in development or with Config.Migrate, and axess migrate for an
// operator; of several processes one does it. Statements that change a schema commit
// by themselves here, so each is noted when it is done: a step that was interrupted
// goes on at the next opening or migration. Tables that this program does not know
// are store.ErrSchema.
//
// # What it asks of the server
//
// MySQL 8.0 or MariaDB 10.6, or newer, with InnoDB, a strict sql_mode, and commits
// that a crash cannot take back: innodb_flush_log_at_trx_commit = 1, and sync_binlog =
// 1 where there is a binary log. Not a replica. A connection to another machine is
// encrypted and its name verified, or refused ([WithInsecureTransport] says otherwise).
// The text of names is compared byte by byte, whatever the collations of the server.
//
// Transactions run at READ COMMITTED, which each names, and lock the rows that they
// judge. A statement waits for a lock for five seconds at most
// (innodb_lock_wait_timeout in the data source name says otherwise). When the context
// of a caller ends, the connection is closed; the server goes on with what it was
// doing until it notices, at the latest after that time, and takes it back.
//
// Reads go to the server named, never to a replica: a revocation must not be outlived
// by one that is behind.
//
// # Galera
//
// A node of a MariaDB Galera cluster is found out when it is opened. What is
// acknowledged has then been received by every node of the component that has the
// quorum, and a node answers only when it has caught up with that (wsrep_sync_wait): a
// revocation at one holds at all. Locks of one node mean nothing to the others, so what
// a lock alone would guard is also written; of two that meet, one is tried again. A
// node may take a transaction back in a moment in which it tells nobody: each one is
// asked at its end whether it is still the one that began, which costs four more short
// statements. A node without quorum is store.ErrUnavailable. Group Replication with
// writes on every member is refused: nobody has tested it.
//
// The driver is github.com/go-sql-driver/mysql. It is linked into programs that import
// this package and into no others.
//
// Requirements: STO-027, and by way of internal/sqlstore STO-001 to STO-006, STO-021,
// STO-022, STO-024, STO-060, STO-061, STO-062, STO-065, STO-068, STO-070.
package mysql
