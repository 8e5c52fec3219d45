package machine

import (
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
)

// AdvanceOutcome is what one more evidence led to (SES-009).
type AdvanceOutcome uint8

// The outcomes. NotApplicable comes with an error, and only with one.
const (
	NotApplicable AdvanceOutcome = iota
	StillAuthenticating
	Completed
)

// Proof says that every step of one flow was passed. Only [Advance] makes a
// non-zero one, and the zero Proof is refused (AUN-003). It completes the flow
// in which it was earned, from the evidence that it was earned on, and no other.
type Proof struct {
	flow     FlowID
	subject  identity.Subject
	evidence []identity.Evidence
}

// Subject is who passed.
func (p Proof) Subject() identity.Subject { return p.subject }

// Evidence returns a copy of the evidence, one for each step, in order.
func (p Proof) Evidence() []identity.Evidence { return cloneEvidence(p.evidence) }

// Advance satisfies the first remaining step of a flow, and no other. Completed
// and a proof come exactly when that was the last one. The flow in next is then
// complete: it is for reading; what a session stores comes from [Next], by
// [Pass] or [Complete].
//
// Errors: [ErrStepMismatch] for another kind than the step asks for,
// [ErrBadEvidence], [ErrEmptyMethod] if nothing is left, [ErrIllegalTransition]
// for a decoy and past the deadline. The flow then comes back as it was.
func Advance(a Authenticating, ev identity.Evidence, now time.Time) (Authenticating, AdvanceOutcome, Proof, error) {
	if a.flow == nil || !now.Before(a.flow.Deadline) {
		return a, NotApplicable, Proof{}, ErrIllegalTransition
	}
	next, err := advance(a.flow, ev, now)
	if err != nil {
		return a, NotApplicable, Proof{}, err
	}
	if len(next.Done) < len(next.Steps) {
		return Authenticating{next}, StillAuthenticating, Proof{}, nil
	}
	return Authenticating{next}, Completed, Proof{flow: next.ID, subject: next.Subject, evidence: next.Done}, nil
}

func advance(f *FlowData, ev identity.Evidence, now time.Time) (*FlowData, error) {
	n := len(f.Done)
	if n >= len(f.Steps) {
		return nil, ErrEmptyMethod // never a completion (SES-011)
	}
	// The mismatch is found first, so that a decoy answers like any other flow.
	if !f.Steps[n].Has(ev.Kind) {
		return nil, ErrStepMismatch
	}
	added := cloneEvidence([]identity.Evidence{ev})
	if err := checkNew(added, now); err != nil {
		return nil, err
	}
	if f.Decoy {
		return nil, ErrIllegalTransition
	}
	next := *f
	next.Done = slices.Concat(f.Done, added)
	return &next, nil
}

// proves reports whether p was earned in f, on the evidence that f has now.
func (p Proof) proves(f *FlowData) bool {
	if f.Decoy || p.flow == (FlowID{}) || p.flow != f.ID || p.subject != f.Subject {
		return false
	}
	if len(p.evidence) != len(f.Steps) || len(p.evidence) == 0 {
		return false
	}
	// The method may have been changed since the proof was earned.
	for i := range f.Steps {
		if !f.Steps[i].Has(p.evidence[i].Kind) {
			return false
		}
	}
	return len(f.Done) <= len(p.evidence) && slices.EqualFunc(f.Done, p.evidence[:len(f.Done)], sameEvidence)
}

func sameEvidence(a, b identity.Evidence) bool {
	return a.Kind == b.Kind && a.At.Equal(b.At) && a.Credential == b.Credential &&
		a.Class == b.Class && slices.Equal(a.AMR, b.AMR)
}

func cloneEvidence(ev []identity.Evidence) []identity.Evidence {
	out := slices.Clone(ev)
	for i := range out {
		out[i].AMR = slices.Clone(out[i].AMR)
	}
	return out
}
