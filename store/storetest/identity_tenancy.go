package storetest

import (
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// withoutTenant are the changes that name no user of a tenant, and why: every
// other one has to answer for another tenant's user as for nobody. A test of this
// package holds the two against the closed set.
func withoutTenant() map[string]string {
	return map[string]string{
		"NewTenant":     "makes the tenant",
		"NewUser":       "an id is one tenant's: the same one elsewhere is somebody else",
		"PutToken":      "may be stored for nobody, for equal work",
		"UpdateTenant":  "asks for a tenant as a whole",
		"MoveTenant":    "asks for a tenant as a whole",
		"DropTenant":    "asks for a tenant as a whole",
		"CountTry":      "is found by 16 random bytes, of whatever tenant",
		"ConsumeToken":  "is found by 16 random bytes, of whatever tenant",
		"RequireNoRole": "asks about a tenant as a whole; see the grants",
		"RaiseEpoch":    "also counts for who is not there; raising it is nobody else's",
		"Append":        "a row of the outbox is nobody's",
	}
}

// The tenant is a wall.
func testTenancy(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"another_tenants_user_is_absent_for_every_verb", foreignUser},
		{"one_name_in_two_tenants_is_two_users", sameName},
	})
}

// IDN-031, IDN-032
func foreignUser(k *kit) {
	w := newWorld(k)
	// A user who exists, asked for in the wrong tenant, next to one who is nowhere.
	foreign := identity.Subject{Tenant: w.tenant.ID, User: w.twin.ID}
	nowhere := identity.Subject{Tenant: w.tenant.ID, User: identity.NewUserID(k.src)}
	changes := func(s identity.Subject, credential identity.CredentialID) []identity.Change {
		c := w.twinCred
		c.ID, c.Tenant, c.User = credential, s.Tenant, s.User
		fresh := c
		role := w.twinRole
		role.Tenant, role.User = s.Tenant, s.User
		fresh.ID = identity.NewCredentialID(k.src)
		return []identity.Change{
			identity.Transition{Subject: s, From: identity.Active, To: identity.Suspended},
			identity.RequireHolder{Subject: s, Role: w.twinRole.Role},
			identity.SetLanguage{Subject: s, Language: "de", By: s.User, At: at(time.Hour)},
			identity.SetDisplayName{Subject: s, DisplayName: "Mine", By: s.User, At: at(time.Hour)},
			identity.SetIdentifiers{Subject: s, Was: w.twin.Identifiers, Next: w.twin.Identifiers[:1], By: s.User, At: at(time.Hour)},
			identity.PutPolicy{Policy: k.policy(identity.UserScope(s))},
			identity.DropPolicy{Scope: identity.UserScope(s), Kind: "lockout", Expect: 1},
			identity.PutLink{Link: linkOf(s, k.link(w.twin, "third.example", "ada"))},
			identity.DropLink{Subject: s, Issuer: w.twinLink.Issuer, External: w.twinLink.External},
			identity.PutCredential{Credential: fresh},
			identity.PutCredential{Credential: advanced(c), Expect: 1},
			identity.DropCredential{Subject: s, ID: c.ID, Expect: 1},
			identity.VoidCredentials{Subject: s},
			identity.PutMethod{Scope: identity.UserScope(s), Method: method("m", 1)},
			identity.PutMethod{Scope: identity.UserScope(s), Method: w.ownMethod, Remove: true},
			identity.PutGrant{Grant: role},
			identity.PutGrant{Grant: regranted(role), Expect: 1},
			identity.DropGrant{Subject: s, Role: role.Role, Expect: 1},
			identity.VoidTokens{Subject: s, Purpose: identity.TokenSignUp},
			identity.EraseUser{Subject: s, From: identity.Active},
			identity.AdvanceCredential{Credential: advanced(c)},
			identity.RecordLogin{Subject: s, At: at(time.Hour)},
		}
	}
	before := w.image()
	theirs, nobodys := changes(foreign, w.twinCred.ID), changes(nowhere, identity.NewCredentialID(k.src))
	for i := range theirs {
		got := k.s.Identity.Apply(k.ctx(), theirs[i])
		want := k.s.Identity.Apply(k.ctx(), nobodys[i])
		if (got == nil) != (want == nil) || got != nil && got.Error() != want.Error() {
			k.Errorf("%T: another tenant's user answers %v, nobody answers %v", theirs[i], got, want)
		}
	}
	// A user of the own tenant does not reach another user's credential either.
	own := w.twinCred
	own.Tenant, own.User = w.tenant.ID, w.user.ID
	k.fails("advance", k.s.Identity.Record(k.ctx(), identity.AdvanceCredential{Credential: advanced(own)}), store.ErrNotFound)
	k.fails("drop", k.s.Identity.Apply(k.ctx(), identity.DropCredential{Subject: w.user.Subject(), ID: own.ID, Expect: 1}), store.ErrNotFound)
	k.fails("account", first(k.s.Identity.AccountByID(k.ctx(), foreign)), store.ErrNotFound)
	if after := w.image(); after != before {
		k.Errorf("verbs across tenants have changed\n%s\ninto\n%s", before, after)
	}
	// The epoch of somebody's id in this tenant is not theirs.
	epochs := k.epochs(w.twin.Subject())
	k.apply(identity.RaiseEpoch{Scope: identity.UserScope(foreign)}, identity.RaiseEpoch{Scope: identity.TenantScope(w.tenant.ID)})
	equal(k, "epochs of another tenant's user", k.epochs(w.twin.Subject()), epochs)
}

func linkOf(s identity.Subject, l identity.Link) identity.Link {
	l.Tenant, l.User = s.Tenant, s.User
	return l
}

// IDN-I6
func sameName(k *kit) {
	w := newWorld(k)
	k.apply(identity.EraseUser{Subject: w.user.Subject(), From: identity.Active})
	for _, i := range w.twin.Identifiers {
		got, err := k.s.Identity.AccountByIdentifier(k.ctx(), w.foreign.ID, i.Kind, i.Canonical)
		k.must(err)
		equal(k, "the other one", got.User, w.twin)
	}
}
