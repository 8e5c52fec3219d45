package storetest

import (
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// The policies of tenants and users.
func testPolicies(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_policy_is_put_replaced_and_dropped", policyLife},
		{"a_policy_goes_with_its_user", policyGoes},
		{"what_is_over_is_swept", policySweep},
		{"race/one_write_replaces_a_policy", racePolicy},
	})
}

func edited(p identity.Policy, edit func(*identity.Policy)) identity.Policy {
	edit(&p)
	return p
}

// revised is the next version of a policy, other one of another kind.
func revised(p identity.Policy) identity.Policy {
	return edited(p, func(p *identity.Policy) {
		p.Version++
		p.Body, p.Reason, p.ExpiresAt, p.At = []byte("revised"), "better", time.Time{}, p.At.Add(time.Hour)
	})
}

func other(p identity.Policy) identity.Policy {
	return edited(p, func(p *identity.Policy) { p.Kind = "another" })
}

// IDN-071, IDN-075
func policyLife(k *kit) {
	w := newWorld(k)
	for what, of := range map[string]struct {
		policy identity.Policy
		shown  func() []identity.Policy
	}{
		"of a tenant": {w.tenantPolicy, func() []identity.Policy { return w.view().Policies }},
		"of a user":   {w.ownPolicy, func() []identity.Policy { return w.account().Policies }},
	} {
		p := of.policy
		k.apply(identity.PutPolicy{Policy: other(p)})
		equal(k, what+": by kind", of.shown(), []identity.Policy{other(p), p})
		k.apply(identity.PutPolicy{Policy: revised(p), Expect: 1})
		equal(k, what+": replaced", of.shown(), []identity.Policy{other(p), revised(p)})
		k.apply(identity.DropPolicy{Scope: p.Scope, Kind: p.Kind, Expect: 2})
		equal(k, what+": dropped", of.shown(), []identity.Policy{other(p)})
		largest := edited(p, func(p *identity.Policy) { p.Body, p.Reason = tooLong(identity.MaxPolicyBody-1), "" })
		if p.Scope.Kind() == identity.ScopeUser {
			largest.Reason = "it has to have one"
		}
		k.apply(identity.PutPolicy{Policy: largest}, identity.DropPolicy{Scope: p.Scope, Kind: "another", Expect: 1})
		equal(k, what+": of the largest size", of.shown(), []identity.Policy{largest})
	}
}

// IDN-I13
func policyGoes(k *kit) {
	w := newWorld(k)
	k.apply(identity.EraseUser{Subject: w.user.Subject(), From: identity.Active}, identity.NewUser{User: w.user})
	account := w.account()
	if len(account.Policies) > 0 || len(account.Links) > 0 || len(account.Methods) > 0 {
		k.Errorf("a successor with the same id has %+v", account)
	}
	equal(k, "the tenant's own", w.view().Policies, []identity.Policy{w.tenantPolicy})
}

// IDN-075
func policySweep(k *kit) {
	w := newWorld(k)
	s := w.user.Subject()
	brief := method("brief", 1)
	brief.ExpiresAt = at(30 * time.Minute)
	lasting := edited(other(w.ownPolicy), func(p *identity.Policy) { p.ExpiresAt = time.Time{} })
	tenants := edited(other(w.tenantPolicy), func(p *identity.Policy) { p.ExpiresAt = at(time.Minute) })
	short := edited(revised(w.ownPolicy), func(p *identity.Policy) { p.ExpiresAt = at(40 * time.Minute) })
	k.apply(identity.PutMethod{Scope: identity.UserScope(s), Method: brief}, identity.PutPolicy{Policy: lasting},
		identity.PutMethod{Scope: identity.TenantScope(w.tenant.ID), Method: brief},
		identity.PutPolicy{Policy: short, Expect: 1}, identity.PutPolicy{Policy: tenants})
	equal(k, "methods", w.account().Methods, []identity.Method{brief, w.ownMethod})
	k.sweepIdentity(brief.ExpiresAt.Add(-time.Millisecond), 10, 0)
	k.sweepIdentity(brief.ExpiresAt, 10, 1)
	equal(k, "methods", w.account().Methods, []identity.Method{w.ownMethod})
	k.sweepIdentity(short.ExpiresAt, 10, 1)
	equal(k, "policies", w.account().Policies, []identity.Policy{lasting})
	k.sweepIdentity(short.ExpiresAt, 10, 0)
	equal(k, "a tenant's policy stays", len(w.view().Policies), 2)
	equal(k, "and its method", w.view().Methods, []identity.Method{brief, w.tenantMethod})
}

// IDN-067
func racePolicy(k *kit) {
	w := newWorld(k)
	k.winners(k.raceApply(func(i int) []identity.Change {
		if i%2 == 0 {
			return []identity.Change{identity.DropPolicy{Scope: w.ownPolicy.Scope, Kind: w.ownPolicy.Kind, Expect: 1}}
		}
		return []identity.Change{identity.PutPolicy{Policy: revised(w.ownPolicy), Expect: 1}}
	}), 1, store.ErrConflict, store.ErrNotFound)
	k.winners(k.raceApply(func(int) []identity.Change {
		return []identity.Change{identity.PutPolicy{Policy: other(w.tenantPolicy)}}
	}), 1, store.ErrExists)
}
