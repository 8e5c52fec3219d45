package sim

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/sim/model"
	"github.com/axess-go/axess/store"
)

// modelled is a store with a model beside it: both see the same calls in the order of
// their effects, behind every fault. What a fail-over loses is lost to both, since the
// journal makes a store anew by the same calls.
type modelled struct {
	w     *World
	state *model.State // nil: nothing is judged any more
}

// model begins a model of an empty store; one that judges nothing if nobody looks.
func (w *World) model() *modelled {
	m := &modelled{w: w}
	if only := w.cfg.Invariants; len(only) == 0 || slices.Contains(only, linearID) {
		m.state = model.New()
	}
	return m
}

// over wraps a store from its first call on.
func (m *modelled) over(s backend.Stores) backend.Stores {
	if m.state == nil {
		return s
	}
	s.Identity, s.Session, s.Throttle = modelledIdentity{s.Identity, m}, modelledSession{s.Session, m}, modelledLedger{s.Throttle, m}
	return s
}

// judge asks the model about an answer. Behind one that it does not allow, and behind an
// outage, of which nobody knows what it has left, there is nothing to compare.
func (m *modelled) judge(got error, ask func(s *model.State) error) {
	s := m.state
	if s == nil {
		return
	}
	if errors.Is(got, store.ErrUnavailable) {
		m.state = nil
		return
	}
	if err := ask(s); err != nil {
		m.state = nil
		m.w.ghost.notice(linearID, "%v", err)
	}
}

type modelledSession struct {
	backend.Session
	m *modelled
}

// Load implements session.Store, and so on.
func (t modelledSession) Load(ctx context.Context, ref session.Ref, now time.Time) (session.Record, session.Current, error) {
	rec, cur, err := t.Session.Load(ctx, ref, now)
	t.m.judge(err, func(s *model.State) error { return s.Load(ref, now, rec, cur, err) })
	return rec, cur, err
}

func (t modelledSession) Create(ctx context.Context, rec session.Record, c session.Claim, also ...store.Row) ([]session.Ref, error) {
	out, err := t.Session.Create(ctx, rec, c, also...)
	t.m.judge(err, func(s *model.State) error { return s.Create(rec, c, also, out, err) })
	return out, err
}

func (t modelledSession) Update(ctx context.Context, rec session.Record, prevRev uint64, now time.Time) error {
	err := t.Session.Update(ctx, rec, prevRev, now)
	t.m.judge(err, func(s *model.State) error { return s.Update(rec, prevRev, now, err) })
	return err
}

func (t modelledSession) Rotate(ctx context.Context, old session.Ref, prevRev uint64, next session.Record, c session.Claim, grace time.Duration, also ...store.Row) ([]session.Ref, error) {
	out, err := t.Session.Rotate(ctx, old, prevRev, next, c, grace, also...)
	t.m.judge(err, func(s *model.State) error { return s.Rotate(old, prevRev, next, c, grace, also, out, err) })
	return out, err
}

func (t modelledSession) Touch(ctx context.Context, ref session.Ref, idleUntil, now time.Time) error {
	err := t.Session.Touch(ctx, ref, idleUntil, now)
	t.m.judge(err, func(s *model.State) error { return s.Touch(ref, idleUntil, now, err) })
	return err
}

func (t modelledSession) Delete(ctx context.Context, ref session.Ref, sub identity.Subject, also ...store.Row) error {
	err := t.Session.Delete(ctx, ref, sub, also...)
	t.m.judge(err, func(s *model.State) error { return s.Delete(ref, sub, also, err) })
	return err
}

func (t modelledSession) Raise(ctx context.Context, scope identity.Scope, also ...store.Row) error {
	err := t.Session.Raise(ctx, scope, also...)
	t.m.judge(err, func(s *model.State) error { return s.Raise(scope, also, err) })
	return err
}

func (t modelledSession) Epochs(ctx context.Context, sub identity.Subject) (identity.Epochs, error) {
	e, err := t.Session.Epochs(ctx, sub)
	t.m.judge(err, func(s *model.State) error { return s.Epochs(sub, e, err) })
	return e, err
}

func (t modelledSession) Sessions(ctx context.Context, sub identity.Subject, after session.Ref, limit int, now time.Time) ([]session.Listed, error) {
	list, err := t.Session.Sessions(ctx, sub, after, limit, now)
	t.m.judge(err, func(s *model.State) error { return s.Sessions(sub, after, limit, now, list, err) })
	return list, err
}

func (t modelledSession) Reseal(ctx context.Context, rec session.Record, from seal.KeyID, now time.Time) error {
	err := t.Session.Reseal(ctx, rec, from, now)
	t.m.judge(err, func(s *model.State) error { return s.Reseal(rec, from, now, err) })
	return err
}

func (t modelledSession) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	n, err := t.Session.Sweep(ctx, now, limit)
	t.m.judge(err, func(s *model.State) error { return s.Sweep(now, limit, n, err) })
	return n, err
}

type modelledLedger struct {
	backend.Throttle
	m *modelled
}

// Reserve implements authn.Ledger, and so on.
func (t modelledLedger) Reserve(ctx context.Context, a authn.Attempt, now time.Time) (authn.Reservation, error) {
	r, err := t.Throttle.Reserve(ctx, a, now)
	t.m.judge(err, func(s *model.State) error { return s.Reserve(a, now, r, err) })
	return r, err
}

func (t modelledLedger) Commit(ctx context.Context, r authn.Reservation, v authn.Verdict, levers []authn.Lever, now time.Time) ([]authn.Lock, error) {
	locks, err := t.Throttle.Commit(ctx, r, v, levers, now)
	t.m.judge(err, func(s *model.State) error { return s.Commit(r, v, levers, now, locks, err) })
	return locks, err
}

func (t modelledLedger) Release(ctx context.Context, r authn.Reservation, now time.Time) error {
	err := t.Throttle.Release(ctx, r, now)
	t.m.judge(err, func(s *model.State) error { return s.Release(r, now, err) })
	return err
}

func (t modelledLedger) Clear(ctx context.Context, k authn.Key, now time.Time) error {
	err := t.Throttle.Clear(ctx, k, now)
	t.m.judge(err, func(s *model.State) error { return s.Clear(k, now, err) })
	return err
}

type modelledIdentity struct {
	backend.Identity
	m *modelled
}

// Apply implements identity.Admin, and so on.
func (t modelledIdentity) Apply(ctx context.Context, changes ...identity.Change) error {
	err := t.Identity.Apply(ctx, changes...)
	t.m.judge(err, func(s *model.State) error { return s.Apply(changes, err) })
	return err
}

func (t modelledIdentity) Record(ctx context.Context, changes ...identity.LogChange) error {
	err := t.Identity.Record(ctx, changes...)
	t.m.judge(err, func(s *model.State) error { return s.Record(changes, err) })
	return err
}

func (t modelledIdentity) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	n, err := t.Identity.Sweep(ctx, now, limit)
	t.m.judge(err, func(s *model.State) error { return s.SweepAccounts(now, limit, n, err) })
	return n, err
}

func (t modelledIdentity) TenantByID(ctx context.Context, id identity.TenantID) (identity.TenantView, error) {
	v, err := t.Identity.TenantByID(ctx, id)
	t.m.judge(err, func(s *model.State) error { return s.TenantByID(id, v.Tenant, err) })
	return v, err
}

func (t modelledIdentity) TenantBySlug(ctx context.Context, slug string) (identity.TenantView, error) {
	v, err := t.Identity.TenantBySlug(ctx, slug)
	t.m.judge(err, func(s *model.State) error { return s.TenantBySlug(slug, v.Tenant, err) })
	return v, err
}

func (t modelledIdentity) AccountByID(ctx context.Context, sub identity.Subject) (identity.Account, error) {
	a, err := t.Identity.AccountByID(ctx, sub)
	t.m.judge(err, func(s *model.State) error { return s.AccountByID(sub, a, err) })
	return a, err
}

func (t modelledIdentity) AccountByIdentifier(ctx context.Context, id identity.TenantID, kind identity.IdentifierKind, canonical string) (identity.Account, error) {
	a, err := t.Identity.AccountByIdentifier(ctx, id, kind, canonical)
	t.m.judge(err, func(s *model.State) error { return s.AccountByIdentifier(id, kind, canonical, a, err) })
	return a, err
}

func (t modelledIdentity) AccountByLink(ctx context.Context, id identity.TenantID, issuer, external string) (identity.Account, error) {
	a, err := t.Identity.AccountByLink(ctx, id, issuer, external)
	t.m.judge(err, func(s *model.State) error { return s.AccountByLink(id, issuer, external, a, err) })
	return a, err
}

func (t modelledIdentity) HasRole(ctx context.Context, id identity.TenantID, r identity.Role) (bool, error) {
	has, err := t.Identity.HasRole(ctx, id, r)
	t.m.judge(err, func(s *model.State) error { return s.HasRole(id, r, has, err) })
	return has, err
}

func (t modelledIdentity) TokenBySelector(ctx context.Context, selector [16]byte) (identity.Token, error) {
	token, err := t.Identity.TokenBySelector(ctx, selector)
	t.m.judge(err, func(s *model.State) error { return s.TokenBySelector(selector, token, err) })
	return token, err
}

// Append implements store.Outbox, and so on.
func (t modelledIdentity) Append(ctx context.Context, rows ...store.Row) error {
	err := t.Identity.Append(ctx, rows...)
	t.m.judge(err, func(s *model.State) error { return s.Append(rows, err) })
	return err
}

func (t modelledIdentity) Lease(ctx context.Context, topic store.Topic, limit int, now, until time.Time) ([]store.Pending, error) {
	rows, err := t.Identity.Lease(ctx, topic, limit, now, until)
	t.m.judge(err, func(s *model.State) error { return s.Lease(topic, limit, rows, err) })
	return rows, err
}

func (t modelledIdentity) Done(ctx context.Context, topic store.Topic, ids ...[16]byte) error {
	err := t.Identity.Done(ctx, topic, ids...)
	t.m.judge(err, func(s *model.State) error { return s.Done(topic, ids, err) })
	return err
}
