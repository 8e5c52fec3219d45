package machine

import "time"

// AtDeadline is what a state counts as at a time (SES-021): itself with false,
// or, from its deadline on, the result of T5 or T14 with the effect of that
// move and true. Nothing has to be written for it: every load computes it
// again.
func AtDeadline(s State, now time.Time) (State, Effect, bool) {
	if !whole(s) {
		return s, Effect{}, false
	}
	var deadline time.Time
	effect := Effect{Row: "T14", Data: Clear, Ended: true}
	var after State = Guest{}
	switch s := s.(type) {
	case Identifying:
		deadline = s.deadline
	case Authenticating:
		deadline = s.flow.Deadline
		effect = Effect{Row: "T5", NewID: true, Data: Clear}
		if s.flow.Base != nil {
			after, effect = Authenticated{s.flow.Base}, Effect{Row: "T5", Data: Keep}
		}
	case PendingWorkflow:
		// Also with a login underneath: a workflow that is forced on somebody is
		// not passed by waiting.
		deadline = s.flow.Deadline
	case Authenticated:
		if s.login.Actor == nil {
			return s, Effect{}, false
		}
		// The administrator's own login goes as well: to fall back into it takes a
		// new id, which nobody has asked for.
		deadline = s.login.Actor.Until
	case Guest:
		return s, Effect{}, false
	}
	if now.Before(deadline) {
		return s, Effect{}, false
	}
	return after, effect, true
}
