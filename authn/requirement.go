package authn

import (
	"errors"
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
)

// DefaultMaxAge is how old a factor may be for a change of credentials or of the
// account (AUN-103).
const DefaultMaxAge = 5 * time.Minute

// ErrRequirementEmpty means that a requirement asks for nothing.
var ErrRequirementEmpty = errors.New("authn: the requirement names neither kinds nor a level")

// Requirement is what somebody who is signed in must have proved lately. All that
// it says must hold, and only factors no older than MaxAge count (AUN-103, AUN-I13).
type Requirement struct {
	// AnyOf are the kinds of which one must be fresh; empty: whichever reach MinAAL.
	AnyOf []identity.Kind
	// MinAAL is the level that the fresh factors must reach together; 0: any.
	MinAAL identity.AAL
	// PhishingResistant: one of the fresh factors must be.
	PhishingResistant bool
	// MaxAge is how long ago a factor may have been verified. Zero: DefaultMaxAge.
	MaxAge time.Duration
}

// Validate refuses a requirement that everybody meets, and one that nobody can.
// Errors: ErrRequirementEmpty, *FieldError.
func (r Requirement) Validate() error {
	switch {
	case len(r.AnyOf) == 0 && r.MinAAL == identity.AAL0 && !r.PhishingResistant:
		return ErrRequirementEmpty
	case r.MaxAge < 0:
		return fieldError("MaxAge", "must not be negative")
	case r.MinAAL > identity.AAL3:
		return fieldError("MinAAL", "must be at most 3")
	}
	return nil
}

func (r Requirement) age() time.Duration {
	if r.MaxAge == 0 {
		return DefaultMaxAge
	}
	return r.MaxAge
}

// fresh is the part of the evidence that counts. What is from the future does: two
// clocks differ by less than the machine takes.
func (r Requirement) fresh(evidence []identity.Evidence, now time.Time) []identity.Evidence {
	return slices.DeleteFunc(slices.Clone(evidence), func(e identity.Evidence) bool {
		return now.Sub(e.At) > r.age()
	})
}

// met reports whether fresh evidence answers the requirement.
func (r Requirement) met(fresh []identity.Evidence) bool {
	strength := identity.Assess(fresh)
	return (len(r.AnyOf) == 0 || slices.ContainsFunc(fresh, func(e identity.Evidence) bool { return slices.Contains(r.AnyOf, e.Kind) })) &&
		strength.AAL >= r.MinAAL && (!r.PhishingResistant || strength.PhishingResistant)
}

// wording names a requirement in an event: "totp", "aal2", "aal2_phishing_resistant".
func (r Requirement) wording() []string {
	var out []string
	for _, k := range r.AnyOf {
		out = append(out, string(k))
	}
	if r.MinAAL > identity.AAL0 {
		out = append(out, r.MinAAL.String())
	}
	if r.PhishingResistant {
		out = append(out, "phishing_resistant")
	}
	return out
}

// Meets reports whether a login has proved lately what a requirement asks for. It
// reads nothing but the session. A requirement that is not valid is not met.
func (s *Service) Meets(st machine.State, req Requirement) bool {
	login := loginOf(st)
	return login != nil && login.Actor == nil && req.Validate() == nil && req.met(req.fresh(login.Evidence, s.clock.Now()))
}

// loginOf is the login that a state is or stands on: a step-up leaves it standing.
func loginOf(st machine.State) *machine.LoginData {
	switch st := st.(type) {
	case machine.Authenticated:
		return machine.LoginOf(st)
	case machine.Authenticating:
		if base, ok := st.Base(); ok {
			return machine.LoginOf(base)
		}
	case machine.Guest, machine.Identifying, machine.PendingWorkflow:
	}
	return nil
}
