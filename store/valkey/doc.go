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
// Sessions are in 256 slots. All of one person are in one of them, with the user's
// epoch, so a sign-in with its limit and its evictions, a rotation, and
// sign-out-everywhere are one script each. The slot of a session's ref holds whose it
// is, or the session itself while it is nobody's. A rotation from one slot to another,
// as at a sign-in, freezes the old record, makes the new one and with it the decision
// that it was made, and retires the old: a process that dies in between leaves one of
// the two, never both. The epochs of tenant and everybody are elsewhere: a sign-in
// reads them first and is stamped with them, and a load compares, so one that a raise
// overtakes is ended by it, though it may be acknowledged.
//
// While a cluster moves a slot, what is in it can be loaded; its scripts are refused
// by the cluster (store.ErrUnavailable), so that none acts on half of its keys.
//
// # What a fail-over may lose
//
// Replication is asynchronous. Where there are replicas, what guards something is
// acknowledged only when one of them has it (WAIT 1 200), else it is [ErrNotDurable]:
// a write that ends something (an epoch, a deleted record, a rotation that leaves
// nothing of the old one), every change of an account (Apply, and of Record the step of
// a credential), and a failure that the ledger commits. The effect of ErrNotDurable is
// unknown, as with an answer that was lost: an end may be repeated, a change is read
// back, and its repetition is ErrNotDurable until a replica has what was found. A code
// or link that was spent stays spent, a suspension that was acknowledged stays.
//
// What begins something is not waited for: a fail-over may forget a sign-in, a rotation
// with grace or what was last written into a session, and that person signs in again;
// it may forget attempts that were under way, and events that no change came with.
// Whether there are replicas is seen when the backend is opened and at each check;
// once seen they are waited for, also while all are down. Endings are published by the
// script that makes them; a message that a cluster loses between its nodes is made up
// for by the look that everybody who follows a session takes every 30 s.
//
// A server that is alone and has become a replica is no longer read as soon as it says
// so, at a write or a check.
//
// No verb judges by the server's clock: deadlines are stored and compared with the
// time that the verb is given. The server only removes what has been dead for five
// minutes.
//
// The driver is valkey-go. It is linked into programs that import this package and
// into no others.
//
// # Local cache
//
// A session is loaded from copies in the process, up to 32 MiB for each node, and the
// server tells when one has changed (CLIENT TRACKING): a load that has been answered once
// costs no round trip, nor is its record decoded again. A copy is used for 30 s at most, and only while something that
// was asked on the connection that tells during the last second has been answered: an end
// that another process has made is seen when it is told, as a rule within a
// millisecond, and after a second at the latest whatever has become of the connection
// (SES-208). What the process has ended itself it never sees again. Where a cluster may
// be moving its slots, what is absent is asked for again after a second. Only a live
// session is answered so; everything else asks the server. [WithoutLocalCache] does
// without, and so does [OpenClient].
//
// # Rights
//
// docs/backends.md prints a user of the server with the rights that are needed and no
// more. They are looked up at the opening, on every node; an error names what is
// missing.
//
// Requirements: STO-029 to STO-035, of SES-210 the durable epochs.
package valkey
