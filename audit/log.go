package audit

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// Version is the wire format of events. A reader that meets a higher one refuses
// the event; kinds and fields are added without changing it (AUD-003).
const Version = 1

// Config is what a [Log] is built from. Clock, Entropy and Keys are required.
type Config struct {
	Clock   clock.Clock
	Entropy entropy.Source
	// Keys is the Index ring.
	Keys *seal.Ring
	// Node names this process among those that share a store: 1 to 64 of
	// [A-Za-z0-9._+-], "local" if empty. It may be used again after a restart:
	// each Log draws a boot id beside it.
	Node string
	// Context finds where an event comes from; nil is [From]. A chain that knows
	// it anyway spares every request the value that With would make.
	Context func(context.Context) Context
}

// Log makes rows of events. It is safe for concurrent use and holds no event: a
// row is in the caller's hands until a store has it.
type Log struct {
	cfg  Config
	boot [16]byte
	refs refs

	mu   sync.Mutex
	last time.Time
}

// New checks cfg; the error names the field that is wrong.
func New(cfg Config) (*Log, error) {
	if cfg.Node == "" {
		cfg.Node = "local"
	}
	if cfg.Context == nil {
		cfg.Context = From
	}
	switch {
	case cfg.Clock == nil:
		return nil, errors.New("audit: Config.Clock is missing")
	case cfg.Entropy == nil:
		return nil, errors.New("audit: Config.Entropy is missing")
	case cfg.Keys == nil || cfg.Keys.Purpose() != seal.Index:
		return nil, errors.New("audit: Config.Keys is not an Index ring")
	case !isVersion(cfg.Node):
		return nil, errors.New("audit: Config.Node is not 1 to 64 of [A-Za-z0-9._+-]")
	}
	return &Log{cfg: cfg, boot: entropy.Bytes16(cfg.Entropy), refs: newRefs(cfg.Keys)}, nil
}

// Of says whom an event is about.
type Of struct {
	// Tenant is required for all but the events of the service itself.
	Tenant identity.TenantID
	// Subject is the account that it happened to. Zero: nobody, or nobody that
	// exists.
	Subject identity.UserID
	// Handle is the AuditHandle of the subject, required with it: events are
	// found by it, also after the account is erased (AUD-009).
	Handle [16]byte
	// Actor is who did it, when that is not the subject; identity.SystemUser for
	// background work, which has no handle.
	Actor       identity.UserID
	ActorHandle [16]byte
	// Session overrides the one of the [Context], for events about another
	// session than the one that the request came with.
	Session identity.SessionID
}

// Row makes the outbox row of an event. What commits it makes it true: put it
// into the same Apply, Record or session verb as the change that it tells of.
//
// Errors are faults of the program: [*FieldError] for an event with a field
// missing or wrong, store.ErrTooLarge for one above store.MaxRowBody.
func (l *Log) Row(ctx context.Context, of Of, e Event) (store.Row, error) {
	f := fields{facts: e.about(), refs: l.refs, ev: make(object, 0, 20), data: make(object, 0, 6)}
	from := l.cfg.Context(ctx)
	now := l.stamp()
	id := identity.NewEventID(now, l.cfg.Entropy)

	f.ev.set("boot", text(hex.EncodeToString(l.boot[:])))
	f.ev.set("class", text(f.class.String()))
	f.ev.set("id", text(id.String()))
	f.ev.set("kind", text(string(f.kind)))
	f.ev.set("node", text(l.cfg.Node))
	f.ev.set("time_us", number(now.UnixMicro()))
	f.ev.set("v", number(Version))
	f.who(of)
	if ref := sessionOf(of, from); ref != [16]byte{} {
		f.ev.set("session_ref", text(l.refs.of(seal.PrefixAuditSession, ref)))
	}
	from.write(&f.ev)
	e.fill(&f)
	if f.err != nil {
		return store.Row{}, fmt.Errorf("audit: row: %w", f.err)
	}
	if len(f.data) > 0 {
		f.ev.set("data", nested(f.data))
	}
	commit(&f.ev, l.cfg.Entropy)
	body := canonical(f.ev)
	if len(body) > store.MaxRowBody {
		return store.Row{}, fmt.Errorf("audit: row: %s: %w", f.kind, store.ErrTooLarge)
	}
	return store.Row{ID: id.Bytes(), At: now, Topic: store.TopicAudit, Body: body}, nil
}

// IdentifierMAC names what somebody typed as their identifier, in canonical
// form, without saying it: equal for equal input in one tenant (AUD-011).
func (l *Log) IdentifierMAC(t identity.TenantID, canonical string) string {
	return l.refs.identifier(t, canonical)
}

// SessionRef is the name under which events know a session (AUD-008).
func (l *Log) SessionRef(ref identity.SessionID) string {
	return l.refs.of(seal.PrefixAuditSession, ref.Bytes())
}

// stamp returns the time of an event, later than that of the one before, so that
// two events of one microsecond keep their order. A clock that was set back is
// believed.
func (l *Log) stamp() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.cfg.Clock.Now()
	if !now.After(l.last) && l.last.Sub(now) < time.Millisecond {
		now = l.last.Add(time.Microsecond)
	}
	l.last = now
	return now
}

func sessionOf(of Of, from Context) [16]byte {
	if !of.Session.IsZero() {
		return of.Session.Bytes()
	}
	return from.Session.Bytes()
}

// who writes tenant, subject and actor.
func (f *fields) who(of Of) {
	switch {
	case !of.Tenant.IsZero():
		f.ev.set("tenant_id", text(of.Tenant.String()))
	case !f.platform:
		f.fail("tenant_id", ErrMissingField)
	}
	if f.subject && of.Subject.IsZero() {
		f.fail("subject", ErrMissingField)
	}
	f.party("subject", "handle", of.Subject, of.Handle)
	f.party("actor", "actor_handle", of.Actor, of.ActorHandle)
}

// party writes one of the two. An id without a handle would leave an event that
// nobody finds after erasure, a handle without an id one about nobody.
func (f *fields) party(name, handleName string, id identity.UserID, handle [16]byte) {
	if id == identity.SystemUser {
		f.ev.set(name, nested(object{{"type", text(partySystem)}}))
		return
	}
	switch none := [16]byte{}; {
	case id.IsZero() && handle == none:
		return
	case id.IsZero():
		f.fail(name, ErrMissingField)
	case handle == none:
		f.fail(handleName, ErrMissingField)
	}
	f.ev.set(name, nested(object{{"id", text(id.String())}, {"type", text(partyUser)}}))
	f.ev.set(handleName, text(hex.EncodeToString(handle[:])))
}

const (
	partyUser   = "user"
	partySystem = "system"
)
