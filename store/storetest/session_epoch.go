package storetest

import (
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// Revocation by epochs.
func testEpochs(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_raise_moves_its_scope_and_no_other", raiseScopes},
		{"a_load_brings_the_current_epochs", loadEpochs},
		{"a_login_overtaken_by_a_raise_is_ErrEpoch", overtaken},
		{"a_claim_of_the_future_is_ErrEpoch", futureEpoch},
		{"a_raising_claim_ends_every_other_session", raisingClaim},
		{"a_login_may_end_every_other_session", raisingLogin},
		{"a_rotation_after_a_raise_claims_anew", rotateAfterRaise},
		{"a_raising_claim_that_comes_late_changes_nothing", lateRaisingClaim},
		{"guests_are_checked_against_no_epoch", guestEpochs},
	})
}

func (k *kit) epochs(s identity.Subject) identity.Epochs {
	k.Helper()
	e, err := k.s.Session.Epochs(k.ctx(), s)
	k.must(err)
	return e
}

// SES-195, SES-196, SES-197
func raiseScopes(k *kit) {
	s := k.subject()
	sibling := identity.Subject{Tenant: s.Tenant, User: identity.NewUserID(k.src)}
	twin := identity.Subject{Tenant: identity.NewTenantID(k.src), User: s.User}
	check := func(what string, want, ofSibling, ofTwin identity.Epochs) {
		k.Helper()
		equal(k, what+": own", k.epochs(s), want)
		equal(k, what+": same tenant", k.epochs(sibling), ofSibling)
		equal(k, what+": same user id, other tenant", k.epochs(twin), ofTwin)
		equal(k, what+": nobody", k.epochs(identity.Subject{}), identity.Epochs{Global: want.Global})
	}
	type e = identity.Epochs
	check("unknown", e{}, e{}, e{})
	k.must(k.s.Session.Raise(k.ctx(), identity.UserScope(s)))
	check("user", e{User: 1}, e{}, e{})
	k.must(k.s.Session.Raise(k.ctx(), identity.TenantScope(s.Tenant)))
	check("tenant", e{Tenant: 1, User: 1}, e{Tenant: 1}, e{})
	k.must(k.s.Session.Raise(k.ctx(), identity.GlobalScope()))
	check("global", e{Global: 1, Tenant: 1, User: 1}, e{Global: 1, Tenant: 1}, e{Global: 1})
	k.must(k.s.Session.Raise(k.ctx(), identity.UserScope(s)))
	check("again", e{Global: 1, Tenant: 1, User: 2}, e{Global: 1, Tenant: 1}, e{Global: 1})
}

// SES-195
func loadEpochs(k *kit) {
	s := k.subject()
	member, guest := k.create(k.rec(s)), k.create(k.rec(identity.Subject{}))
	for _, scope := range []identity.Scope{identity.UserScope(s), identity.TenantScope(s.Tenant), identity.GlobalScope()} {
		k.must(k.s.Session.Raise(k.ctx(), scope))
		rec, e, err := k.s.Session.Load(k.ctx(), member.Ref, at(0))
		k.must(err)
		equal(k, "stamp", rec.Epochs, identity.Epochs{})
		equal(k, "current", e.Epochs, k.epochs(s))
		if rec.Epochs.Covers(e.Epochs) {
			k.Errorf("a session stamped %v counts as current under %v", rec.Epochs, e)
		}
	}
	_, e, err := k.s.Session.Load(k.ctx(), guest.Ref, at(0))
	k.must(err)
	equal(k, "guest", e.Epochs, identity.Epochs{Global: 1})
}

// SES-201
func overtaken(k *kit) {
	for _, kind := range []identity.ScopeKind{identity.ScopeUser, identity.ScopeTenant, identity.ScopeGlobal} {
		s := k.subject()
		begun := k.epochs(s)
		flow := k.create(k.rec(identity.Subject{}))
		own := k.login(s, at(0))
		scope := identity.GlobalScope()
		switch kind {
		case identity.ScopeUser:
			scope = identity.UserScope(s)
		case identity.ScopeTenant:
			scope = identity.TenantScope(s.Tenant)
		case identity.ScopeGlobal:
		}
		k.must(k.s.Session.Raise(k.ctx(), scope))

		next := k.rec(s)
		next.Epochs = begun
		_, err := k.s.Session.Create(k.ctx(), next, claimOf(next))
		k.fails("create", err, session.ErrEpoch)
		_, err = k.s.Session.Rotate(k.ctx(), flow.Ref, 1, next, claimOf(next), 0)
		k.fails("rotate", err, session.ErrEpoch)
		_, err = k.s.Session.Rotate(k.ctx(), own.Ref, 1, next, claimOf(next), 0)
		k.fails("rotate one's own", err, session.ErrEpoch)
		k.lacks("refused", next.Ref, at(0))
		k.holds(flow, at(0))
		k.holds(own, at(0))
		equal(k, "listed", k.listed(s, at(0)), []session.Ref{})
	}
}

// SES-201
func futureEpoch(k *kit) {
	next := k.rec(k.subject())
	next.Epochs.User = 1
	_, err := k.s.Session.Create(k.ctx(), next, claimOf(next))
	k.fails("create", err, session.ErrEpoch)
	k.lacks("refused", next.Ref, at(0))
}

func (k *kit) raisingClaim(own session.Record) (session.Record, session.Claim) {
	next := k.rec(own.Subject)
	next.Login, next.AuthAt, next.Epochs = own.Login, own.AuthAt, own.Epochs
	next.Epochs.User++
	return next, session.Claim{Subject: own.Subject, Expect: own.Epochs, Raise: true, Now: at(0)}
}

// SES-206
func raisingClaim(k *kit) {
	s := k.subject()
	own := k.loginAt(s, 1)
	k.loginAt(s, 2)
	k.loginAt(s, 3)
	next, claim := k.raisingClaim(own)
	claim.Limit = session.LimitPolicy{Max: 1, RefuseNew: true}
	evicted, err := k.s.Session.Rotate(k.ctx(), own.Ref, 1, next, claim, 0)
	k.must(err)
	if len(evicted) > 0 {
		k.Errorf("evicted %v", evicted)
	}
	equal(k, "epochs", k.epochs(s), identity.Epochs{User: 1})
	equal(k, "listed", k.listed(s, at(0)), []session.Ref{next.Ref})
	k.holds(next, at(0))
}

// SES-206
func raisingLogin(k *kit) {
	s := k.subject()
	k.loginAt(s, 1)
	guest := k.create(k.rec(identity.Subject{}))
	next, claim := k.raisingClaim(k.rec(s))
	claim.Limit = session.LimitPolicy{Max: 1, RefuseNew: true}
	evicted, err := k.s.Session.Rotate(k.ctx(), guest.Ref, 1, next, claim, 0)
	k.must(err) // the others end with this step: they count no more
	if len(evicted) > 0 {
		k.Errorf("evicted %v", evicted)
	}
	equal(k, "listed", k.listed(s, at(0)), []session.Ref{next.Ref})
}

// The person who changed a credential raised the epoch and rotates onto it.
// Somebody who signed in between is counted.
//
// SES-202
func rotateAfterRaise(k *kit) {
	s := k.subject()
	own := k.loginAt(s, 1)
	k.must(k.s.Session.Raise(k.ctx(), identity.UserScope(s)))
	other := k.loginAt(s, 2)
	next := k.rec(s)
	next.AuthAt, next.Epochs = own.AuthAt, k.epochs(s)
	claim := claimOf(next)
	claim.Limit.Max = 1
	evicted, err := k.s.Session.Rotate(k.ctx(), own.Ref, 1, next, claim, 0)
	k.must(err)
	equal(k, "evicted", evicted, []session.Ref{other.Ref})
	equal(k, "listed", k.listed(s, at(0)), []session.Ref{next.Ref})
}

// SES-201, SES-206
func lateRaisingClaim(k *kit) {
	s := k.subject()
	own := k.loginAt(s, 1)
	next, claim := k.raisingClaim(own)
	k.must(k.s.Session.Raise(k.ctx(), identity.UserScope(s)))
	_, err := k.s.Session.Rotate(k.ctx(), own.Ref, 1, next, claim, time.Minute)
	k.fails("rotate", err, session.ErrEpoch)
	equal(k, "epochs", k.epochs(s), identity.Epochs{User: 1})
	k.lacks("refused", next.Ref, at(0))
	k.holds(own, at(0))
}

// SES-201
func guestEpochs(k *kit) {
	k.must(k.s.Session.Raise(k.ctx(), identity.GlobalScope()))
	guest := k.rec(identity.Subject{})
	guest.Epochs.Global = 1
	k.create(guest)
	k.holds(guest, at(0))
}
