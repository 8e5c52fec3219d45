package sim

import (
	"context"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// mark is something in the store that a call looks at or changes. Without a key it is
// all of its kind.
type mark struct {
	kind  string
	key   any
	write bool
}

// marks are those of a call. Two calls without a mark in common have the same effects
// and answers in either order.
type marks []mark

// The kinds. Rows of the outbox and events are none: which of two is stored first is
// told apart by nobody.
const (
	ofSession = "session"
	ofEpochs  = "epochs"
	ofUser    = "user"
	ofNames   = "names"
	ofTenants = "tenants"
	ofTokens  = "tokens"
	ofLedger  = "ledger"
	ofAll     = "*"
)

func everything() marks { return marks{{kind: ofAll, write: true}} }

func looks(kind string, key any) mark   { return mark{kind: kind, key: key} }
func changes(kind string, key any) mark { return mark{kind: kind, key: key, write: true} }

// meet reports that one of two calls changes what the other touches.
func (m marks) meet(o marks) bool {
	for _, a := range m {
		for _, b := range o {
			same := a.kind == b.kind && (a.key == nil || b.key == nil || a.key == b.key)
			if (a.write || b.write) && (same || a.kind == ofAll || b.kind == ofAll) {
				return true
			}
		}
	}
	return false
}

// writes reports that a call changes something.
func (m marks) writes() bool {
	for _, a := range m {
		if a.write {
			return true
		}
	}
	return false
}

// over lets a bout know what each call touches, before it is made. A verb that is not
// here touches everything.
func (b *bout) over(s backend.Stores) backend.Stores {
	return backend.Stores{
		Identity: markedIdentity{s.Identity, b}, Session: markedSession{s.Session, b},
		Throttle: markedLedger{s.Throttle, b}, Audit: s.Audit,
	}
}

func (b *bout) touches(m ...mark) { b.marks = m }

type markedSession struct {
	backend.Session
	b *bout
}

// Load implements session.Store.
func (s markedSession) Load(ctx context.Context, ref session.Ref, now time.Time) (session.Record, session.Current, error) {
	s.b.touches(looks(ofSession, ref), looks(ofEpochs, nil))
	return s.Session.Load(ctx, ref, now)
}

// Create implements session.Store.
func (s markedSession) Create(ctx context.Context, rec session.Record, c session.Claim, also ...store.Row) ([]session.Ref, error) {
	s.b.touches(claimed(c, changes(ofSession, rec.Ref))...)
	return s.Session.Create(ctx, rec, c, also...)
}

// claimed is what a claim touches besides: the epochs, and where sessions are limited all
// of them.
func claimed(c session.Claim, more ...mark) marks {
	more = append(more, mark{kind: ofEpochs, write: c.Raise})
	if c.Limit.Max > 0 {
		more = append(more, changes(ofSession, nil))
	}
	return more
}

// Update implements session.Store.
func (s markedSession) Update(ctx context.Context, rec session.Record, prevRev uint64, now time.Time) error {
	s.b.touches(changes(ofSession, rec.Ref))
	return s.Session.Update(ctx, rec, prevRev, now)
}

// Rotate implements session.Store. It may end the predecessor of the old one, too.
func (s markedSession) Rotate(ctx context.Context, old session.Ref, prevRev uint64, next session.Record, c session.Claim, grace time.Duration, also ...store.Row) ([]session.Ref, error) {
	s.b.touches(claimed(c, changes(ofSession, nil))...)
	return s.Session.Rotate(ctx, old, prevRev, next, c, grace, also...)
}

// Touch implements session.Store.
func (s markedSession) Touch(ctx context.Context, ref session.Ref, idleUntil, now time.Time) error {
	s.b.touches(changes(ofSession, ref))
	return s.Session.Touch(ctx, ref, idleUntil, now)
}

// Delete implements session.Store. It ends predecessor or successor, too.
func (s markedSession) Delete(ctx context.Context, ref session.Ref, of identity.Subject, also ...store.Row) error {
	s.b.touches(changes(ofSession, nil))
	return s.Session.Delete(ctx, ref, of, also...)
}

// Raise implements session.Store.
func (s markedSession) Raise(ctx context.Context, scope identity.Scope, also ...store.Row) error {
	s.b.touches(changes(ofEpochs, nil))
	return s.Session.Raise(ctx, scope, also...)
}

// Epochs implements session.Store.
func (s markedSession) Epochs(ctx context.Context, of identity.Subject) (identity.Epochs, error) {
	s.b.touches(looks(ofEpochs, nil))
	return s.Session.Epochs(ctx, of)
}

// Sessions implements session.Store.
func (s markedSession) Sessions(ctx context.Context, of identity.Subject, after session.Ref, limit int, now time.Time) ([]session.Listed, error) {
	s.b.touches(looks(ofSession, nil), looks(ofEpochs, nil))
	return s.Session.Sessions(ctx, of, after, limit, now)
}

type markedIdentity struct {
	backend.Identity
	b *bout
}

// TenantByID implements identity.Lookup.
func (s markedIdentity) TenantByID(ctx context.Context, t identity.TenantID) (identity.TenantView, error) {
	s.b.touches(looks(ofTenants, nil))
	return s.Identity.TenantByID(ctx, t)
}

// TenantBySlug implements identity.Lookup.
func (s markedIdentity) TenantBySlug(ctx context.Context, slug string) (identity.TenantView, error) {
	s.b.touches(looks(ofTenants, nil))
	return s.Identity.TenantBySlug(ctx, slug)
}

// AccountByIdentifier implements identity.Lookup.
func (s markedIdentity) AccountByIdentifier(ctx context.Context, t identity.TenantID, kind identity.IdentifierKind, canonical string) (identity.Account, error) {
	s.b.touches(looks(ofNames, nil), looks(ofUser, nil), looks(ofTenants, nil))
	return s.Identity.AccountByIdentifier(ctx, t, kind, canonical)
}

// AccountByID implements identity.Lookup.
func (s markedIdentity) AccountByID(ctx context.Context, of identity.Subject) (identity.Account, error) {
	s.b.touches(looks(ofUser, of.User), looks(ofTenants, nil))
	return s.Identity.AccountByID(ctx, of)
}

// TokenBySelector implements identity.Lookup.
func (s markedIdentity) TokenBySelector(ctx context.Context, selector [16]byte) (identity.Token, error) {
	s.b.touches(looks(ofTokens, nil))
	return s.Identity.TokenBySelector(ctx, selector)
}

// HasRole implements identity.Lookup.
func (s markedIdentity) HasRole(ctx context.Context, t identity.TenantID, r identity.Role) (bool, error) {
	s.b.touches(looks(ofUser, nil), looks(ofTenants, nil))
	return s.Identity.HasRole(ctx, t, r)
}

// Record implements identity.AuthnLog.
func (s markedIdentity) Record(ctx context.Context, changes ...identity.LogChange) error {
	s.b.marks = changed(changes)
	return s.Identity.Record(ctx, changes...)
}

// Apply implements identity.Admin.
func (s markedIdentity) Apply(ctx context.Context, changes ...identity.Change) error {
	s.b.marks = changed(changes)
	return s.Identity.Apply(ctx, changes...)
}

// Append implements store.Outbox.
func (s markedIdentity) Append(ctx context.Context, rows ...store.Row) error {
	s.b.marks = appended()
	return s.Identity.Append(ctx, rows...)
}

// appended is what rows of the outbox touch: something of their own.
func appended() marks { return marks{changes("row", new(byte))} }

// changed is what a set of changes touches: the conditions of all of them, and the whole
// of each user.
func changed[C identity.Change](all []C) marks {
	out := appended()
	user := func(s identity.Subject) {
		out = append(out, changes(ofUser, s.User), looks(ofTenants, nil))
	}
	for _, c := range all {
		switch c := any(c).(type) {
		case identity.Append:
		case identity.NewUser:
			user(c.User.Subject())
			out = append(out, changes(ofNames, nil))
		case identity.Transition:
			user(c.Subject)
		case identity.SetLanguage:
			user(c.Subject)
		case identity.SetDisplayName:
			user(c.Subject)
		case identity.SetIdentifiers:
			user(c.Subject)
			out = append(out, changes(ofNames, nil))
		case identity.PutCredential:
			user(identity.Subject{User: c.Credential.User})
		case identity.AdvanceCredential:
			user(identity.Subject{User: c.Credential.User})
		case identity.DropCredential:
			user(c.Subject)
		case identity.VoidCredentials:
			user(c.Subject)
		case identity.RecordLogin:
			user(c.Subject)
		case identity.RequireHolder:
			user(c.Subject)
		case identity.PutToken, identity.CountTry, identity.ConsumeToken:
			out = append(out, changes(ofTokens, nil), looks(ofUser, nil))
		case identity.VoidTokens:
			out = append(out, changes(ofTokens, nil))
		case identity.RaiseEpoch:
			out = append(out, changes(ofEpochs, nil))
		default:
			return everything()
		}
	}
	return out
}

type markedLedger struct {
	backend.Throttle
	b *bout
}

// Reserve implements authn.Ledger.
func (s markedLedger) Reserve(ctx context.Context, a authn.Attempt, now time.Time) (authn.Reservation, error) {
	s.b.marks = nil
	for _, l := range a.Levers {
		s.b.marks = append(s.b.marks, changes(ofLedger, l.Key))
	}
	s.b.marks = append(s.b.marks, changes(ofLedger, a.Flow))
	return s.Throttle.Reserve(ctx, a, now)
}

// Commit implements authn.Ledger.
func (s markedLedger) Commit(ctx context.Context, r authn.Reservation, v authn.Verdict, levers []authn.Lever, now time.Time) ([]authn.Lock, error) {
	s.b.marks = reserved(r)
	for _, l := range levers {
		s.b.marks = append(s.b.marks, changes(ofLedger, l.Key))
	}
	return s.Throttle.Commit(ctx, r, v, levers, now)
}

// Release implements authn.Ledger.
func (s markedLedger) Release(ctx context.Context, r authn.Reservation, now time.Time) error {
	s.b.marks = reserved(r)
	return s.Throttle.Release(ctx, r, now)
}

// Clear implements authn.Ledger.
func (s markedLedger) Clear(ctx context.Context, k authn.Key, now time.Time) error {
	s.b.touches(changes(ofLedger, k))
	return s.Throttle.Clear(ctx, k, now)
}

func reserved(r authn.Reservation) marks {
	out := marks{changes(ofLedger, r.Flow)}
	for _, k := range r.Keys {
		out = append(out, changes(ofLedger, k))
	}
	return out
}
