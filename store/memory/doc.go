// Package memory keeps everything in the memory of one process: for trying
// things out, for tests, and as the yardstick for the other backends.
//
// It is not durable: with the process everything is gone, and everybody is
// signed out. It is not shared: two processes with a memory backend each know
// nothing of one another's revocations.
//
//	stores := memory.New(memory.Config{}).Stores()
//	err := stores.Identity.Apply(ctx,
//		identity.NewTenant{Tenant: tenant},
//		identity.NewUser{User: user},
//		identity.Append{Row: row},
//	)
//
// What it guarantees is what every backend guarantees, and store/storetest
// shows it: each verb is one atomic step, a load sees every revocation that was
// acknowledged before it began, and a change set is applied whole or not at all.
//
// The number of sessions is bounded ([Config.Capacity]): beyond it the records
// that have been idle longest make room.
//
// Sealed bytes are copied on the way in only, replaced and never written to, so a
// load copies no body and allocates nothing. Those that it hands out are read-only for
// the caller (session.Record). An idle session takes its sealed bytes and about 200 of
// the program's memory.
//
// Locks: the book (identity, outbox, registry) comes before the shards of
// sessions, and those before the shards of epochs; only the holder of the book
// holds two shards of sessions. The ledger and the audit events have one lock
// each and meet no other. No code of anybody else runs inside any of them.
//
// Requirements: STO-002 to STO-006, STO-020, IDN-050, IDN-060,
// IDN-066.
package memory
