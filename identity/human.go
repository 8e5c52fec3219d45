package identity

import (
	"fmt"
	"log/slog"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"
)

// Human is a person who signed in, or the system itself ([System]). It is built
// by [NewHuman] from an Authenticated session; partial states give none
// (IDN-011). The zero Human is invalid.
type Human struct {
	subject   Subject
	session   SessionID
	device    DeviceID
	authnTime time.Time
	evidence  []Evidence
	attrs     attributes
	actor     *Actor // shared and never written to
	reason    string // of the system principal only
}

// HumanFields are the inputs of [NewHuman].
type HumanFields struct {
	Subject Subject
	// Session is zero for work on a user's behalf without a session.
	Session SessionID
	// Device is zero when the session has none.
	Device DeviceID
	// AuthnTime is when the sign-in completed. Required with a session.
	AuthnTime time.Time
	// Evidence is what the sign-in proved, in order. Required with a session.
	Evidence []Evidence
	// Actor is the administrator who acts as Subject; nil for nobody.
	Actor *Actor
	// Attributes are the application's own: at most 64 keys of
	// [a-z][a-z0-9_.]{0,63}, values of JSON kinds to depth 4, 8 KiB encoded.
	Attributes map[string]any
}

// NewHuman validates and copies its input (PRN-002, PRN-007). Reserved ids are
// refused: the system is only to be had from [System]. Errors:
// [ErrPrincipalInvalid], also [ErrInvalidID], [ErrIDReserved].
func NewHuman(f HumanFields) (Human, error) {
	if err := CheckID(f.Subject.User); err != nil {
		return Human{}, fmt.Errorf("%w: user: %w", ErrPrincipalInvalid, err)
	}
	if err := CheckID(f.Subject.Tenant); err != nil {
		return Human{}, fmt.Errorf("%w: tenant: %w", ErrPrincipalInvalid, err)
	}
	if !f.Session.IsZero() && (f.AuthnTime.IsZero() || len(f.Evidence) == 0) {
		return Human{}, fmt.Errorf("%w: a session without sign-in time or evidence", ErrPrincipalInvalid)
	}
	if err := checkEvidence(f.Evidence); err != nil {
		return Human{}, err
	}
	if !writable(f.AuthnTime) {
		return Human{}, errYear()
	}
	actor, err := newActor(f.Actor, f.Subject)
	if err != nil {
		return Human{}, err
	}
	attrs, err := newAttributes(f.Attributes)
	if err != nil {
		return Human{}, err
	}
	return Human{
		subject: f.Subject, session: f.Session, device: f.Device,
		authnTime: plainTime(f.AuthnTime), evidence: cloneEvidence(f.Evidence), attrs: attrs, actor: actor,
	}, nil
}

// maxReason bounds reason texts in bytes.
const maxReason = 512

// System returns the principal of background work. It has no session, cannot
// sign in and owns no factors; every event that it causes carries the reason, 1
// to 512 bytes of printable text (IDN-014). It is never encoded: a decoded
// principal cannot be the system.
func System(reason string) (Human, error) {
	if reason == "" || len(reason) > maxReason || !utf8.ValidString(reason) {
		return Human{}, fmt.Errorf("%w: reason is empty, too long or not UTF-8", ErrPrincipalInvalid)
	}
	for _, r := range reason {
		if !unicode.IsPrint(r) {
			return Human{}, fmt.Errorf("%w: reason is not printable", ErrPrincipalInvalid)
		}
	}
	return Human{subject: Subject{SystemTenant, SystemUser}, reason: reason}, nil
}

// IsSystem reports whether h came from [System].
func (h Human) IsSystem() bool { return h.reason != "" }

// Reason is why the system acts; empty for a person.
func (h Human) Reason() string { return h.reason }

// Kind implements [Principal].
func (Human) Kind() PrincipalKind { return KindHuman }

// Valid implements [Principal].
func (h Human) Valid() bool { return h.subject.Valid() }

// Subject returns tenant and user.
func (h Human) Subject() Subject { return h.subject }

// Tenant implements [Principal].
func (h Human) Tenant() TenantID { return h.subject.Tenant }

// User returns the user's id.
func (h Human) User() UserID { return h.subject.User }

// Session returns the session, zero for work without one.
func (h Human) Session() SessionID { return h.session }

// Device returns the device, zero when the session has none.
func (h Human) Device() DeviceID { return h.device }

// AuthnTime is when the sign-in completed.
func (h Human) AuthnTime() time.Time { return h.authnTime }

// Evidence returns a copy of what the sign-in proved.
func (h Human) Evidence() []Evidence { return cloneEvidence(h.evidence) }

// Factors lists the kinds proven, in order, each once.
func (h Human) Factors() []Kind {
	var out []Kind
	for _, e := range h.evidence {
		if !slices.Contains(out, e.Kind) {
			out = append(out, e.Kind)
		}
	}
	return out
}

// Assurance is computed from the evidence.
func (h Human) Assurance() Assurance { return Assess(h.evidence) }

// Key implements [Principal]: "human:<tenant>/<user>", with "?actor=<tenant>/<user>"
// behind it while somebody else acts: what was decided for the person must not be
// answered from a cache to who acts in their name.
func (h Human) Key() string {
	key := string(KindHuman) + ":" + h.subject.Tenant.String() + "/" + h.subject.User.String()
	if h.actor != nil {
		key += "?actor=" + h.actor.Subject.Tenant.String() + "/" + h.actor.Subject.User.String()
	}
	return key
}

// Attributes implements [Principal].
func (h Human) Attributes() map[string]any { return h.attrs.decode() }

// LogValue implements [Principal].
func (h Human) LogValue() slog.Value {
	out := []slog.Attr{
		slog.String("kind", string(KindHuman)),
		slog.String("tenant_id", h.subject.Tenant.String()),
		slog.String("user_id", h.subject.User.String()),
	}
	if !h.session.IsZero() {
		out = append(out, slog.String("session_id", h.session.String()))
	}
	if h.actor != nil {
		out = append(out, slog.String("actor_id", h.actor.Subject.User.String()))
	}
	if h.IsSystem() {
		out = append(out, slog.String("reason", h.reason))
	}
	return slog.GroupValue(out...)
}

func (Human) principal() {}

func cloneEvidence(in []Evidence) []Evidence {
	out := slices.Clone(in)
	for i := range out {
		out[i].AMR = append([]string(nil), out[i].AMR...) // nil for none: one form
		out[i].At = plainTime(out[i].At)
	}
	return out
}

// plainTime is UTC in whole microseconds without a monotonic part, so that times
// compare after a round trip.
func plainTime(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// writable is false for a time that RFC 3339 has no form for: a principal that
// can be built can be encoded (PRN-012).
func writable(t time.Time) bool {
	y := t.UTC().Year()
	return 0 <= y && y <= 9999
}

func errYear() error { return fmt.Errorf("%w: a time beyond the year 9999", ErrPrincipalInvalid) }
