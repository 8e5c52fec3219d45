package session

import (
	"errors"

	"github.com/axess-go/axess/store"
)

// Errors of the methods of [Session] and [Manager]. Those of a move itself
// ("illegal transition", "bad proof", …) are package machine's and come through
// unchanged.
var (
	// ErrNoSession means that the request did not pass through [Manager.Wrap].
	// Guards answer 500: a forgotten middleware is never anonymous access
	// (SES-083).
	ErrNoSession = errors.New("session: no session middleware on this request")
	// ErrCommitted means that the change came after the first byte of the
	// response and could not reach the client any more (SES-070).
	ErrCommitted = errors.New("session: response already committed")
	// ErrEnded means that Logout has ended the session in this request.
	ErrEnded = errors.New("session: ended in this request")
	// ErrSuperseded means that the session was rotated by another request and
	// lives on under its new id; this old one is read-only (SES-106).
	ErrSuperseded = errors.New("session: superseded by a newer id")
	// ErrConsumed means that a one-shot value is not there any more: it was taken,
	// it lapsed, or it never existed (SES-104).
	ErrConsumed = errors.New("session: value already consumed")
	// ErrCustomTooLarge means that the value would put the custom data over
	// Config.CustomMax, or be its 257th key; nothing was changed (SES-038).
	ErrCustomTooLarge = errors.New("session: custom data too large")
	// ErrCeremonyTooLarge does the same for ceremony data: 8 entries, 16 KiB.
	ErrCeremonyTooLarge = errors.New("session: ceremony data too large")
	// ErrReservedKey means that a custom key begins with "axess" (SES-040).
	ErrReservedKey = errors.New("session: reserved key")
	// ErrBadKey means that a custom key is not 1 to 128 bytes of UTF-8.
	ErrBadKey = errors.New("session: bad key")
	// ErrBadValue means that a stored value does not decode as its key's type, or
	// that one to be stored does not encode within the bounds of SES §0.
	ErrBadValue = errors.New("session: bad value")
	// ErrBadSubject means that an id of the subject is zero.
	ErrBadSubject = errors.New("session: zero tenant or user id")

	// ErrStoreUnavailable means that the backend could not be asked. After a
	// failed write it is unknown whether the write took effect; the client has
	// not been told that it did.
	ErrStoreUnavailable = store.ErrUnavailable
)
