// Package sqlstore implements every port of persistence once, for databases that
// speak SQL. What differs between them is a [Dialect]; drivers, files and
// migrations belong to the adapters (store/sqlite, …).
//
//	b, err := sqlstore.New(sqlstore.Config{
//		Writer: writer, Writers: 1, Reader: reader, Readers: 4,
//		Dialect: dialect, Clock: clock.System(), Entropy: entropy.System(), Info: info,
//	})
//	if err != nil {
//		return err
//	}
//	defer b.Close()
//	stores := b.Stores()
//
// Each verb is one transaction or one statement, begun and ended inside the verb:
// no callback of anybody else runs in it, no connection outlives it, and rows are
// read to the end. Statements end with the deadline of their caller (STO-062). A
// load is one statement that joins the session to its three epoch rows; where a
// dialect can, it goes past database/sql ([Direct]). Whatever guards a security property is conditioned on the state that
// was verified, in the statement or under the lock of the row it is about.
//
// Statements are constant text with bound parameters (STO-070). A connection
// keeps what it has prepared. Reads go to a pool of their own, so that they never
// wait for a writer.
//
// Times are stored in microseconds since 1970, the resolution of clock.Clock, so
// that a header reads back equal to what was sealed; the zero time is stored as
// the number it is.
//
// A transaction that the database refused because of others is tried again, up to
// five times within the caller's deadline, after waits drawn between 5 and 250 ms
// (STO-060). A commit whose answer was lost is not: it is store.ErrUnavailable and
// the caller reads back (STO-061).
//
// Requirements: STO-001 to STO-006, STO-021, STO-022, STO-024, STO-060, STO-062, STO-065,
// STO-068, STO-070, IDN-024, IDN-060,
// IDN-061, IDN-066.
package sqlstore
