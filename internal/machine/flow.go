package machine

import (
	"math"
	"slices"
	"time"
)

// newFlow is the flow that an event asks for, with what only the machine sets.
func newFlow(f FlowData, base *LoginData, now time.Time) (*FlowData, error) {
	if len(f.Done) != 0 || f.Base != nil {
		// Evidence and logins come from moves, never with an event.
		return nil, ErrBadFlow
	}
	f.Started = now
	f.Failed, f.LastTry = 0, time.Time{}
	if err := checkFlow(&f); err != nil {
		return nil, err
	}
	if err := checkDeadline(now, f.Deadline, ErrBadFlow); err != nil {
		return nil, err
	}
	f.Menu = slices.Clone(f.Menu)
	f.Steps = slices.Clone(f.Steps)
	f.Done = nil
	f.Base = base
	return &f, nil
}

// begin is T2, alone or after the move that makes room for it.
func begin(s State, f FlowData, now time.Time) (State, Effect, error) {
	effect := Effect{Row: "T2", NewID: true, Data: Keep}
	switch s := s.(type) {
	case Guest:
	case Identifying:
		if s.subject != f.Subject {
			// Another name is another beginning (T14): what was stored under the
			// first one is not for the second to see.
			effect.Data = Clear
		}
	case Authenticating:
		if base := s.flow.Base; base != nil {
			return begin(Authenticated{base}, f, now)
		}
		effect.Data = Clear // T5
	case Authenticated:
		if s.login.Actor != nil {
			return illegal() // who acts as somebody else stops that first, or signs out
		}
		// T14 (SES-015), also for the same subject: who asks for more of a login
		// steps up, who begins again has signed out.
		effect.Data, effect.EndedFirst = Clear, s.login.Subject
	case PendingWorkflow:
		if s.flow.Prior != nil {
			return illegal()
		}
		// T14: who signs in has given up signing up, or an unfinished login, of which
		// nothing that had passed is kept.
		effect.Data = Clear
	}
	flow, err := newFlow(f, nil, now)
	if err != nil {
		return refuse(err)
	}
	return Authenticating{flow}, effect, nil
}

// stepUp is T7; over a step-up in progress T5 then T7.
func stepUp(s State, f FlowData, now time.Time) (State, Effect, error) {
	base := baseOf(s)
	if base == nil || base.Actor != nil || f.Decoy {
		return illegal()
	}
	flow, err := newFlow(f, base, now)
	if err != nil {
		return refuse(err)
	}
	if flow.Subject != base.Subject {
		return refuse(ErrBadSubject)
	}
	return Authenticating{flow}, Effect{Row: "T7", Data: Keep}, nil
}

// baseOf is the login that a state is or stands on.
func baseOf(s State) *LoginData {
	switch s := s.(type) {
	case Authenticated:
		return s.login
	case Authenticating:
		return s.flow.Base
	case Guest, Identifying, PendingWorkflow:
	}
	return nil
}

// choose picks another method for the same subject: T5 then T2, but custom data
// stays, because nobody else comes in between and a choice on the menu must not
// empty a guest's cart. Over a base it is T5 then T7.
func choose(s State, e Choose) (State, Effect, error) {
	a, ok := s.(Authenticating)
	if !ok || len(a.flow.Done) != 0 {
		return illegal()
	}
	if err := checkMethod(e.Method); err != nil {
		return refuse(err)
	}
	if err := checkSteps(e.Steps); err != nil {
		return refuse(err)
	}
	f := *a.flow
	f.Method, f.Steps = e.Method, slices.Clone(e.Steps)
	f.Decoy = f.Decoy || e.Decoy
	effect := Effect{Row: "T2", NewID: true, Data: Keep}
	if f.Base != nil {
		effect = Effect{Row: "T7", Data: Keep}
	}
	return Authenticating{&f}, effect, nil
}

// pass is T3.
func pass(s State, e Pass, now time.Time) (State, Effect, error) {
	a, ok := s.(Authenticating)
	if !ok {
		return illegal()
	}
	next, err := advance(a.flow, e.Evidence, now)
	if err != nil {
		return refuse(err)
	}
	if len(e.More) > 0 {
		next.Steps = slices.Concat(next.Steps, e.More)
		if err := checkSteps(next.Steps); err != nil {
			return refuse(err)
		}
	}
	if len(next.Done) == len(next.Steps) {
		return illegal() // the last step takes a proof
	}
	first := len(a.flow.Done) == 0
	return Authenticating{next}, Effect{Row: "T3", NewID: first, Grace: first, Data: Keep}, nil
}

// fail counts where nobody stores it (SES-019); the counter that locks is the
// ledger's.
func fail(s State, now time.Time) (State, Effect, error) {
	a, ok := s.(Authenticating)
	if !ok {
		return illegal()
	}
	f := *a.flow
	if f.Failed < math.MaxUint32 {
		f.Failed++
	}
	f.LastTry = now
	return Authenticating{&f}, Effect{Data: Keep, Silent: true}, nil
}

// abort is T5.
func abort(s State) (State, Effect, error) {
	a, ok := s.(Authenticating)
	if !ok {
		return illegal()
	}
	if a.flow.Base != nil {
		return Authenticated{a.flow.Base}, Effect{Row: "T5", Data: Keep}, nil
	}
	return Guest{}, Effect{Row: "T5", NewID: true, Data: Clear}, nil
}
