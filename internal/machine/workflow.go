package machine

import (
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
)

// startWorkflow is T8, and T11 over a login.
func startWorkflow(s State, e StartWorkflow, now time.Time) (State, Effect, error) {
	w := e.Flow
	if w.Prior != nil || len(w.Passed) != 0 || w.Owed != 0 || w.Step != 0 {
		return refuse(ErrBadWorkflow) // these come from moves, never with an event
	}
	w.Started = now
	w.Passed = nil
	if err := checkWorkflow(&w); err != nil {
		return refuse(err)
	}
	switch {
	case e.Proof.flow != (FlowID{}):
		return provenWorkflow(s, w, e.Proof, now)
	case len(e.Evidence) > 0:
		return nextWorkflow(s, w, e.Evidence, now)
	}
	effect := Effect{Row: "T8", NewID: true, Data: Carry}
	if base := baseOf(s); base != nil {
		// Another subject has to sign out first: nobody finishes a workflow into
		// somebody else's login.
		if w.Decoy || base.Actor != nil || base.Subject != w.Subject {
			return illegal()
		}
		w.Prior = base
		return PendingWorkflow{&w}, Effect{Row: "T11", NewID: true, Data: Keep}, nil
	}
	switch s := s.(type) {
	case Guest:
	case Authenticating:
		f := s.flow
		if f.Subject != w.Subject {
			effect.Data = Clear // T5, then T8 from Guest
			break
		}
		if f.Decoy != w.Decoy {
			return illegal()
		}
		// What the login has passed counts, and what it still lacks stays owed: a
		// workflow is no way around a step.
		w.Passed, w.Owed = f.Done, len(f.Steps)-len(f.Done)
	case PendingWorkflow:
		if !s.flow.voluntary() {
			return illegal()
		}
		effect.Data = Clear // T14, then T8: a sign-up started over
	case Identifying, Authenticated:
		return illegal()
	}
	return PendingWorkflow{&w}, effect, nil
}

// provenWorkflow is T8 in the place of T4: all steps of the login are passed, and
// something is to be done before it stands.
func provenWorkflow(s State, w WorkflowData, p Proof, now time.Time) (State, Effect, error) {
	a, ok := s.(Authenticating)
	if !ok || a.flow.Base != nil {
		return illegal()
	}
	if w.Decoy || w.Subject != a.flow.Subject || !p.proves(a.flow) {
		return refuse(ErrBadProof)
	}
	if err := checkNew(p.evidence, now); err != nil {
		return refuse(err)
	}
	w.Passed = p.Evidence()
	return PendingWorkflow{&w}, Effect{Row: "T8", NewID: true, Data: Carry}, nil
}

// nextWorkflow is T10, then T8: one workflow on the way to a login follows another.
func nextWorkflow(s State, w WorkflowData, ev []identity.Evidence, now time.Time) (State, Effect, error) {
	p, ok := s.(PendingWorkflow)
	if !ok || p.flow.Decoy || p.flow.Prior != nil || p.flow.Then != ThenAuthenticated || w.Decoy || w.Subject != p.flow.Subject {
		return illegal()
	}
	if p.flow.Step != p.flow.Total {
		return refuse(ErrWorkflowIncomplete)
	}
	if len(ev) < max(1, p.flow.Owed) {
		return refuse(ErrNoEvidence)
	}
	if err := checkNew(ev, now); err != nil {
		return refuse(err)
	}
	w.Passed = slices.Concat(p.flow.Passed, cloneEvidence(ev))
	if err := checkEvidence(w.Passed); err != nil {
		return refuse(err)
	}
	return PendingWorkflow{&w}, Effect{Row: "T8", NewID: true, Data: Carry}, nil
}

// voluntary reports a workflow that nothing demands: no login waits behind it
// and no step is owed, so leaving it is no way around anything.
func (w *WorkflowData) voluntary() bool {
	return w.Prior == nil && w.Owed == 0 && len(w.Passed) == 0
}

// stepWorkflow is T9.
func stepWorkflow(s State) (State, Effect, error) {
	p, ok := s.(PendingWorkflow)
	if !ok || p.flow.Step >= p.flow.Total {
		return illegal()
	}
	w := *p.flow
	w.Step++
	return PendingWorkflow{&w}, Effect{Row: "T9", Data: Keep}, nil
}

// finishWorkflow is T10.
func finishWorkflow(s State, e FinishWorkflow, now time.Time) (State, Effect, error) {
	p, ok := s.(PendingWorkflow)
	if !ok || p.flow.Decoy {
		return illegal()
	}
	w := p.flow
	if w.Step != w.Total {
		return refuse(ErrWorkflowIncomplete)
	}
	if w.Then == ThenGuest {
		return Guest{}, Effect{Row: "T10", NewID: true, Data: Clear}, nil
	}
	if len(e.Evidence) < max(1, w.Owed) {
		return refuse(ErrNoEvidence)
	}
	if err := checkNew(e.Evidence, now); err != nil {
		return refuse(err)
	}
	next, err := w.login(e, now)
	if err != nil {
		return refuse(err)
	}
	return Authenticated{next}, Effect{Row: "T10", NewID: true, Data: Keep}, nil
}

// login is the login that a finished workflow leads to: the one that it
// interrupted, or a new one.
func (w *WorkflowData) login(e FinishWorkflow, now time.Time) (*LoginData, error) {
	if w.Prior != nil {
		epochs, err := laterEpochs(w.Prior.Epochs, e.Epochs)
		if err != nil {
			return nil, err
		}
		next, err := w.Prior.with(e.Evidence)
		if err != nil {
			return nil, err
		}
		next.Epochs = epochs
		return next, nil
	}
	epochs, err := laterEpochs(w.Epochs, e.Epochs)
	if err != nil {
		return nil, err
	}
	next := &LoginData{
		Subject:  w.Subject,
		AuthTime: now,
		Evidence: slices.Concat(w.Passed, cloneEvidence(e.Evidence)),
		Origin:   w.origin(),
		Login:    e.Login,
		Epochs:   epochs,
		Profile:  e.Profile,
	}
	return next, checkLogin(next)
}

func (w *WorkflowData) origin() Origin {
	if w.Kind == WorkflowSignup {
		return OriginSignup
	}
	return OriginFactors
}
