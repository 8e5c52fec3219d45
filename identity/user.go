package identity

import (
	"errors"
	"time"
)

// UserState is where an account stands in its life (IDN-021).
type UserState uint8

// The states. The zero state is invalid. A lockout is not a state: it lives in
// the attempt ledger.
const (
	// Candidate has signed up and proven nothing yet.
	Candidate UserState = iota + 1
	// PendingActivation waits for the activation of an account made by somebody else.
	PendingActivation
	// Active is the only state that may sign in.
	Active
	// Suspended may come back; StateDetail.Until may say when.
	Suspended
	// Terminated is over, the row remains.
	Terminated
	// Archived is kept for the record; only an operator brings it back.
	Archived
	// Erasing is on its way out for good.
	Erasing
)

// StateDetail says why a state holds.
type StateDetail struct {
	Reason string // at most 512 bytes, from the caller, never shown to strangers
	Since  time.Time
	Until  time.Time // zero: until changed
}

// IdentifierKind tells the kinds of names that lead to a user.
type IdentifierKind string

// The kinds of identifiers (IDN-027). The kinds of external identifiers are made
// by [External].
const (
	Username IdentifierKind = "username"
	Email    IdentifierKind = "email"
	// Phone is an international number: a plus sign and 7 to 15 digits (E.164).
	Phone IdentifierKind = "phone"
)

// Identifier is one name of a user: the form as typed, for showing, and the
// canonical form, for finding. Make it with [NewIdentifier]; the uniqueness key
// is (tenant, kind, canonical).
type Identifier struct {
	Kind      IdentifierKind
	Typed     string
	Canonical string
}

// User is one account. Profile data is the application's.
type User struct {
	ID          UserID
	Tenant      TenantID
	Identifiers []Identifier // 1 to 8; the first is the primary one
	DisplayName string
	Language    string // that they read, as a BCP 47 tag; empty when it is not known
	State       UserState
	Detail      StateDetail
	// WebAuthnHandle is random, set at creation, immutable (IDN-024).
	WebAuthnHandle [32]byte
	// AuditHandle stands for the user in events and survives erasure (AUD-009).
	AuditHandle [16]byte
	// CreatedBy and UpdatedBy say who made the account and who last changed it:
	// the user in person, another one of the tenant, or [SystemUser]. Zero when
	// nobody knows.
	CreatedBy       UserID
	CreatedAt       time.Time
	UpdatedBy       UserID
	UpdatedAt       time.Time
	LastLoginAt     time.Time
	EmailVerifiedAt time.Time
}

// Subject returns the user's tenant and id.
func (u User) Subject() Subject { return Subject{u.Tenant, u.ID} }

// Primary returns the first identifier, or the zero one.
func (u User) Primary() Identifier {
	if len(u.Identifiers) == 0 {
		return Identifier{}
	}
	return u.Identifiers[0]
}

// Email returns the first address that mail can be sent to. ok is false when the
// user has none: the primary identifier need not be an address.
func (u User) Email() (address Identifier, ok bool) {
	for _, i := range u.Identifiers {
		if i.Kind == Email {
			return i, true
		}
	}
	return Identifier{}, false
}

// MaxIdentifiers is how many names one user may have (IDN-027).
const MaxIdentifiers = 8

// Validate checks a user before it is stored, and what a store gave back: ids
// that are set and not reserved, 1 to 8 distinct identifiers in canonical form of
// which none is reserved, the display name, the state, and handles that are set.
// A stored row that fails is treated as absent by a login, with an alarm
// (IDN-028). Errors: [ErrInvalidID], [ErrIDReserved], [ErrNameReserved],
// [*InvalidError].
func (u User) Validate(reserved ReservedNames) error {
	if err := CheckID(u.ID); err != nil {
		return err
	}
	if err := CheckID(u.Tenant); err != nil {
		return err
	}
	if len(u.Identifiers) < 1 || len(u.Identifiers) > MaxIdentifiers {
		return &InvalidError{Field: "identifiers", Rule: RuleCount}
	}
	for _, i := range u.Identifiers {
		if err := i.check(); err != nil {
			return err
		}
		if err := reserved.Check(i); err != nil {
			return err
		}
	}
	if hasDuplicate(u.Identifiers) {
		return &InvalidError{Field: "identifiers", Rule: RuleTwice}
	}
	if err := CheckDisplayName(u.DisplayName); err != nil {
		return err
	}
	if err := CheckLanguage(u.Language); err != nil {
		return err
	}
	if u.State < Candidate || u.State > Erasing {
		return &InvalidError{Field: "state", Rule: RuleState}
	}
	if u.WebAuthnHandle == [32]byte{} || u.AuditHandle == [16]byte{} {
		return &InvalidError{Field: "handle", Rule: RuleMissing}
	}
	return nil
}

// StateAt is the state as it holds at a time: a suspension whose end has passed
// counts as Active (IDN-021).
func (u User) StateAt(now time.Time) UserState {
	if u.State == Suspended && !u.Detail.Until.IsZero() && !now.Before(u.Detail.Until) {
		return Active
	}
	return u.State
}

// ErrStateTransition answers a move that the life of an account does not have.
var ErrStateTransition = errors.New("identity: no such state transition")

// CanMove reports whether an account may go from one state to another
// (IDN-022). Archived to Active is an operator's move and is allowed here; the
// verb that makes it demands the operator.
func CanMove(from, to UserState) bool {
	switch to {
	case PendingActivation:
		return from == Candidate
	case Active:
		return from == Candidate || from == PendingActivation || from == Suspended || from == Archived
	case Suspended:
		return from == Active
	case Terminated:
		return from == Candidate || from == PendingActivation || from == Active || from == Suspended
	case Archived:
		return from == Active || from == Terminated
	case Erasing:
		return from >= Candidate && from < Erasing
	case Candidate:
	}
	return false
}
