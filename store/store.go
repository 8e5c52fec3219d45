// Package store holds what every port to persistence shares: the errors a
// backend may answer with, and the outbox row that carries audit events, mails
// and duties out of a transaction.
//
// It declares no port of its own but [Outbox], and [KV] for small values that end
// by themselves, typed and sealed by a [Map]: the other ports belong to the
// packages that need them (identity.Admin, session.Store, authn.Ledger,
// audit.Store), so that a backend is judged against one doc comment each.
//
//	if errors.Is(err, store.ErrConflict) {
//		// somebody else wrote first: read again, then decide
//	}
//
// Requirements: STO-003, STO-004, STO-007 to STO-009.
package store

import "errors"

// The errors of every port. Backends wrap the driver's error where there is one
// (errors.Is works through it); driver text never reaches a client (STO-003).
var (
	// ErrNotFound means that the thing is absent, expired, or belongs to another
	// tenant; the three are not told apart (IDN-032, STO-004).
	ErrNotFound = errors.New("store: not found")
	// ErrExists means that a unique key is taken.
	ErrExists = errors.New("store: already exists")
	// ErrConflict means that a condition did not hold: another writer was first.
	ErrConflict = errors.New("store: conflict")
	// ErrTooLarge means that a value exceeds the port's limit; nothing was sent.
	ErrTooLarge = errors.New("store: too large")
	// ErrUnavailable means that the backend could not be asked or did not answer.
	// Whether a write took effect is unknown unless the port says otherwise.
	ErrUnavailable = errors.New("store: unavailable")
	// ErrSchema means that the backend's schema is not the one this binary knows.
	ErrSchema = errors.New("store: schema mismatch")
	// ErrBadArgument means that the call is malformed; nothing was sent.
	ErrBadArgument = errors.New("store: bad argument")
	// ErrCorrupt means that a stored row fails validation.
	ErrCorrupt = errors.New("store: corrupt row")
)
