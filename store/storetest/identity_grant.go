package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/storetest/fault"
)

// Roles: who holds which, and that one claim of many makes the first
// administrator.
func testGrants(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_role_is_put_replaced_and_dropped", grantLife},
		{"a_role_is_held_by_somebody_or_nobody_in_a_tenant", grantHolders},
		{"changes_see_the_roles_before_them", grantOrder},
		{"a_role_is_held_by_this_user", grantWitness},
		{"race/a_role_is_given_once", raceGrant},
		{"race/of_two_holders_who_put_one_another_out_one_stays", raceWitness},
		{"race/of_two_holders_who_revoke_one_another_one_stays", raceRevoke},
		{"race/one_write_replaces_a_grant", raceRegrant},
		{"race/one_of_many_claims_makes_the_first_holder", raceClaim},
		{"race/a_new_token_and_a_claim_with_the_old_one", raceClaimMint},
		{"a_claim_whose_answer_is_lost_is_found_by_reading_back", faultClaim},
	})
}

// regranted is the next version of a grant by somebody else.
func regranted(g identity.Grant) identity.Grant {
	g.Version++
	g.By, g.At, g.MAC = g.User, g.At.Add(time.Hour), [32]byte{byte(g.Version)}
	return g
}

func (w *world) holds(r identity.Role, want bool) {
	w.Helper()
	held, err := w.s.Identity.HasRole(w.ctx(), w.tenant.ID, r)
	w.must(err)
	if held != want {
		w.Errorf("somebody holds %s: %t, want %t", r, held, want)
	}
}

// PRD-060
func grantLife(k *kit) {
	w := newWorld(k)
	viewer, admin := k.grant(w.user, "viewer"), k.grant(w.user, identity.RoleAdmin)
	k.apply(identity.PutGrant{Grant: viewer}, identity.PutGrant{Grant: admin})
	equal(k, "ascending by role", w.account().Grants, []identity.Grant{admin, w.role, viewer})
	next := regranted(w.role)
	k.apply(identity.PutGrant{Grant: next, Expect: 1})
	equal(k, "replaced", w.account().Grants, []identity.Grant{admin, next, viewer})
	k.apply(identity.DropGrant{Subject: w.user.Subject(), Role: admin.Role, Expect: 1})
	equal(k, "dropped", w.account().Grants, []identity.Grant{next, viewer})
	twin, err := k.s.Identity.AccountByID(k.ctx(), w.twin.Subject())
	k.must(err)
	equal(k, "the twin", twin.Grants, []identity.Grant{w.twinRole})
}

// PRD-060, IDN-031
func grantHolders(k *kit) {
	w := newWorld(k)
	w.holds(identity.RoleAdmin, false)
	k.apply(identity.PutGrant{Grant: k.grant(w.twin, identity.RoleAdmin)})
	w.holds(identity.RoleAdmin, false) // another tenant's
	k.apply(identity.RequireNoRole{Tenant: w.tenant.ID, Role: identity.RoleAdmin})
	nowhere, err := k.s.Identity.HasRole(k.ctx(), identity.NewTenantID(k.src), identity.RoleAdmin)
	k.must(err)
	if nowhere {
		k.Errorf("a tenant that is not there has an administrator")
	}
	second := k.user(w.tenant, "bea@example.test", "bea")
	k.apply(identity.NewUser{User: second},
		identity.PutGrant{Grant: k.grant(w.user, identity.RoleAdmin)}, identity.PutGrant{Grant: k.grant(second, identity.RoleAdmin)})
	w.holds(identity.RoleAdmin, true)
	// In whatever state: who is suspended comes back as administrator.
	k.apply(identity.Transition{Subject: w.user.Subject(), From: identity.Active, To: identity.Suspended},
		identity.DropGrant{Subject: second.Subject(), Role: identity.RoleAdmin, Expect: 1})
	w.holds(identity.RoleAdmin, true)
	k.apply(identity.DropGrant{Subject: w.user.Subject(), Role: identity.RoleAdmin, Expect: 1})
	w.holds(identity.RoleAdmin, false)
	k.apply(identity.RequireNoRole{Tenant: w.tenant.ID, Role: identity.RoleAdmin})
}

// IDN-066, PRD-062
func grantOrder(k *kit) {
	w := newWorld(k)
	g := k.grant(w.user, identity.RoleAdmin)
	none := identity.RequireNoRole{Tenant: w.tenant.ID, Role: identity.RoleAdmin}
	drop := identity.DropGrant{Subject: w.user.Subject(), Role: identity.RoleAdmin, Expect: 1}
	w.changeFails("granted a change before", 1, store.ErrExists, identity.PutGrant{Grant: g}, none)
	w.changeFails("granted twice", 1, store.ErrExists, identity.PutGrant{Grant: g}, identity.PutGrant{Grant: g})
	k.apply(none, identity.PutGrant{Grant: g}, drop, none, identity.PutGrant{Grant: g})
	w.holds(identity.RoleAdmin, true)
	k.apply(identity.EraseUser{Subject: w.user.Subject(), From: identity.Active}, none)
	w.holds(identity.RoleAdmin, false)
}

// IDN-067
func raceGrant(k *kit) {
	w := newWorld(k)
	grants := make([]identity.Grant, racers)
	errs := k.raceApply(func(i int) []identity.Change {
		grants[i] = k.grant(w.user, identity.RoleAdmin)
		return []identity.Change{identity.PutGrant{Grant: grants[i]}}
	})
	k.winners(errs, 1, store.ErrExists)
	equal(k, "grants", w.account().Grants, []identity.Grant{grants[slices.Index(errs, nil)], w.role})
}

// IDN-067
func raceRegrant(k *kit) {
	w := newWorld(k)
	k.winners(k.raceApply(func(i int) []identity.Change {
		if i%2 == 0 {
			return []identity.Change{identity.DropGrant{Subject: w.user.Subject(), Role: w.role.Role, Expect: 1}}
		}
		return []identity.Change{identity.PutGrant{Grant: regranted(w.role), Expect: 1}}
	}), 1, store.ErrConflict, store.ErrNotFound)
}

// AUN-110
func grantWitness(k *kit) {
	w := newWorld(k)
	need := identity.RequireHolder{Subject: w.user.Subject(), Role: identity.RoleAdmin}
	w.changeFails("without the role", 0, store.ErrConflict, need)
	k.apply(identity.PutGrant{Grant: k.grant(w.user, identity.RoleAdmin)}, need)
	w.changeFails("another role", 0, store.ErrConflict, identity.RequireHolder{Subject: w.user.Subject(), Role: "viewer"})
	suspend := identity.Transition{Subject: w.user.Subject(), From: identity.Active, To: identity.Suspended}
	w.changeFails("suspended a change before", 1, store.ErrConflict, suspend, need)
	k.apply(need, suspend)
	w.changeFails("suspended", 0, store.ErrConflict, need)
}

// AUN-110, IDN-067: of two administrators who put one another out at once, each on
// the condition that they are still there, one stays.
func raceWitness(k *kit) {
	for range 4 {
		w := newWorld(k)
		second := k.user(w.tenant, "bea@example.test", "bea")
		k.apply(identity.NewUser{User: second},
			identity.PutGrant{Grant: k.grant(w.user, identity.RoleAdmin)}, identity.PutGrant{Grant: k.grant(second, identity.RoleAdmin)})
		who := []identity.User{w.user, second}
		errs := k.raceApply(func(i int) []identity.Change {
			return []identity.Change{
				identity.RequireHolder{Subject: who[i%2].Subject(), Role: identity.RoleAdmin},
				identity.Transition{Subject: who[1-i%2].Subject(), From: identity.Active, To: identity.Suspended},
			}
		})
		k.winners(errs, 1, store.ErrConflict)
	}
}

// PRD-062, IDN-067: nor do two who take the role from one another at once, or of whom one
// takes the role while the other stops the account.
func raceRevoke(k *kit) {
	for round := range 4 {
		w := newWorld(k)
		second := k.user(w.tenant, "bea@example.test", "bea")
		k.apply(identity.NewUser{User: second},
			identity.PutGrant{Grant: k.grant(w.user, identity.RoleAdmin)}, identity.PutGrant{Grant: k.grant(second, identity.RoleAdmin)})
		who := []identity.User{w.user, second}
		errs := k.raceApply(func(i int) []identity.Change {
			out := who[1-i%2].Subject()
			var puts identity.Change = identity.DropGrant{Subject: out, Role: identity.RoleAdmin, Expect: 1}
			if round%2 == 1 && i%2 == 1 {
				puts = identity.Transition{Subject: out, From: identity.Active, To: identity.Suspended}
			}
			return []identity.Change{
				identity.RequireHolder{Subject: who[i%2].Subject(), Role: identity.RoleAdmin}, puts,
				identity.RaiseEpoch{Scope: identity.UserScope(out)},
			}
		})
		k.winners(errs, 1, store.ErrConflict, store.ErrNotFound)
		w.holds(identity.RoleAdmin, true)
	}
}

// claims is a change set that makes the first administrator, with a token of its
// own or with one that others use as well.
func (w *world) claims(u identity.User, t identity.Token) []identity.Change {
	return []identity.Change{
		identity.RequireNoRole{Tenant: w.tenant.ID, Role: identity.RoleAdmin},
		identity.ConsumeToken{Selector: t.Selector, Digest: t.Digest, Purpose: t.Purpose, Now: at(0)},
		identity.NewUser{User: u},
		identity.PutCredential{Credential: w.kit.credential(u, 1)},
		identity.PutGrant{Grant: w.kit.grant(u, identity.RoleAdmin)},
		identity.Append{Row: w.row(store.TopicAudit)},
	}
}

// claimToken is a token that belongs to nobody.
func (w *world) claimToken() identity.Token {
	t := w.kit.token(w.user, identity.TokenClaim)
	t.User, t.Address = identity.SystemUser, ""
	return t
}

// PRD-062: one of 64 claims wins, with one token as with one each; the losers
// leave nothing.
func raceClaim(k *kit) {
	for _, each := range []bool{false, true} {
		w := newWorld(k)
		shared := w.claimToken()
		k.apply(identity.PutToken{Token: shared})
		users := make([]identity.User, racers)
		errs := k.raceApply(func(i int) []identity.Change {
			users[i] = k.user(w.tenant, racer(i)+"@example.test", racer(i))
			t := shared
			if each {
				t = w.claimToken()
				k.apply(identity.PutToken{Token: t})
			}
			return w.claims(users[i], t)
		})
		k.winners(errs, 1, store.ErrExists)
		for i, u := range users {
			_, err := k.s.Identity.AccountByID(k.ctx(), u.Subject())
			if won := errs[i] == nil; won != (err == nil) {
				k.Errorf("racer %d: won %t, account %v", i, won, err)
			}
			_, err = k.s.Identity.AccountByIdentifier(k.ctx(), w.tenant.ID, identity.Email, racer(i)+"@example.test")
			if won := errs[i] == nil; won != (err == nil) {
				k.Errorf("racer %d: won %t, name %v", i, won, err)
			}
		}
		w.holds(identity.RoleAdmin, true)
	}
	if n := len(k.rows(store.TopicAudit)); n != 2 {
		k.Errorf("%d rows, want those of the two winners", n)
	}
}

func racer(i int) string { return "racer-" + string(rune('a'+i/26)) + string(rune('a'+i%26)) }

// PRD-060, PRD-062: a link that is replaced while somebody claims with it.
func raceClaimMint(k *kit) {
	for i := range rounds {
		w := newWorld(k)
		old, fresh := w.claimToken(), w.claimToken()
		k.apply(identity.PutToken{Token: old})
		first, second := k.user(w.tenant, "first@example.test", "first"), k.user(w.tenant, "second@example.test", "second")
		sets := [][]identity.Change{
			w.claims(first, old),
			{
				identity.RequireNoRole{Tenant: w.tenant.ID, Role: identity.RoleAdmin},
				identity.VoidTokens{Subject: identity.Subject{Tenant: w.tenant.ID, User: identity.SystemUser}, Purpose: identity.TokenClaim},
				identity.PutToken{Token: fresh},
			},
			w.claims(second, fresh),
		}
		errs := race(func(i int) error {
			if i >= len(sets) {
				return nil
			}
			return k.s.Identity.Apply(k.ctx(), sets[i]...)
		})
		if errs[0] == nil && errs[2] == nil {
			k.Errorf("round %d: both claims have won", i)
		}
		if errs[0] == nil && errs[1] == nil {
			k.Errorf("round %d: a link was minted although there is an administrator", i)
		}
		w.holds(identity.RoleAdmin, errs[0] == nil || errs[2] == nil)
	}
}

// STO-010, PRD-062
func faultClaim(k *kit) {
	w := newWorld(k)
	t := w.claimToken()
	k.apply(identity.PutToken{Token: t})
	u := k.user(w.tenant, "first@example.test", "first")
	set := w.claims(u, t)
	never, _ := k.faulty(func(fault.Call) fault.Injection { return fault.Injection{Before: fault.ErrLost} })
	k.fails("never arrived", never.s.Identity.Apply(k.ctx(), set...), store.ErrUnavailable)
	w.holds(identity.RoleAdmin, false)
	lost, _ := k.faulty(func(fault.Call) fault.Injection { return fault.Injection{After: fault.ErrLost} })
	k.fails("claim", lost.s.Identity.Apply(k.ctx(), set...), store.ErrUnavailable)
	account, err := k.s.Identity.AccountByID(k.ctx(), u.Subject())
	k.must(err)
	if len(account.Grants) != 1 || len(account.Credentials) != 1 {
		k.Errorf("read back: %+v", account)
	}
	k.fails("claim again", k.s.Identity.Apply(k.ctx(), set...), store.ErrExists)
	k.fails("role", first(never.s.Identity.HasRole(k.ctx(), w.tenant.ID, identity.RoleAdmin)), store.ErrUnavailable)
}
