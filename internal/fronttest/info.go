package fronttest

import "github.com/axess-go/axess/backend"

// Told returns the same stores, whose groups say of themselves what change makes
// of it: for tests of what is refused because of it.
func Told(s backend.Stores, change func(*backend.Info)) backend.Stores {
	tell := func(i backend.Info) backend.Info {
		change(&i)
		return i
	}
	s.Identity = toldIdentity{s.Identity, tell(s.Identity.Info())}
	s.Session = toldSession{s.Session, tell(s.Session.Info())}
	s.Throttle = toldThrottle{s.Throttle, tell(s.Throttle.Info())}
	s.Audit = toldAudit{s.Audit, tell(s.Audit.Info())}
	return s
}

type (
	toldIdentity struct {
		backend.Identity
		info backend.Info
	}
	toldSession struct {
		backend.Session
		info backend.Info
	}
	toldThrottle struct {
		backend.Throttle
		info backend.Info
	}
	toldAudit struct {
		backend.Audit
		info backend.Info
	}
)

func (t toldIdentity) Info() backend.Info { return t.info }
func (t toldSession) Info() backend.Info  { return t.info }
func (t toldThrottle) Info() backend.Info { return t.info }
func (t toldAudit) Info() backend.Info    { return t.info }
