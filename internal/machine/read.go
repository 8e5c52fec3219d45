package machine

import (
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
)

// What applications read of a state. All of it works on the zero value, and
// slices are copies.

// Entered is when the person gave the name.
func (s Identifying) Entered() time.Time { return s.entered }

func (s Authenticating) data() *FlowData {
	if s.flow == nil {
		return &FlowData{}
	}
	return s.flow
}

// Subject is who the person claims to be.
func (s Authenticating) Subject() identity.Subject { return s.data().Subject }

// Method is the name of the chosen method.
func (s Authenticating) Method() string { return s.data().Method }

// Menu names the methods on offer until a first factor has passed.
func (s Authenticating) Menu() []string { return slices.Clone(s.data().Menu) }

// Remaining are the steps that are not passed yet, in order.
func (s Authenticating) Remaining() []identity.Step {
	f := s.data()
	return slices.Clone(f.Steps[min(len(f.Done), len(f.Steps)):])
}

// Current is the step to pass next; the empty step if none is left.
func (s Authenticating) Current() identity.Step {
	if f := s.data(); len(f.Done) < len(f.Steps) {
		return f.Steps[len(f.Done)]
	}
	return identity.Step{}
}

// Done is the evidence for the steps that are passed, in order.
func (s Authenticating) Done() []identity.Evidence { return cloneEvidence(s.data().Done) }

// StepNumber counts the current step from 1; StepsTotal is how many there are.
func (s Authenticating) StepNumber() int {
	f := s.data()
	return min(len(f.Done)+1, len(f.Steps))
}

// StepsTotal is the number of steps of the method.
func (s Authenticating) StepsTotal() int { return len(s.data().Steps) }

// Deadline is when the flow lapses.
func (s Authenticating) Deadline() time.Time { return s.data().Deadline }

// Identifier is what the person typed.
func (s Authenticating) Identifier() string { return s.data().Identifier }

// Base is the login that a step-up stands on, with true; false for a login.
func (s Authenticating) Base() (Authenticated, bool) {
	base := s.data().Base
	return Authenticated{base}, base != nil
}

func (s Authenticated) data() *LoginData {
	if s.login == nil {
		return &LoginData{}
	}
	return s.login
}

// Subject is who is signed in.
func (s Authenticated) Subject() identity.Subject { return s.data().Subject }

// AuthTime is when the primary login was complete; step-ups do not move it.
func (s Authenticated) AuthTime() time.Time { return s.data().AuthTime }

// Evidence lists what was proven, oldest login step first, each with its time.
func (s Authenticated) Evidence() []identity.Evidence { return cloneEvidence(s.data().Evidence) }

// Origin says how the login came about.
func (s Authenticated) Origin() Origin { return s.data().Origin }

// LoginID is constant from sign-in to its end.
func (s Authenticated) LoginID() identity.LoginID { return s.data().Login }

// Epochs are the revocation counters that the login is stamped with.
func (s Authenticated) Epochs() identity.Epochs { return s.data().Epochs }

// Device is the recognized device; zero if unknown.
func (s Authenticated) Device() identity.DeviceID { return s.data().Device }

// DisplayName is how the person wants to be called.
func (s Authenticated) DisplayName() string { return s.data().Profile.DisplayName }

// AuditHandle stands for the person in events (AUD-009).
func (s Authenticated) AuditHandle() [16]byte { return s.data().Profile.AuditHandle }

func (s PendingWorkflow) data() *WorkflowData {
	if s.flow == nil {
		return &WorkflowData{}
	}
	return s.flow
}

// Subject is who the workflow is about.
func (s PendingWorkflow) Subject() identity.Subject { return s.data().Subject }

// Kind names the workflow.
func (s PendingWorkflow) Kind() WorkflowKind { return s.data().Kind }

// Step is the number of steps that are done, 0 to Total.
func (s PendingWorkflow) Step() int { return s.data().Step }

// Total is the number of steps.
func (s PendingWorkflow) Total() int { return s.data().Total }

// Deadline is when the workflow lapses.
func (s PendingWorkflow) Deadline() time.Time { return s.data().Deadline }

// Then says what follows.
func (s PendingWorkflow) Then() Then { return s.data().Then }

// Address is where a link was sent; empty if none was.
func (s PendingWorkflow) Address() string { return s.data().Address }
