package machine

import "github.com/axess-go/axess/identity"

// OnDevice is a state whose login is known to run on a device, with true; the
// state itself with false where there is nothing to note: no login, no device,
// the one that is known. What is done in somebody else's name is not done on a
// device of theirs (DEV-006).
func OnDevice(s State, d identity.DeviceID) (State, bool) {
	if d.IsZero() {
		return s, false
	}
	switch s := s.(type) {
	case Authenticated:
		if l, ok := s.login.on(d); ok {
			return Authenticated{l}, true
		}
	case Authenticating:
		if s.flow == nil {
			break
		}
		if l, ok := s.flow.Base.on(d); ok {
			f := *s.flow
			f.Base = l
			return Authenticating{&f}, true
		}
	case PendingWorkflow:
		if s.flow == nil {
			break
		}
		if l, ok := s.flow.Prior.on(d); ok {
			w := *s.flow
			w.Prior = l
			return PendingWorkflow{&w}, true
		}
	case Guest, Identifying:
	}
	return s, false
}

func (l *LoginData) on(d identity.DeviceID) (*LoginData, bool) {
	if l == nil || l.Actor != nil || l.Device == d {
		return nil, false
	}
	next := *l
	next.Device = d
	return &next, true
}
