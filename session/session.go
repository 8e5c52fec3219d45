package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/internal/respond"
)

// The states of a session. Applications switch on them and read them; they can
// neither fill nor install one (SES-008).
type (
	// State is one of the five types below; the set is closed.
	State = machine.State
	// Guest is nobody yet.
	Guest = machine.Guest
	// Identifying has said who it claims to be.
	Identifying = machine.Identifying
	// Authenticating is in the middle of a login, or of a step-up over one.
	Authenticating = machine.Authenticating
	// Authenticated has passed every step.
	Authenticated = machine.Authenticated
	// PendingWorkflow must finish something first.
	PendingWorkflow = machine.PendingWorkflow
	// Actor is an administrator who acts as somebody else (Authenticated.Actor).
	Actor = machine.Actor
)

// WorkflowKind names what a PendingWorkflow is for.
type WorkflowKind = machine.WorkflowKind

// WorkflowSignup waits for the confirmation of an address.
const WorkflowSignup = machine.WorkflowSignup

// WorkflowClaim has begun to claim the first administrator.
const WorkflowClaim = machine.WorkflowClaim

// WorkflowEmailVerification has opened the link of a sign-up that began in another
// browser, and goes on here.
const WorkflowEmailVerification = machine.WorkflowEmailVerification

// IsAuthenticated reports a full login, also during a step-up over one.
func IsAuthenticated(s State) bool { return machine.IsAuthenticated(s) }

// Session is the session of one request. Its methods are safe for concurrent
// use by the request's goroutines; it is of no use after the request, see
// [Session.Detach].
type Session struct {
	m     *Manager
	outer *Session // of another manager on the same request
	scope *respond.Scope
	first snapshot  // what the request began with; spares an allocation
	vary  [1]string // a header of the response; spares another

	mu     sync.Mutex // never held over a call to a store
	cur    *snapshot
	ops    []op // data not written yet, in order
	held   cookieKind
	device identity.DeviceID // as recognized for this request; else zero
	unbind bool              // the answer takes the device's cookie away
	dead   Ref               // handle of the guest that a dead session left; else zero
	left   Ref               // dead as the request began, once a record was made

	cookie     cookieAction
	fresh      bool // what was loaded needed no touch; set before the handler runs
	degraded   bool // the store could not be asked
	ended      bool // Logout was acknowledged
	committed  bool
	discarded  bool // the handler panicked
	gone       bool // another request ended or rotated the record
	rewrite    bool // the body was migrated, or its binding re-keyed
	challenged mismatches
	rotated    rotation
	bestEffort bool
	used       bool // somebody read the session: the response varies by cookie
	warned     bool
}

type cookieAction uint8

const (
	cookieKeep cookieAction = iota
	cookieSet
	cookieExpire
)

type rotation uint8

const (
	notRotated rotation = iota
	rotatedWithGrace
	rotatedForGood
)

// From returns the session of the request that ctx belongs to; with managers
// nested, that of the innermost. ErrNoSession.
func From(ctx context.Context) (*Session, error) {
	if scope := respond.From(ctx); scope != nil {
		if s, ok := scope.Get(respond.SlotSession).(*Session); ok {
			return s, nil
		}
	}
	return nil, ErrNoSession
}

// View is a session at one moment; all fields agree with each other (SES-042).
type View struct {
	// Ref and Rev name the stored record; zero while there is none.
	Ref Ref
	Rev uint64
	// State is never nil.
	State State
	// CreatedAt and AbsUntil are zero without a record. For a login CreatedAt is
	// when it was complete, and nothing moves AbsUntil (SES-228).
	CreatedAt, AbsUntil time.Time
	// Persistent says that the cookie outlives the browser's own session.
	Persistent bool
	// Ended says that a genuine cookie led to no session: signed out elsewhere,
	// revoked or expired, or bound to another browser than this one. The state is
	// Guest. Nobody outside is told which.
	Ended bool
	// Challenged says that this browser differs from the one that the session is
	// bound to, and that guards refuse the login until a factor was proved again
	// ([Challenge]). State still shows it.
	Challenged bool
	// Degraded says that the store could not be asked, see [Optional].
	Degraded bool
	// Client is the browser that the session began in; zero without a record.
	Client Client
	// Superseded says that the session lives on under a newer id: it reads as it
	// was before, and cannot be changed (SES-106).
	Superseded bool
}

// State returns what the session is now. A state past its deadline reads as
// what it has become by that (SES-021).
func (s *Session) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	return s.cur.body.state
}

// View returns everything at once.
func (s *Session) View() View {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	c := s.cur
	v := View{
		State:      c.body.state,
		Ended:      !s.dead.IsZero(),
		Degraded:   s.degraded,
		Superseded: c.superseded,
		Challenged: s.challenged != mismatches{},
	}
	if c.stored {
		v.Ref, v.Rev = c.ref, c.rev
		v.CreatedAt, v.AbsUntil = c.body.created, c.body.absolute
		v.Persistent, v.Client = c.body.persistent, c.body.client
	}
	return v
}

// Ref returns the handle that this browser has already: of its record, of its
// anchor, or of the guest that its dead session left behind. False means none;
// [Session.Anchor] would make one. It changes with every new id.
func (s *Session) Ref() (Ref, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = true
	ref := s.handle()
	return ref, !ref.IsZero()
}

// handle is called with mu held.
func (s *Session) handle() Ref {
	if !s.cur.ref.IsZero() {
		return s.cur.ref
	}
	return s.dead
}

// Anchor returns a handle that stays the same until the session gets a new id,
// for what must be bound to this browser: CSRF tokens, above all. A guest
// without one gets an id and a cookie, and still no record (SES-064). Once the
// response is committed an existing handle is still returned; ErrCommitted
// means there is none.
func (s *Session) Anchor(ctx context.Context) (Ref, error) {
	s.mu.Lock()
	s.used = true
	ref := s.handle()
	if !ref.IsZero() {
		s.mu.Unlock()
		return ref, nil
	}
	if err := s.usable(); err != nil {
		s.mu.Unlock()
		return Ref{}, s.refuse(ctx, "anchor", err)
	}
	next := *s.cur
	next.id = newSecretID(s.m.entropy)
	next.ref = next.id.ref()
	s.cur, s.cookie = &next, cookieSet
	s.mu.Unlock()
	return next.ref, nil
}

// usable says why the session cannot be changed, nil if it can. Called with mu
// held.
func (s *Session) usable() error {
	switch {
	case s.degraded:
		return ErrStoreUnavailable
	case s.ended:
		return ErrEnded
	case s.cur.superseded:
		return ErrSuperseded
	case s.committed, s.discarded:
		return ErrCommitted
	}
	return nil
}

// refuse names the operation and says once per request that a change came too
// late: a handler that ignores the error would otherwise lose it in silence
// (SES-070).
func (s *Session) refuse(ctx context.Context, op string, err error) error {
	if errors.Is(err, ErrCommitted) {
		s.mu.Lock()
		first := !s.warned
		s.warned = true
		s.mu.Unlock()
		if first {
			s.m.log.WarnContext(ctx, "session: change after the response was committed", "op", op, "route", s.scope.Request().Pattern)
		}
	}
	return fmt.Errorf("session: %s: %w", op, err)
}

// begin returns what an operation starts from.
func (s *Session) begin(ctx context.Context, op string) (*snapshot, []op, error) {
	s.mu.Lock()
	err := s.usable()
	cur, ops := s.cur, s.ops
	s.used = true
	s.mu.Unlock()
	if err != nil {
		return nil, nil, s.refuse(ctx, op, err)
	}
	return cur, ops[:len(ops):len(ops)], nil
}

// discard drops what was not written; what was, stays.
func (s *Session) discard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.discarded, s.ops, s.cookie = true, nil, cookieKeep
}

// Detached names a session without holding it: no credentials, no mutators. It
// is what background work may keep of a request (SES-085).
type Detached struct {
	Subject identity.Subject // zero for guests
	Login   identity.LoginID // likewise
	Ref     Ref              // zero without a record
	// Actor is the administrator who acts as the subject; zero for nobody. What is
	// done in the background is done by both (AUN-143).
	Actor identity.Subject
}

// Detach returns the session's names for work that outlives the request.
func (s *Session) Detach() Detached {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := headerOf(s.cur.body.state)
	d := Detached{Subject: h.subject, Login: h.login, Actor: h.actor}
	if s.cur.stored {
		d.Ref = s.cur.ref
	}
	return d
}

func guestBody() body {
	return body{schema: schemaVersion, minReader: minReader, state: machine.Guest{}, persistent: true}
}

// ActorFrom is who acts in somebody else's name in this request, with true: who signs
// a request's events (AUN-I9). False where nobody does, and outside of a request.
func ActorFrom(ctx context.Context) (Actor, bool) {
	s, err := From(ctx)
	if err != nil {
		return Actor{}, false
	}
	login, ok := s.State().(Authenticated)
	if !ok {
		return Actor{}, false
	}
	return login.Actor()
}
