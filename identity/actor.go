package identity

import (
	"fmt"
	"time"
)

// Actor is an administrator who acts as somebody else, with what they have proven
// themselves: the person's own [Human] proves nothing then (IDN-011, SES-018).
type Actor struct {
	Subject   Subject
	AuthnTime time.Time
	Evidence  []Evidence
}

// Assurance is computed from the actor's own evidence.
func (a Actor) Assurance() Assurance { return Assess(a.Evidence) }

// Actor is the administrator who acts as this person, with true; false when it is
// the person themselves.
func (h Human) Actor() (Actor, bool) {
	if h.actor == nil {
		return Actor{}, false
	}
	a := *h.actor
	a.Evidence = cloneEvidence(a.Evidence)
	return a, true
}

// newActor checks and copies the actor of a person.
func newActor(a *Actor, person Subject) (*Actor, error) {
	if a == nil {
		return nil, nil
	}
	if err := CheckID(a.Subject.User); err != nil {
		return nil, fmt.Errorf("%w: actor: %w", ErrPrincipalInvalid, err)
	}
	if err := CheckID(a.Subject.Tenant); err != nil {
		return nil, fmt.Errorf("%w: tenant of the actor: %w", ErrPrincipalInvalid, err)
	}
	if a.Subject == person {
		return nil, fmt.Errorf("%w: a person is not their own actor", ErrPrincipalInvalid)
	}
	if a.AuthnTime.IsZero() || len(a.Evidence) == 0 {
		return nil, fmt.Errorf("%w: an actor without sign-in time or evidence", ErrPrincipalInvalid)
	}
	if err := checkEvidence(a.Evidence); err != nil {
		return nil, err
	}
	if !writable(a.AuthnTime) {
		return nil, errYear()
	}
	return &Actor{a.Subject, plainTime(a.AuthnTime), cloneEvidence(a.Evidence)}, nil
}

func checkEvidence(list []Evidence) error {
	for _, e := range list {
		if e.Kind == "" || e.At.IsZero() {
			return fmt.Errorf("%w: evidence without kind or time", ErrPrincipalInvalid)
		}
		if !writable(e.At) {
			return errYear()
		}
	}
	return nil
}
