package store

import (
	"context"
	"time"
)

// Topic names the consumer of an outbox row.
type Topic string

// The topics. One table, several consumers; a row of [TopicVoid] has none.
const (
	TopicAudit Topic = "audit"
	TopicMail  Topic = "mail"
	TopicDuty  Topic = "duty"
	// TopicErasure names accounts whose erasure has begun, until somebody has seen that
	// it is complete (AUN-113).
	TopicErasure Topic = "erasure"
	// TopicVoid marks a row that is written only so that two paths do equal work
	// (AUN-033, AUN-122). Backends store it like any other; relays drop it.
	TopicVoid Topic = "void"
)

// Row is one entry of the outbox. It is written inside the commit of the change
// that it describes, so it exists exactly when the change does (AUD-030).
// Body is opaque to the backend, at most 64 KiB.
type Row struct {
	// ID is a UUIDv7 (identity.EventID), so rows sort by the time they were made.
	ID [16]byte
	// At is when the row was made.
	At    time.Time
	Topic Topic
	Body  []byte
}

// MaxRowBody bounds Row.Body in bytes; larger is [ErrTooLarge].
const MaxRowBody = 64 << 10

// Pending is a row that waits for its consumer.
type Pending struct {
	Row
	// Attempts counts the leases handed out so far, this one included.
	Attempts int
}

// Outbox is the consumer's side of the table, and the way in for rows that
// accompany no change. Rows leave only through Done. Rows without id or topic, a
// limit below 1, and a lease that does not end after it begins are
// ErrBadArgument; every verb may answer ErrUnavailable.
type Outbox interface {
	// Append stores rows, all or none. A row with a known ID is ErrExists.
	Append(ctx context.Context, rows ...Row) error
	// Lease hands out up to limit rows of a topic that are due at now, oldest
	// first (by At, then ID), and hides them until the given time, so that two relays do not
	// deliver one row twice unless the first dies. No row is an empty slice.
	Lease(ctx context.Context, topic Topic, limit int, now, until time.Time) ([]Pending, error)
	// Done removes delivered rows. Absent ids are success (idempotent).
	Done(ctx context.Context, topic Topic, ids ...[16]byte) error
	// Defer makes a leased row due again at the given time (a failed delivery).
	// An absent row is success: another relay has delivered it.
	Defer(ctx context.Context, topic Topic, id [16]byte, due time.Time) error
	// RowKids counts the rows of a topic, leased ones too, by the key that their
	// body is sealed under, in the order of the ids. A body that is no envelope is
	// not counted: no key opens it.
	RowKids(ctx context.Context, topic Topic) ([]KidCount, error)
}

// KidCount is how much is sealed under one key.
type KidCount struct {
	Kid   [4]byte // a seal.KeyID
	Count int
}
