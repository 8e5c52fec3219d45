// Package postgres keeps everything in a PostgreSQL database, for programs that
// run as several processes.
//
//	b, err := postgres.Open(ctx, "postgres://app@db.internal/app?sslmode=verify-full")
//	if err != nil {
//		return err // says what is wrong with the server, and what to do
//	}
//	defer b.Close()
//	auth, err := axess.New(ctx, axess.Config{Origin: "https://app.example", Stores: b.Stores(), Keys: keys})
//
// A program that has a pool or a *sql.DB gives it to [OpenPool] or [OpenDB] and keeps
// it; tables are named axess_… ([WithPrefix]) and stand in the first schema of the
// search path.
//
// An empty database gets the tables. One with older tables opens, but every verb is
// store.ErrSchema until Stores().Identity.Info().Schema has applied the missing steps, as
// axess.New does in development or with Config.Migrate, and axess migrate for an
// operator; of several processes one does it. Tables that this program does not
// know are store.ErrSchema.
//
// # What it asks of the server
//
// PostgreSQL 14 or newer, in UTF-8, not a standby, with synchronous_commit on:
// otherwise a crash of the server could undo a revocation that was acknowledged. A
// connection to another machine is encrypted and its name verified, or refused
// ([WithInsecureTransport] says otherwise). Transactions run at READ COMMITTED and lock the rows that they judge;
// [WithSerializable] is for servers that want no other. Behind PgBouncer in transaction mode add
// default_query_exec_mode=cache_describe to the data source name.
//
// While something is watched (session.Session.Revoked), one more connection listens:
// a process that has ended something calls the others by NOTIFY, after its commit.
// Nothing depends on a call: everybody who watches also looks once a second. Where calls do
// not arrive, as through PgBouncer in transaction mode, that is noticed and
// Stores().Topology().Endings says so; [WithoutNotify] leaves them out.
//
// Reads go to the server named, never to a standby: a revocation must not be
// outlived by a replica that is behind.
//
// The driver is pgx. It is linked into programs that import this package and into
// no others.
//
// Requirements: of STO-026 PostgreSQL, of SES-207 its calls, and by way of internal/sqlstore STO-001 to STO-006,
// STO-021, STO-022, STO-024, STO-060, STO-065, STO-068, STO-070.
package postgres
