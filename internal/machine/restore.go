package machine

import (
	"time"

	"github.com/axess-go/axess/identity"
)

// The Restore functions rebuild a state from an opened session body. They
// accept what [Next] can have made and nothing else, so that a decoder can not
// widen what a session may be. They take over what they are given.

// RestoreIdentifying rebuilds an [Identifying].
func RestoreIdentifying(s identity.Subject, entered, deadline time.Time) (State, error) {
	next := Identifying{subject: s, entered: entered, deadline: deadline}
	if err := checkIdentifying(next); err != nil {
		return nil, err
	}
	return next, nil
}

// RestoreFlow rebuilds an [Authenticating].
func RestoreFlow(f *FlowData) (State, error) {
	if f == nil {
		return nil, ErrBadFlow
	}
	if err := checkFlow(f); err != nil {
		return nil, err
	}
	if err := checkDeadline(f.Started, f.Deadline, ErrBadFlow); err != nil {
		return nil, err
	}
	if len(f.Done) >= len(f.Steps) {
		return nil, ErrBadFlow // a stored flow has something left to pass
	}
	if err := checkEvidence(f.Done); err != nil {
		return nil, err
	}
	for i := range f.Done {
		if !f.Steps[i].Has(f.Done[i].Kind) {
			return nil, ErrBadEvidence
		}
	}
	if f.Decoy && (f.Base != nil || len(f.Done) != 0) {
		return nil, ErrBadFlow // nobody has passed anything
	}
	if f.Base != nil {
		if err := checkLogin(f.Base); err != nil {
			return nil, err
		}
		if f.Base.Subject != f.Subject {
			return nil, ErrBadSubject
		}
	}
	return Authenticating{f}, nil
}

// RestoreLogin rebuilds an [Authenticated], without an allocation.
func RestoreLogin(l *LoginData) (State, error) {
	if l == nil {
		return nil, ErrBadLogin
	}
	check := checkLogin
	if l.Actor != nil {
		check = checkImpersonated
	}
	if err := check(l); err != nil {
		return nil, err
	}
	return Authenticated{l}, nil
}

// RestoreWorkflow rebuilds a [PendingWorkflow].
func RestoreWorkflow(w *WorkflowData) (State, error) {
	if w == nil {
		return nil, ErrBadWorkflow
	}
	if err := checkWorkflow(w); err != nil {
		return nil, err
	}
	if w.Decoy && (w.Prior != nil || len(w.Passed) != 0) {
		return nil, ErrBadWorkflow
	}
	if w.Prior != nil {
		if len(w.Passed) != 0 || w.Owed != 0 {
			return nil, ErrBadWorkflow
		}
		if err := checkLogin(w.Prior); err != nil {
			return nil, err
		}
		if w.Prior.Subject != w.Subject {
			return nil, ErrBadSubject
		}
	}
	return PendingWorkflow{w}, nil
}
