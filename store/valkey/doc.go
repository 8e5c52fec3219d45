// Package valkey keeps everything in a Valkey or Redis server or cluster, for
// programs that run as several processes.
//
//	b, err := valkey.Open(ctx, "valkeys://app:password@cache.internal:6379")
//	if err != nil {
//		return err // says what is wrong with the server, and what to do
//	}
//	defer b.Close()
//	auth, err := axess.New(ctx, axess.Config{Origin: "https://app.example", Stores: b.Stores(), Keys: keys})
//
// A program that has a client gives it to [OpenClient] and keeps it. All keys begin
// with axess: ([WithPrefix]).
//
// # What it asks of the server
//
// Valkey 7.2 or Redis 7.0 or newer, alone or as a cluster, named by a primary; memory
// that is not evicted (maxmemory-policy noeviction); a log of its writes (appendonly
// yes), without which a restart brings back what was revoked since the last
// snapshot. A connection to another machine is encrypted and its name verified, or
// refused ([WithInsecureTransport] says otherwise).
//
// Reads go to primaries, never to a replica: a revocation must not be outlived by
// one that is behind.
//
// # Where things are
//
// One script commits what belongs together, and the keys of a script are of one
// slot. So accounts, their outbox and the audit events share one slot of a cluster;
// attempts share another; sessions are spread over all. Accounts and sessions are
// therefore different places (backend.Place), and axess.New keeps a duty for what two
// places do not commit together.
//
// No verb judges by the server's clock: deadlines are stored and compared with the
// time that the verb is given. The server only removes what has been dead for five
// minutes.
//
// The driver is valkey-go. It is linked into programs that import this package and
// into no others.
//
// Requirements: STO-029 to STO-035.
package valkey
