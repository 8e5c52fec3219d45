// Package sqlite keeps everything in one SQLite file: the durable backend that
// needs no server.
//
//	b, err := sqlite.Open("app.db")
//	if err != nil {
//		return err // says what is wrong with the file, and what to do
//	}
//	defer b.Close()
//	auth, err := axess.New(ctx, axess.Config{Origin: "http://localhost:8080", Stores: b.Stores()})
//
// An empty or missing file gets the schema. One with an older schema opens, but
// every verb is store.ErrSchema until Stores().Identity.Info().Schema has applied the missing
// steps, as axess.New does in development or with Config.Migrate, and axess migrate
// for an operator. A schema that this program does not know is store.ErrSchema.
// Tables are named axess_…, so a program may keep its own in the same file; one
// that has a database open already gives it to [OpenDB].
//
// What was acknowledged survives the end of the process and a power cut: the log
// is written through before a verb returns (WAL, synchronous FULL). Verbs that
// write take turns; reads do not wait for them.
//
// After a kill the log is part of the database: app.db alone, without app.db-wal, is
// refused if the index app.db-shm shows that there was one. To take a backup of a
// file that is open, use the backup of SQLite, never a copy of app.db.
//
// It is for one process on one machine, and refuses network file systems where it
// can tell. While a process has app.db, the file app.lock beside it carries a lock
// of the operating system and the process id; another one gets a [LockedError]. The
// lock ends with the process, however that ends; the file stays. On systems without
// such locks, and through the files of somebody else's SQLite, a second process is
// safe all the same: every condition is judged inside the database, and nothing is
// remembered outside it.
//
// New files can be read by their owner alone, and files that others may read are
// refused: they hold whoever is signed in, and the digests of link tokens.
//
// The driver is ncruces/go-sqlite3: SQLite translated to Go, no cgo. It is linked
// into programs that import this package and into no others.
//
// Requirements: CLI-005, PRD-025, STO-025, and by way of internal/sqlstore STO-001 to STO-006,
// STO-021, STO-022, STO-024, STO-060, STO-065, STO-068, STO-070.
package sqlite
