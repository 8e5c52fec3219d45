package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/store"
)

// Commit says what a move writes besides the session itself.
type Commit struct {
	// Also are outbox rows of the same commit.
	Also []store.Row
	// Raise also raises the user epoch in the same step, which ends every other
	// session of the subject; this one is stamped with the new epoch
	// (LogoutOthers, SES-206).
	Raise bool
	// NoGrace ends the old id at once. It belongs to every move that lowers a
	// privilege (SES-226).
	NoGrace bool
	// Persistent, unless nil, says whether the cookie outlives the browser's own
	// session ("keep me signed in").
	Persistent *bool
	// Limit, unless nil, bounds the sessions of the subject in the place of
	// Config.Limit.
	Limit *LimitPolicy
	// Expect are the epochs that must still hold; nil means those that the next
	// state is stamped with (SES-201).
	Expect *identity.Epochs
	// Certificate binds the session to the client certificate of this request as well,
	// whatever Config.Bindings says, because something was proved with it: with another
	// one, or none, a request is a guest's from now on (FAC-115). A request without one
	// that stands is refused.
	Certificate bool
}

// Transition is the door through which every move of the state goes. Only
// packages that may import the machine can make an event, so only they can open
// it (SES-008).
//
// A move with a new id, or one that ends the session, is in the store when
// Transition returns, and the cookie goes out with the response; a move without
// a new id is stored as well. On an error nothing has changed, save that after
// ErrStoreUnavailable nobody knows. Errors: the machine's; store.ErrConflict
// if another request moved the session first (it is never tried again,
// SES-102); ErrEpoch, ErrSessionLimit; ErrCommitted, ErrEnded, ErrSuperseded,
// ErrStoreUnavailable.
func (s *Session) Transition(ctx context.Context, ev machine.Event, c Commit) (machine.Effect, error) {
	base, ops, err := s.begin(ctx, "transition")
	if err != nil {
		return machine.Effect{}, err
	}
	m, now := s.m, s.m.now()
	if r, ok := ev.(machine.Regenerate); ok && c.Raise && r.Epochs == nil {
		if login := registration(base.body.state); login != nil {
			stamp := login.Epochs
			stamp.User++
			r.Epochs = &stamp
			ev = r
		}
	}
	if e, ok := ev.(machine.Impersonate); ok {
		// What gives the administrator their own session back, with its deadlines.
		e.CreatedAt, e.AbsUntil, e.Until = base.body.created, base.body.absolute, e.Until.Truncate(time.Millisecond)
		ev = e
	}
	state, effect, err := machine.Next(base.body.state, ev, now)
	if err != nil {
		return machine.Effect{}, err
	}
	state, _ = machine.OnDevice(state, s.Device())
	if effect.Silent {
		s.adopt(base, state)
		return effect, nil
	}
	also := c.Also
	if !effect.EndedFirst.IsZero() {
		e := Event{Kind: EventReplaced, Subject: effect.EndedFirst, Ref: base.ref}
		if login := registration(base.body.state); login != nil {
			e.Login = login.Login
		}
		also = append(slices.Clip(also), m.events(ctx, e)...)
	}
	_, guest := state.(machine.Guest)
	switch {
	case effect.Ended, guest && effect.NewID:
		err = s.drop(ctx, base, also)
	case effect.NewID:
		err = s.rotate(ctx, base, ops, state, effect, c, also, now)
		if _, stops := ev.(machine.StopImpersonating); stops && errors.Is(err, ErrEpoch) {
			// The administrator was revoked meanwhile: there is nothing to go back to.
			effect = machine.Effect{Row: "T14", Data: machine.Clear, Ended: true}
			err = s.drop(ctx, base, also)
		}
	default:
		err = s.step(ctx, base, ops, state, c, also, now)
	}
	if err != nil {
		if effect.Ended || effect.NewID {
			s.withdraw(base, err)
		}
		return machine.Effect{}, fmt.Errorf("session: %s: %w", effect.Row, err)
	}
	return effect, nil
}

// withdraw keeps the cookie of a record that this request has made from going out,
// once nobody knows whether the record is still there: the write that was to end or
// replace it failed, and may have taken effect (SES-074). The browser then has what
// it had before, and can post the same form again.
func (s *Session) withdraw(base *snapshot, err error) {
	if !errors.Is(err, store.ErrUnavailable) && !errors.Is(err, store.ErrConflict) {
		return // the store has answered: nothing was written
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur.id != base.id || s.cookie != cookieSet || base.id == s.first.id {
		return
	}
	s.cur, s.dead, s.held = &s.first, s.left, 0
	switch {
	case s.first.stored: // replaced by what is now in doubt
		s.cur, s.dead = &snapshot{body: guestBody()}, s.first.id.after()
	case !s.first.ref.IsZero():
		s.held = kindAnchor
	}
	s.cookie, s.rotated, s.ops, s.rewrite = cookieKeep, notRotated, nil, false
}

// adopt installs a state that is not stored.
func (s *Session) adopt(base *snapshot, state machine.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur == base { // else another goroutine has moved on; a count is lost
		next := *base
		next.body.state = state
		s.cur = &next
	}
}

// rotate writes the next state under a new id: over the old record if there is
// one, beside nothing if not (SES-072, SES-225).
func (s *Session) rotate(ctx context.Context, base *snapshot, ops []op, state machine.State, effect machine.Effect, c Commit, also []store.Row, now time.Time) error {
	m := s.m
	next, err := s.successor(ctx, base, ops, state, effect, c, now)
	if err != nil {
		return err
	}
	claim, err := m.claim(state, c, now)
	if err != nil {
		return err
	}
	if machine.ActorOf(base.body.state) != nil {
		// An administrator who comes back has signed in already: the policy has
		// judged that login, and must neither refuse nor evict for it now.
		claim.Limit = LimitPolicy{}
	}
	rec, err := m.record(next)
	if err != nil {
		return err
	}
	next.kid = rec.Kid
	wctx, cancel := m.outlive(ctx)
	defer cancel()
	how := rotatedForGood
	var evicted []Ref
	if base.stored {
		grace := time.Duration(0)
		if effect.Grace && !c.NoGrace && m.timesOf(state).Grace > 0 {
			grace, how = m.timesOf(state).Grace, rotatedWithGrace
		}
		evicted, err = m.store.Rotate(wctx, base.ref, base.rev, rec, claim, grace, also...)
		m.count("rotate", err)
		err = failed("rotate", err)
	} else {
		evicted, err = m.store.Create(wctx, rec, claim, also...)
		m.count("create", err)
		err = failed("create", err)
	}
	if err != nil {
		return err
	}
	if !s.installNew(base, next, ops, how, effect) {
		// Two goroutines of one guest request both made a record. Only the first
		// one's id reaches the browser: the other must not stay behind.
		return errors.Join(store.ErrConflict, failed("delete", m.store.Delete(wctx, next.ref, claim.Subject)))
	}
	m.memo.drop(base.ref)
	for _, ref := range evicted {
		m.memo.drop(ref)
	}
	if c.Raise {
		m.metrics.Count(metricRevoked, m.labels.scope(identity.ScopeUser)...)
	}
	m.evicted(ctx, claim.Subject, evicted)
	return nil
}

// installNew publishes a record under a new id.
func (s *Session) installNew(base, next *snapshot, own []op, how rotation, effect machine.Effect) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !base.stored && s.cur.stored || s.ended {
		return false
	}
	s.cur, s.cookie, s.rotated = next, cookieSet, how
	s.written(own)
	if !s.dead.IsZero() {
		s.left = s.dead
	}
	s.held, s.dead, s.rewrite = kindStored, Ref{}, false
	if effect.Row == "T6" || next.body.bindsAnew(&base.body) {
		s.challenged = mismatches{}
	}
	return true
}

// successor is the session after a move with a new id.
func (s *Session) successor(ctx context.Context, base *snapshot, ops []op, state machine.State, effect machine.Effect, c Commit, now time.Time) (*snapshot, error) {
	m := s.m
	next := &snapshot{id: newSecretID(m.entropy), stored: true, rev: 1}
	next.ref = next.id.ref()
	b := &next.body
	*b = base.body
	b.state = state
	b.custom, b.ceremony = applyOps(base, ops, inCustom), applyOps(base, ops, inCeremony)
	switch effect.Data {
	case machine.Carry:
		b.custom, b.ceremony = carryEntries(b.custom, m.carry), nil
	case machine.Clear:
		b.custom, b.ceremony = nil, nil
	case machine.Keep:
	}
	if effect.Data != machine.Keep {
		// What a later release keeps about one login is not another one's.
		b.extra, b.schema, b.minReader = nil, m.bodies.current(), minReader
	}
	if c.Persistent != nil {
		b.persistent = *c.Persistent
	}
	login := registration(state)
	before := registration(base.body.state)
	switch {
	case login == nil:
		// An unfinished flow lives as long as it may take to finish it.
		b.created, b.absolute = now, deadline(state).Truncate(time.Millisecond)
		global, err := m.globalEpoch(ctx, state)
		if err != nil {
			return nil, err
		}
		b.epochs = identity.Epochs{Global: global}
	case login.Actor != nil && before.Login != login.Login:
		b.created, b.absolute = now, login.Actor.Until
		b.epochs = login.Epochs
	case before != nil && before.Actor != nil && before.Actor.Login.Login == login.Login:
		// The administrator's own session goes on, no longer than it would have.
		b.created, b.absolute = before.Actor.CreatedAt, before.Actor.AbsUntil
		b.epochs = login.Epochs
	case before == nil || before.Login != login.Login:
		b.created, b.absolute = now, now.Add(m.timesOf(state).Absolute)
		b.epochs = login.Epochs
	default:
		b.epochs = login.Epochs // created and absolute never move within one login
	}
	if login == nil || before == nil || before.Login != login.Login {
		b.client = clientOf(s.scope.Request())
	}
	if err := s.rebind(b, base.body.state, effect, c.Certificate); err != nil {
		return nil, err
	}
	next.idle, _ = m.idleUntil(b, now)
	return next, nil
}

// globalEpoch stamps what has no subject yet, so that InvalidateAll ends it too.
// The narrower epochs of a flow are re-checked when it completes.
func (m *Manager) globalEpoch(ctx context.Context, state machine.State) (uint64, error) {
	switch s := state.(type) {
	case machine.Authenticating:
		return machine.FlowOf(s).Epochs.Global, nil
	case machine.PendingWorkflow:
		return machine.WorkflowOf(s).Epochs.Global, nil
	case machine.Guest, machine.Identifying, machine.Authenticated:
	}
	ctx, cancel := m.outlive(ctx)
	defer cancel()
	e, err := m.store.Epochs(ctx, identity.Subject{})
	return e.Global, failed("epochs", err)
}

// claim is what a state claims for its subject in the commit that installs it.
func (m *Manager) claim(state machine.State, c Commit, now time.Time) (Claim, error) {
	login := registration(state)
	if login == nil {
		return Claim{Now: now}, nil
	}
	claim := Claim{Subject: login.Subject, Expect: login.Epochs, Raise: c.Raise, Limit: m.limit, Now: now}
	if c.Limit != nil {
		claim.Limit = *c.Limit
	}
	if login.Actor != nil {
		claim.Actor, claim.ActorExpect = login.Actor.Login.Subject, login.Actor.Login.Epochs
	}
	if c.Raise {
		if login.Epochs.User == 0 {
			return Claim{}, fmt.Errorf("raise: %w", store.ErrBadArgument)
		}
		claim.Expect.User--
	}
	if c.Expect != nil {
		claim.Expect = *c.Expect
	}
	if c.Raise && login.Epochs.User != claim.Expect.User+1 {
		return Claim{}, fmt.Errorf("raise: the next state is not stamped with the raised epoch: %w", store.ErrBadArgument)
	}
	return claim, nil
}

// step stores a move that keeps the id. It cannot wait for the end of the
// request: a passed factor that gets lost would have to be passed again, and a
// one-time code cannot be.
func (s *Session) step(ctx context.Context, base *snapshot, ops []op, state machine.State, c Commit, also []store.Row, now time.Time) error {
	if c.Raise || len(also) > 0 && s.m.outbox == nil {
		return fmt.Errorf("a move that keeps the id takes no raise, and rows only with Config.Outbox: %w", store.ErrBadArgument)
	}
	next := *base
	next.rev++
	b := &next.body
	b.state = state
	// Data goes with an id: what keeps the one keeps the other.
	b.custom, b.ceremony = applyOps(base, ops, inCustom), applyOps(base, ops, inCeremony)
	if c.Certificate {
		if err := s.m.binder.captureProof(b, s.scope.Request()); err != nil {
			return err
		}
	}
	next.idle, _ = s.m.idleUntil(b, now)
	if err := s.m.update(ctx, &next, base.rev, now); err != nil {
		return err
	}
	s.install(base, &next, ops)
	if len(also) == 0 {
		return nil
	}
	// Update takes no rows: such moves belong to a commit of the identity group,
	// where the rows that must not get lost are written.
	ctx, cancel := s.m.outlive(ctx)
	defer cancel()
	return failed("append", s.m.outbox.Append(ctx, also...))
}

// update writes a body over the revision that it was made from (SES-100).
func (m *Manager) update(ctx context.Context, next *snapshot, prevRev uint64, now time.Time) error {
	rec, err := m.record(next)
	if err != nil {
		return err
	}
	next.kid = rec.Kid
	ctx, cancel := m.outlive(ctx)
	defer cancel()
	err = m.store.Update(ctx, rec, prevRev, now)
	m.count("update", err)
	return failed("update", err)
}

// install publishes a body written over base.
func (s *Session) install(base, next *snapshot, own []op) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cur.ref != base.ref || s.cur.rev != base.rev {
		return // something newer is in place
	}
	s.cur, s.rewrite = next, false
	s.written(own)
}

// drop ends the record; the request goes on as a guest without an id.
func (s *Session) drop(ctx context.Context, base *snapshot, also []store.Row) error {
	if err := s.m.end(ctx, base, also); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	return nil
}

// forget is called with mu held.
func (s *Session) forget() {
	s.cur = &snapshot{body: guestBody()}
	s.ops, s.rewrite, s.dead, s.challenged = nil, false, Ref{}, mismatches{}
	s.cookie = cookieKeep
	if s.held != 0 {
		s.cookie = cookieExpire
	}
}

// Logout ends the session: it is deleted when Logout returns nil, also if
// another request has rotated it meanwhile. If the store does not answer,
// nothing has changed, session and cookie stay, and the person must be told to
// try again (decisions: failing sign-out). The rows belong to the same commit.
// A second call does nothing. A guest's logout writes the rows alone.
func (s *Session) Logout(ctx context.Context, also ...store.Row) error {
	s.mu.Lock()
	base, ended := s.cur, s.ended
	err := s.usable()
	s.used = true
	s.mu.Unlock()
	if ended {
		return nil
	}
	// A superseded session may end: the person who asks for it means the login.
	if err != nil && !errors.Is(err, ErrSuperseded) {
		return s.refuse(ctx, "logout", err)
	}
	if err := s.m.end(ctx, base, also); err != nil {
		s.withdraw(base, err)
		return fmt.Errorf("session: logout: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	wasDead := !s.dead.IsZero()
	s.forget()
	if wasDead {
		s.cookie = cookieExpire
	}
	s.ended = true
	return nil
}

// end deletes the record behind base and whatever its login has become.
func (m *Manager) end(ctx context.Context, base *snapshot, also []store.Row) error {
	m.memo.drop(base.ref)
	ctx, cancel := m.outlive(ctx)
	defer cancel()
	if login := registration(base.body.state); login != nil {
		if err := m.endLogin(ctx, login.Subject, login.Login, base.ref, also); err != nil || login.Actor == nil {
			return err
		}
		return m.endOwn(ctx, login.Actor.Login)
	}
	if base.stored {
		err := m.store.Delete(ctx, base.ref, identity.Subject{}, also...)
		m.count("delete", err)
		return failed("delete", err)
	}
	if len(also) == 0 {
		return nil
	}
	if m.outbox == nil {
		return fmt.Errorf("rows without a record need Config.Outbox: %w", store.ErrBadArgument)
	}
	return failed("append", m.outbox.Append(ctx, also...))
}

// endOwn ends the login that an administrator has gone back to while they signed
// out of the one that they acted in: it is the same person who leaves.
func (m *Manager) endOwn(ctx context.Context, own *machine.LoginData) error {
	ref, found, err := m.findLogin(ctx, own.Subject, own.Login)
	if !found {
		return err // nil, or why nobody knows
	}
	return m.endLogin(ctx, own.Subject, own.Login, ref, nil)
}

// RotateOption changes how [Session.Rotate] works.
type RotateOption func(*Commit)

// NoGrace ends the old id at once.
func NoGrace() RotateOption { return func(c *Commit) { c.NoGrace = true } }

// Rotate gives a login a new id (T12). Applications call it when a role or a
// right of the person changes, with [NoGrace] when it shrinks. It is idempotent
// within a request. Errors: as [Session.Transition].
func (s *Session) Rotate(ctx context.Context, opts ...RotateOption) error {
	var c Commit
	for _, o := range opts {
		o(&c)
	}
	s.mu.Lock()
	done := s.rotated == rotatedForGood || s.rotated == rotatedWithGrace && !c.NoGrace
	done = done && s.usable() == nil
	s.mu.Unlock()
	if done {
		return nil
	}
	_, err := s.Transition(ctx, machine.Regenerate{}, c)
	return err
}
