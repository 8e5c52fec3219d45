package machine

import (
	"time"

	"github.com/axess-go/axess/identity"
)

// Next moves a state by an event. It is the whole of SES-013: what it does not
// know is [ErrIllegalTransition]. With an error the state comes back as it was
// and the effect is zero. Neither state nor event is ever written to; what is
// kept of an event is copied.
//
// A state past its deadline moves as what [AtDeadline] says it has become, and
// the effect covers both moves.
func Next(s State, e Event, now time.Time) (State, Effect, error) {
	seen, before, expired := AtDeadline(s, now)
	switch e.(type) { //nolint:gochecksumtype // the deadline comes first for all other events
	case Abort, End:
		// Both lead to where the deadline has led already.
		seen, expired = s, false
	}
	next, effect, err := move(seen, e, now)
	if err != nil {
		return s, Effect{}, err
	}
	if expired {
		if p, ok := s.(PendingWorkflow); ok && p.flow.Prior != nil {
			before.EndedFirst = p.flow.Prior.Subject
		}
		effect = before.then(effect)
	}
	return next, effect, nil
}

func move(s State, e Event, now time.Time) (State, Effect, error) {
	if !whole(s) {
		if _, ok := e.(End); !ok {
			return illegal()
		}
	}
	switch e := e.(type) {
	case Identify:
		return identify(s, e, now)
	case Begin:
		return begin(s, e.Flow, now)
	case Choose:
		return choose(s, e)
	case Pass:
		return pass(s, e, now)
	case Complete:
		return complete(s, e, now)
	case Fail:
		return fail(s, now)
	case Abort:
		return abort(s)
	case StepUp:
		return stepUp(s, e.Flow, now)
	case StartWorkflow:
		return startWorkflow(s, e, now)
	case StepWorkflow:
		return stepWorkflow(s)
	case FinishWorkflow:
		return finishWorkflow(s, e, now)
	case Regenerate:
		return regenerate(s, e, now)
	case Impersonate:
		return impersonate(s, e, now)
	case StopImpersonating:
		return stopImpersonating(s)
	case Adopt:
		return adopt(s, e.Login, now)
	case End:
		return Guest{}, Effect{Row: "T14", Data: Clear, Ended: true}, nil
	}
	return illegal()
}

func illegal() (State, Effect, error) { return refuse(ErrIllegalTransition) }

// refuse lets [Next] answer with the state that it was given.
func refuse(err error) (State, Effect, error) { return nil, Effect{}, err }

// whole reports a state with its inside: the zero values of exported types can
// be written down by anybody and are no session's state (SES-002).
func whole(s State) bool {
	switch s := s.(type) {
	case Guest:
		return true
	case Identifying:
		return s.subject.Valid()
	case Authenticating:
		return s.flow != nil
	case Authenticated:
		return s.login != nil
	case PendingWorkflow:
		return s.flow != nil
	}
	return false
}

// then is the effect of two moves in one operation.
func (a Effect) then(b Effect) Effect {
	b.NewID = b.NewID || a.NewID || a.Ended
	b.Data = max(a.Data, b.Data)
	if b.EndedFirst.IsZero() {
		b.EndedFirst = a.EndedFirst
	}
	return b
}

// identify is T1.
func identify(s State, e Identify, now time.Time) (State, Effect, error) {
	if _, ok := s.(Guest); !ok {
		return illegal()
	}
	next := Identifying{subject: e.Subject, entered: now, deadline: e.Deadline}
	if err := checkIdentifying(next); err != nil {
		return refuse(err)
	}
	return next, Effect{Row: "T1", NewID: true, Data: Keep}, nil
}

func checkIdentifying(s Identifying) error {
	if err := checkSubject(s.subject); err != nil {
		return err
	}
	return checkDeadline(s.entered, s.deadline, ErrBadFlow)
}

// laterEpochs are the epochs to stamp a login with: those given, or, when none
// are given, those that were captured. A stamp below the captured one would be
// a session that is dead on arrival, hence a mistake of the caller.
func laterEpochs(captured, given identity.Epochs) (identity.Epochs, error) {
	if given == (identity.Epochs{}) {
		return captured, nil
	}
	if !given.Covers(captured) {
		return identity.Epochs{}, ErrBadLogin
	}
	return given, nil
}
