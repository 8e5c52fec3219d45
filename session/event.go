package session

import "github.com/axess-go/axess/identity"

// Event is something that only this package knows and the audit trail should.
// What callers decide themselves (a logout, an administrator's ending) they
// write themselves, with the also rows of the verb.
type Event struct {
	Kind    EventKind
	Subject identity.Subject // zero for guests and unfinished flows
	Login   identity.LoginID // zero likewise
	Ref     Ref
	// Handle is the audit handle of the subject, of [EventBinding] alone; zero
	// likewise.
	Handle [16]byte
	// Trait and Action say of EventBinding what differed ("ua", "ip", "tls", "lang")
	// and what was done about it. What was shown instead is nowhere (SES-182).
	Trait  string
	Action BindingAction
}

// EventKind says what happened.
type EventKind uint8

// The kinds. The zero kind is invalid.
const (
	// EventReplaced: the login ended because another person signed in in its
	// browser (SES-015).
	EventReplaced EventKind = iota + 1
	// EventEvicted: the login ended because its subject has too many (SES-203).
	// Login is zero: the store names the record alone.
	EventEvicted
	// EventIntegrity: a record is not what was stored, and was kept (SES-066).
	EventIntegrity
	// EventUnmigratable: a record is too old to be read, and was deleted
	// (SES-035).
	EventUnmigratable
	// EventBinding: a request showed another trait than its session is bound to, or
	// none. Reported once in a quarter of an hour for each session, trait and action.
	EventBinding
)

// String returns the kind in lower case.
func (k EventKind) String() string {
	switch k {
	case EventReplaced:
		return "replaced"
	case EventEvicted:
		return "evicted"
	case EventIntegrity:
		return "integrity"
	case EventUnmigratable:
		return "unmigratable"
	case EventBinding:
		return "binding"
	}
	return "invalid"
}
