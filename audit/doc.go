// Package audit words what happened in the way an auditor needs it: who, what,
// when, from where, and how it ended, one closed kind of event for each.
//
// A [Log] turns an [Event] into an outbox row. The verb that makes the change
// commits the row with it, so the event exists exactly when the change does. A
// [Relay] carries rows to the [Store], which numbers them, and to the log.
//
//	log, err := audit.New(audit.Config{Clock: clk, Entropy: src, Keys: ring, Node: "web-1"})
//	…
//	row, err := log.Row(ctx, audit.Of{Tenant: t, Subject: user.ID, Handle: user.AuditHandle},
//		audit.FactorVerified{Outcome: audit.Failure, Factor: "totp", Reason: audit.ReasonMismatch, Step: 2, Steps: 2})
//	…
//	err = ident.Record(ctx, identity.Append{Row: row})
//
// Where the request came from is attached to every event made under its context
// ([With], or [Config].Context). Nothing typed by a person, no error text and no
// secret enters an event: fields are closed words, numbers and keyed digests.
// Personal values are few, named in [Personal], and stand beside a salted
// commitment, so that they can be dropped later without changing the hash of the
// event.
//
// docs/audit-events.md lists every kind; it is made from this package and a test
// compares the two.
//
// Not for: application logs, metrics, decisions. An event is never read back to
// decide anything. Archive, ledger and analytics are packages of their own.
//
// Requirements: AUD-001 to AUD-011, AUD-020, the outbox part of AUD-030,
// AUD-034 and AUD-042.
package audit
