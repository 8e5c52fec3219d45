package authn

import (
	"net/netip"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// UserLock is the default of the user lever: five failures within an hour lock
// for 15 minutes, doubling up to a day (AUN-052).
func UserLock() LockPolicy {
	return LockPolicy{
		Threshold: 5, Window: time.Hour,
		Lock: 15 * time.Minute, Factor: 2, Cap: 24 * time.Hour, Decay: 24 * time.Hour,
	}
}

// AddressLock is the default of the address lever: ten failures within a minute
// lock for a minute, doubling up to 15 (AUN-055).
func AddressLock() LockPolicy {
	return LockPolicy{
		Threshold: 10, Window: time.Minute,
		Lock: time.Minute, Factor: 2, Cap: 15 * time.Minute, Decay: time.Hour,
	}
}

// Validate names the first field that is not positive, or a cap below the base.
func (p LockPolicy) Validate() error {
	switch {
	case p.Threshold < 1:
		return fieldError("Threshold", "must be at least 1")
	case p.Window <= 0:
		return fieldError("Window", "must be positive")
	case p.Lock <= 0:
		return fieldError("Lock", "must be positive")
	case p.Factor < 1:
		return fieldError("Factor", "must be at least 1")
	case p.Cap < p.Lock:
		return fieldError("Cap", "must not be below Lock")
	case p.Decay <= 0:
		return fieldError("Decay", "must be positive")
	case p.Streak:
		return fieldError("Streak", "would let one factor of a chain clear the others (AUN-059)")
	}
	return nil
}

// levers turn people and addresses into ledger keys (AUN-051).
type levers struct {
	mac           *seal.MAC
	user, address LockPolicy
}

func (l levers) key(use byte, parts ...[]byte) Key {
	msg := seal.AppendFields(nil, seal.PrefixLedger, append([][]byte{{use}}, parts...)...)
	_, tag := l.mac.Sum(msg)
	return Key(tag)
}

// userKey is the same for a real user whichever identifier led to it, and for an
// unknown identifier the same on every try, because its decoy subject is.
func (l levers) userKey(s identity.Subject) Key {
	t, u := s.Tenant.Bytes(), s.User.Bytes()
	return l.key('u', t[:], u[:])
}

// guess is what an attempt is at.
type guess struct {
	subject identity.Subject
	kind    identity.Kind
	nobody  bool // the subject is made up
	// open: trying tells nothing, so that it is nothing of the person's that closes
	// (AUN-054).
	open bool
	lock LockPolicy // that of its tenant, or the program's
}

// attempt builds the levers of one guess: address first, then the factor, then the
// user (AUN-057, AUN-058); the address alone where nothing can be guessed. Without a verified address the first is skipped.
func (l levers) attempt(flow [16]byte, g guess, addr netip.Addr) Attempt {
	a := Attempt{Flow: flow}
	if addr.IsValid() {
		bits := 32
		if addr = addr.Unmap(); addr.Is6() {
			bits = 64
		}
		if p, err := addr.Prefix(bits); err == nil {
			b := p.Addr().AsSlice()
			a.Levers = append(a.Levers, Lever{l.key('a', b), l.address})
		}
	}
	if g.open {
		if len(a.Levers) == 0 { // a ledger takes an attempt by one lever at least
			a.Levers = append(a.Levers, Lever{l.key('f', flow[:]), l.address})
		}
		return a
	}
	remembers := streakOfSomebody
	if g.nobody {
		remembers = streakOfNobody
	}
	a.Levers = append(a.Levers, Lever{l.streakKey(g.subject, g.kind), streak(remembers)}, Lever{l.userKey(g.subject), g.lock})
	return a
}
