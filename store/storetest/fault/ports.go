package fault

import (
	"context"
	"reflect"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

func topics(rows []store.Row) (h handed) {
	for _, r := range rows {
		h.rows, h.parts = append(h.rows, r.Topic), append(h.parts, string(r.Topic))
	}
	return h
}

func topic(t store.Topic) handed { return handed{parts: []string{string(t)}} }

func kinds[C identity.Change](changes []C) (h handed) {
	for _, c := range changes {
		name := "nothing" // the suite hands in no change at all, too
		if t := reflect.TypeOf(c); t != nil {
			name = t.Name()
		}
		h.parts = append(h.parts, name)
		if a, ok := any(c).(identity.Append); ok {
			h.rows = append(h.rows, a.Row.Topic)
		}
	}
	return h
}

// faultyGroup is the Identity group.
type faultyGroup struct {
	faultyIdentity
	faultyOutbox
}

type faultySession struct{ f *Faults }

func (w faultySession) s() backend.Session { return w.f.inner.Load().Session }

// Info implements [backend.Session].
func (w faultySession) Info() backend.Info { return w.s().Info() }

type loaded struct {
	rec session.Record
	e   session.Current
}

// Load implements [session.Store].
func (w faultySession) Load(ctx context.Context, ref session.Ref, now time.Time) (session.Record, session.Current, error) {
	l, err := call(ctx, w.f, "session.Load", handed{}, func(ctx context.Context) (l loaded, err error) {
		l.rec, l.e, err = w.s().Load(ctx, ref, now)
		return l, err
	})
	return l.rec, l.e, err
}

// Create implements [session.Store].
func (w faultySession) Create(ctx context.Context, rec session.Record, c session.Claim, also ...store.Row) ([]session.Ref, error) {
	return call(ctx, w.f, "session.Create", topics(also), func(ctx context.Context) ([]session.Ref, error) {
		return w.s().Create(ctx, rec, c, also...)
	})
}

// Update implements [session.Store].
func (w faultySession) Update(ctx context.Context, rec session.Record, prevRev uint64, now time.Time) error {
	return run(ctx, w.f, "session.Update", handed{}, func(ctx context.Context) error {
		return w.s().Update(ctx, rec, prevRev, now)
	})
}

// Rotate implements [session.Store].
func (w faultySession) Rotate(ctx context.Context, old session.Ref, prevRev uint64, next session.Record, c session.Claim, grace time.Duration, also ...store.Row) ([]session.Ref, error) {
	return call(ctx, w.f, "session.Rotate", topics(also), func(ctx context.Context) ([]session.Ref, error) {
		return w.s().Rotate(ctx, old, prevRev, next, c, grace, also...)
	})
}

// Touch implements [session.Store].
func (w faultySession) Touch(ctx context.Context, ref session.Ref, idleUntil, now time.Time) error {
	return run(ctx, w.f, "session.Touch", handed{}, func(ctx context.Context) error { return w.s().Touch(ctx, ref, idleUntil, now) })
}

// Delete implements [session.Store].
func (w faultySession) Delete(ctx context.Context, ref session.Ref, s identity.Subject, also ...store.Row) error {
	return run(ctx, w.f, "session.Delete", topics(also), func(ctx context.Context) error { return w.s().Delete(ctx, ref, s, also...) })
}

// Raise implements [session.Store].
func (w faultySession) Raise(ctx context.Context, s identity.Scope, also ...store.Row) error {
	return run(ctx, w.f, "session.Raise", topics(also), func(ctx context.Context) error { return w.s().Raise(ctx, s, also...) })
}

// Epochs implements [session.Store].
func (w faultySession) Epochs(ctx context.Context, s identity.Subject) (identity.Epochs, error) {
	return call(ctx, w.f, "session.Epochs", handed{}, func(ctx context.Context) (identity.Epochs, error) { return w.s().Epochs(ctx, s) })
}

// Sessions implements [session.Store].
func (w faultySession) Sessions(ctx context.Context, s identity.Subject, after session.Ref, limit int, now time.Time) ([]session.Listed, error) {
	return call(ctx, w.f, "session.Sessions", handed{}, func(ctx context.Context) ([]session.Listed, error) {
		return w.s().Sessions(ctx, s, after, limit, now)
	})
}

// Kids implements [session.Store].
func (w faultySession) Kids(ctx context.Context) ([]store.KidCount, error) {
	return call(ctx, w.f, "session.Kids", handed{}, w.s().Kids)
}

// UnderKid implements [session.Store].
func (w faultySession) UnderKid(ctx context.Context, kid seal.KeyID, after session.Ref, limit int) ([]session.Ref, error) {
	return call(ctx, w.f, "session.UnderKid", handed{}, func(ctx context.Context) ([]session.Ref, error) {
		return w.s().UnderKid(ctx, kid, after, limit)
	})
}

// Reseal implements [session.Store].
func (w faultySession) Reseal(ctx context.Context, rec session.Record, from seal.KeyID, now time.Time) error {
	return run(ctx, w.f, "session.Reseal", handed{}, func(ctx context.Context) error { return w.s().Reseal(ctx, rec, from, now) })
}

// Watch implements [session.Store].
func (w faultySession) Watch(ctx context.Context) (session.Watch, error) {
	var inner session.Watch
	err := run(ctx, w.f, "session.Watch", handed{}, func(ctx context.Context) (err error) {
		if inner != nil { // begun twice
			err = inner.Close()
		}
		if err == nil {
			inner, err = w.s().Watch(ctx)
		}
		return err
	})
	if err == nil {
		return faultyWatch{w.f, inner}, nil
	}
	if inner != nil { // begun, and nobody learns of it
		_ = inner.Close()
	}
	return nil, err
}

// faultyWatch is what a watch hears: applied twice, it hears it twice. Its end is no
// call.
type faultyWatch struct {
	f *Faults
	session.Watch
}

// Next implements [session.Watch].
func (w faultyWatch) Next(ctx context.Context) ([]session.Ending, error) {
	var heard []session.Ending
	err := run(ctx, w.f, "watch.Next", handed{}, func(ctx context.Context) (err error) {
		if heard != nil {
			heard = append(heard, heard...)
			return nil
		}
		heard, err = w.Watch.Next(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return heard, nil
}

// Sweep implements [session.Store].
func (w faultySession) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	return call(ctx, w.f, "session.Sweep", handed{}, func(ctx context.Context) (int, error) { return w.s().Sweep(ctx, now, limit) })
}

// Check implements [session.Store].
func (w faultySession) Check(ctx context.Context) error {
	return run(ctx, w.f, "session.Check", handed{}, w.s().Check)
}

type faultyIdentity struct{ f *Faults }

func (w faultyIdentity) s() backend.Identity { return w.f.inner.Load().Identity }

// Info implements [backend.Identity].
func (w faultyIdentity) Info() backend.Info { return w.s().Info() }

// TenantByID implements [identity.Lookup].
func (w faultyIdentity) TenantByID(ctx context.Context, t identity.TenantID) (identity.TenantView, error) {
	return call(ctx, w.f, "identity.TenantByID", handed{}, func(ctx context.Context) (identity.TenantView, error) {
		return w.s().TenantByID(ctx, t)
	})
}

// TenantBySlug implements [identity.Lookup].
func (w faultyIdentity) TenantBySlug(ctx context.Context, slug string) (identity.TenantView, error) {
	return call(ctx, w.f, "identity.TenantBySlug", handed{}, func(ctx context.Context) (identity.TenantView, error) {
		return w.s().TenantBySlug(ctx, slug)
	})
}

// AccountByIdentifier implements [identity.Lookup].
func (w faultyIdentity) AccountByIdentifier(ctx context.Context, t identity.TenantID, kind identity.IdentifierKind, canonical string) (identity.Account, error) {
	return call(ctx, w.f, "identity.AccountByIdentifier", handed{}, func(ctx context.Context) (identity.Account, error) {
		return w.s().AccountByIdentifier(ctx, t, kind, canonical)
	})
}

// AccountByID implements [identity.Lookup].
func (w faultyIdentity) AccountByID(ctx context.Context, s identity.Subject) (identity.Account, error) {
	return call(ctx, w.f, "identity.AccountByID", handed{}, func(ctx context.Context) (identity.Account, error) {
		return w.s().AccountByID(ctx, s)
	})
}

// AccountByHandle implements [identity.Lookup].
func (w faultyIdentity) AccountByHandle(ctx context.Context, t identity.TenantID, handle [32]byte) (identity.Account, error) {
	return call(ctx, w.f, "identity.AccountByHandle", handed{}, func(ctx context.Context) (identity.Account, error) {
		return w.s().AccountByHandle(ctx, t, handle)
	})
}

// AccountByLink implements [identity.Lookup].
func (w faultyIdentity) AccountByLink(ctx context.Context, t identity.TenantID, issuer, external string) (identity.Account, error) {
	return call(ctx, w.f, "identity.AccountByLink", handed{}, func(ctx context.Context) (identity.Account, error) {
		return w.s().AccountByLink(ctx, t, issuer, external)
	})
}

// Users implements [identity.Lookup].
func (w faultyIdentity) Users(ctx context.Context, t identity.TenantID, after identity.UserCursor, limit int) ([]identity.User, error) {
	return call(ctx, w.f, "identity.Users", handed{}, func(ctx context.Context) ([]identity.User, error) {
		return w.s().Users(ctx, t, after, limit)
	})
}

// Tenants implements [identity.OperatorLookup].
func (w faultyIdentity) Tenants(ctx context.Context, scope identity.OperatorScope, after string, limit int) ([]identity.Tenant, error) {
	return call(ctx, w.f, "identity.Tenants", handed{}, func(ctx context.Context) ([]identity.Tenant, error) {
		return w.s().Tenants(ctx, scope, after, limit)
	})
}

// HasRole implements [identity.Lookup].
func (w faultyIdentity) HasRole(ctx context.Context, t identity.TenantID, r identity.Role) (bool, error) {
	return call(ctx, w.f, "identity.HasRole", handed{}, func(ctx context.Context) (bool, error) { return w.s().HasRole(ctx, t, r) })
}

// TokenBySelector implements [identity.Lookup].
func (w faultyIdentity) TokenBySelector(ctx context.Context, selector [16]byte) (identity.Token, error) {
	return call(ctx, w.f, "identity.TokenBySelector", handed{}, func(ctx context.Context) (identity.Token, error) {
		return w.s().TokenBySelector(ctx, selector)
	})
}

// Record implements [identity.AuthnLog].
func (w faultyIdentity) Record(ctx context.Context, changes ...identity.LogChange) error {
	return run(ctx, w.f, "identity.Record", kinds(changes), func(ctx context.Context) error { return w.s().Record(ctx, changes...) })
}

// Apply implements [identity.Admin].
func (w faultyIdentity) Apply(ctx context.Context, changes ...identity.Change) error {
	return run(ctx, w.f, "identity.Apply", kinds(changes), func(ctx context.Context) error { return w.s().Apply(ctx, changes...) })
}

// Overdue implements [identity.Admin].
func (w faultyIdentity) Overdue(ctx context.Context, now time.Time, limit int) ([]identity.Subject, error) {
	return call(ctx, w.f, "identity.Overdue", handed{}, func(ctx context.Context) ([]identity.Subject, error) {
		return w.s().Overdue(ctx, now, limit)
	})
}

// CredentialKids implements [identity.Admin].
func (w faultyIdentity) CredentialKids(ctx context.Context) ([]store.KidCount, error) {
	return call(ctx, w.f, "identity.CredentialKids", handed{}, w.s().CredentialKids)
}

// Sweep implements [identity.Admin].
func (w faultyIdentity) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	return call(ctx, w.f, "identity.Sweep", handed{}, func(ctx context.Context) (int, error) { return w.s().Sweep(ctx, now, limit) })
}

type faultyOutbox struct{ f *Faults }

func (w faultyOutbox) s() store.Outbox { return w.f.inner.Load().Identity }

// Append implements [store.Outbox].
func (w faultyOutbox) Append(ctx context.Context, rows ...store.Row) error {
	return run(ctx, w.f, "outbox.Append", topics(rows), func(ctx context.Context) error { return w.s().Append(ctx, rows...) })
}

// Lease implements [store.Outbox].
func (w faultyOutbox) Lease(ctx context.Context, t store.Topic, limit int, now, until time.Time) ([]store.Pending, error) {
	return call(ctx, w.f, "outbox.Lease", topic(t), func(ctx context.Context) ([]store.Pending, error) {
		return w.s().Lease(ctx, t, limit, now, until)
	})
}

// Done implements [store.Outbox].
func (w faultyOutbox) Done(ctx context.Context, t store.Topic, ids ...[16]byte) error {
	return run(ctx, w.f, "outbox.Done", topic(t), func(ctx context.Context) error { return w.s().Done(ctx, t, ids...) })
}

// Defer implements [store.Outbox].
func (w faultyOutbox) Defer(ctx context.Context, t store.Topic, id [16]byte, due time.Time) error {
	return run(ctx, w.f, "outbox.Defer", topic(t), func(ctx context.Context) error {
		return w.s().Defer(ctx, t, id, due)
	})
}

// RowKids implements [store.Outbox].
func (w faultyOutbox) RowKids(ctx context.Context, t store.Topic) ([]store.KidCount, error) {
	return call(ctx, w.f, "outbox.RowKids", topic(t), func(ctx context.Context) ([]store.KidCount, error) {
		return w.s().RowKids(ctx, t)
	})
}

type faultyLedger struct{ f *Faults }

func (w faultyLedger) s() backend.Throttle { return w.f.inner.Load().Throttle }

// Info implements [backend.Throttle].
func (w faultyLedger) Info() backend.Info { return w.s().Info() }

// KV implements [backend.Throttle].
func (w faultyLedger) KV() store.KV { return faultyValues(w) }

// Reserve implements [authn.Ledger].
func (w faultyLedger) Reserve(ctx context.Context, a authn.Attempt, now time.Time) (authn.Reservation, error) {
	return call(ctx, w.f, "throttle.Reserve", handed{}, func(ctx context.Context) (authn.Reservation, error) {
		return w.s().Reserve(ctx, a, now)
	})
}

// Commit implements [authn.Ledger].
func (w faultyLedger) Commit(ctx context.Context, r authn.Reservation, v authn.Verdict, levers []authn.Lever, now time.Time) ([]authn.Lock, error) {
	return call(ctx, w.f, "throttle.Commit", handed{}, func(ctx context.Context) ([]authn.Lock, error) {
		return w.s().Commit(ctx, r, v, levers, now)
	})
}

// Release implements [authn.Ledger].
func (w faultyLedger) Release(ctx context.Context, r authn.Reservation, now time.Time) error {
	return run(ctx, w.f, "throttle.Release", handed{}, func(ctx context.Context) error { return w.s().Release(ctx, r, now) })
}

// Clear implements [authn.Ledger].
func (w faultyLedger) Clear(ctx context.Context, k authn.Key, now time.Time) error {
	return run(ctx, w.f, "throttle.Clear", handed{}, func(ctx context.Context) error { return w.s().Clear(ctx, k, now) })
}

type faultyAudit struct{ f *Faults }

func (w faultyAudit) s() backend.Audit { return w.f.inner.Load().Audit }

// Info implements [backend.Audit].
func (w faultyAudit) Info() backend.Info { return w.s().Info() }

// Append implements [audit.Store].
func (w faultyAudit) Append(ctx context.Context, records ...audit.Record) ([]uint64, error) {
	return call(ctx, w.f, "audit.Append", handed{}, func(ctx context.Context) ([]uint64, error) { return w.s().Append(ctx, records...) })
}

// Query implements [audit.Store].
func (w faultyAudit) Query(ctx context.Context, t identity.TenantID, f audit.Filter) ([]audit.Record, error) {
	return call(ctx, w.f, "audit.Query", handed{}, func(ctx context.Context) ([]audit.Record, error) { return w.s().Query(ctx, t, f) })
}
