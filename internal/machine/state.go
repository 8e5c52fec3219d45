// Package machine is the session state machine: five states, the legal moves
// between them, and nothing else. It does no I/O, reads no clock and draws no
// randomness: [Next] is a function of state, event and time (SES-008).
//
// Only session, authn and the simulator import it. What applications see are
// aliases in package session: they can switch on a state and read it, but
// neither fill nor install one, because every field is unexported and every
// constructor lives here.
//
//	next, effect, err := machine.Next(state, machine.Begin{Flow: flow}, now)
//	…
//	a := next.(machine.Authenticating)
//	_, outcome, proof, err := machine.Advance(a, evidence, now)
//	switch outcome {
//	case machine.StillAuthenticating:
//		next, effect, err = machine.Next(a, machine.Pass{Evidence: evidence}, now)
//	case machine.Completed:
//		next, effect, err = machine.Next(a, machine.Complete{Proof: proof, Login: id}, now)
//	}
//
// The effect says what the session around the state has to do: a new id, which
// custom data stays, whether the record goes. Deadlines come with the events;
// one that is not ahead is refused. A state past its deadline is what
// [AtDeadline] says.
//
// An administrator who acts as somebody else is in a login of that person, with
// their own put aside in it. Such a login has an end of its own, proves nothing,
// and carries no flow: the step-ups, workflows and enrolments of a person are not
// for others to make (AUN-142).
//
// Not built yet: the switch of tenants, the other move of T12 that changes the
// subject. There is no event for it.
//
// Requirements: SES-001 to SES-023.
package machine

import (
	"time"

	"github.com/axess-go/axess/identity"
)

// State is one of [Guest], [Identifying], [Authenticating], [Authenticated] and
// [PendingWorkflow]. The set is closed (SES-001).
//
//sumtype:decl
type State interface{ state() }

type (
	// Guest is nobody yet. It is what a missing, refused or ended session is.
	Guest struct{}

	// Identifying knows who the person claims to be, on username-first pages.
	Identifying struct {
		subject  identity.Subject
		entered  time.Time
		deadline time.Time
	}

	// Authenticating is in the middle of a method's steps. With a base login it
	// is a step-up: other tabs go on under the base (SES-007).
	Authenticating struct{ flow *FlowData }

	// Authenticated has passed every step.
	Authenticated struct{ login *LoginData }

	// PendingWorkflow must finish something first: sign-up, an enrolment.
	PendingWorkflow struct{ flow *WorkflowData }
)

func (Guest) state()           {}
func (Identifying) state()     {}
func (Authenticating) state()  {}
func (Authenticated) state()   {}
func (PendingWorkflow) state() {}

// IsAuthenticated reports a full login: Authenticated, or a step-up in progress
// over one (SES-007).
func IsAuthenticated(s State) bool {
	switch s := s.(type) {
	case Authenticated:
		return s.login != nil
	case Authenticating:
		return s.flow != nil && s.flow.Base != nil
	case Guest, Identifying, PendingWorkflow:
	}
	return false
}

// Subject is who the state is about; zero for a guest.
func Subject(s State) identity.Subject {
	switch s := s.(type) {
	case Identifying:
		return s.subject
	case Authenticating:
		if s.flow != nil {
			return s.flow.Subject
		}
	case Authenticated:
		if s.login != nil {
			return s.login.Subject
		}
	case PendingWorkflow:
		if s.flow != nil {
			return s.flow.Subject
		}
	case Guest:
	}
	return identity.Subject{}
}

// Subject is who the person claims to be.
func (s Identifying) Subject() identity.Subject { return s.subject }

// Deadline is when the claim lapses.
func (s Identifying) Deadline() time.Time { return s.deadline }
