package storetest

import (
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// Which changes are refused, and that they leave nothing.
func testConditions(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_condition_that_fails_names_its_change", conditionsFail},
		{"a_login_may_write_little_and_all_or_nothing", recordFails},
	})
}

// refused is a change whose condition does not hold in the world.
type refused struct {
	name   string
	change identity.Change
	want   error
}

// refusals are the conditions of every kind of change.
func (w *world) refusals() []refused {
	s := w.user.Subject()
	nobody := identity.Subject{Tenant: w.tenant.ID, User: identity.NewUserID(w.src)}
	tenantTwice, slugTwice := w.kit.tenant("a"), w.kit.tenant("b")
	tenantTwice.ID, slugTwice.Slug = w.tenant.ID, w.tenant.Slug
	sameID, sameName := w.kit.user(w.tenant, "x@example.test", "x"), w.kit.user(w.tenant, "y@example.test", "ada")
	sameID.ID = w.user.ID
	lost := w.kit.user(w.kit.tenant("absent"), "z@example.test", "z")
	stranger := w.kit.credential(w.user, 1)
	stranger.User = nobody.User
	lostRole := w.kit.grant(w.user, "viewer")
	lostRole.User = nobody.User
	unknown := w.kit.credential(w.user, 1)
	unknown.Version = 2
	behind, ahead := advanced(w.first), advanced(advanced(w.first))
	tokenTwice := w.kit.token(w.user, identity.TokenSignUp)
	tokenTwice.Selector = w.signUp.Selector
	consume := func(edit func(*identity.ConsumeToken)) identity.Change {
		c := identity.ConsumeToken{Selector: w.signUp.Selector, Digest: w.signUp.Digest, Purpose: identity.TokenSignUp, Now: at(0)}
		edit(&c)
		return c
	}
	sameHandle, lostLink, lostPolicy := w.kit.user(w.tenant, "h@example.test", "h"), w.link, w.kit.policy(identity.UserScope(nobody))
	sameHandle.WebAuthnHandle = w.user.WebAuthnHandle
	lostLink.User, lostLink.External = nobody.User, "nobody"
	stolen := w.link
	theirs := w.kit.user(w.tenant, "theirs@example.test", "theirs")
	w.kit.apply(identity.NewUser{User: theirs})
	stolen.User = theirs.ID
	gone := w.updated(1)
	gone.Tenant = lost.Tenant
	taken := w.updated(1)
	taken.Slug = w.foreign.Slug
	goneMove := w.moved(identity.TenantActive, identity.TenantSuspended)
	goneMove.Tenant = lost.Tenant
	lostNames := w.renamed(w.user.Identifiers, w.user.Identifiers[:1])
	lostNames.Subject = nobody
	try := func(edit func(*identity.CountTry)) identity.Change {
		c := w.tried(3)
		edit(&c)
		return c
	}
	return []refused{
		{"handle taken", identity.NewUser{User: sameHandle}, store.ErrExists},
		{"tenant overtaken", w.updated(2), store.ErrConflict},
		{"tenant absent", gone, store.ErrNotFound},
		{"slug of another", taken, store.ErrExists},
		{"tenant moved from elsewhere", w.moved(identity.TenantSuspended, identity.TenantActive), store.ErrConflict},
		{"move of no tenant", goneMove, store.ErrNotFound},
		{"drop of an active tenant", identity.DropTenant{Tenant: w.tenant.ID, Now: at(400 * 24 * time.Hour)}, store.ErrConflict},
		{"drop of no tenant", identity.DropTenant{Tenant: lost.Tenant, Now: at(400 * 24 * time.Hour)}, store.ErrNotFound},
		{"names overtaken, fewer", w.renamed(w.user.Identifiers[:4], w.user.Identifiers[:1]), store.ErrConflict},
		{"names overtaken, others", w.renamed(theirs.Identifiers, w.user.Identifiers[:1]), store.ErrConflict},
		{"names of somebody else", w.renamed(w.user.Identifiers, theirs.Identifiers[:1]), store.ErrExists},
		{"names of nobody", lostNames, store.ErrNotFound},
		{"policy known", identity.PutPolicy{Policy: w.ownPolicy}, store.ErrExists},
		{"policy overtaken", identity.PutPolicy{Policy: revised(revised(w.ownPolicy)), Expect: 2}, store.ErrConflict},
		{"policy to replace absent", identity.PutPolicy{Policy: revised(other(w.ownPolicy)), Expect: 1}, store.ErrNotFound},
		{"policy of nobody", identity.PutPolicy{Policy: lostPolicy}, store.ErrNotFound},
		{"policy of no tenant", identity.PutPolicy{Policy: w.kit.policy(identity.TenantScope(lost.Tenant))}, store.ErrNotFound},
		{"policy dropped overtaken", identity.DropPolicy{Scope: w.ownPolicy.Scope, Kind: w.ownPolicy.Kind, Expect: 2}, store.ErrConflict},
		{"policy dropped absent", identity.DropPolicy{Scope: w.ownPolicy.Scope, Kind: "other", Expect: 1}, store.ErrNotFound},
		{"policy dropped of nobody", identity.DropPolicy{Scope: lostPolicy.Scope, Kind: "lockout", Expect: 1}, store.ErrNotFound},
		{"link known", identity.PutLink{Link: w.link}, store.ErrExists},
		{"link of somebody else", identity.PutLink{Link: stolen}, store.ErrExists},
		{"link of nobody", identity.PutLink{Link: lostLink}, store.ErrNotFound},
		{"link dropped absent", identity.DropLink{Subject: s, Issuer: w.link.Issuer, External: "bob"}, store.ErrNotFound},
		{"link dropped by another", identity.DropLink{Subject: theirs.Subject(), Issuer: w.link.Issuer, External: w.link.External}, store.ErrNotFound},
		{"try with another digest", try(func(c *identity.CountTry) { c.Digest[31] ^= 1 }), store.ErrNotFound},
		{"try for another purpose", try(func(c *identity.CountTry) { c.Purpose = "reset" }), store.ErrNotFound},
		{"try at its expiry", try(func(c *identity.CountTry) { c.Now = w.signUp.ExpiresAt }), store.ErrNotFound},
		{"try of an unknown token", try(func(c *identity.CountTry) { c.Selector = entropy.Bytes16(w.src) }), store.ErrNotFound},
		{"tenant id taken", identity.NewTenant{Tenant: tenantTwice}, store.ErrExists},
		{"slug taken", identity.NewTenant{Tenant: slugTwice}, store.ErrExists},
		{"user id taken", identity.NewUser{User: sameID}, store.ErrExists},
		{"identifier taken", identity.NewUser{User: sameName}, store.ErrExists},
		{"user of no tenant", identity.NewUser{User: lost}, store.ErrNotFound},
		{"transition from elsewhere", identity.Transition{Subject: s, From: identity.Suspended, To: identity.Active}, store.ErrConflict},
		{"transition of nobody", identity.Transition{Subject: nobody, From: identity.Active, To: identity.Suspended}, store.ErrNotFound},
		{"language of nobody", identity.SetLanguage{Subject: nobody, Language: "en", By: identity.SystemUser, At: at(0)}, store.ErrNotFound},
		{"display name of nobody", identity.SetDisplayName{Subject: nobody, DisplayName: "Ada", By: identity.SystemUser, At: at(0)}, store.ErrNotFound},
		{"credential known", identity.PutCredential{Credential: w.first}, store.ErrExists},
		{"credential of nobody", identity.PutCredential{Credential: stranger}, store.ErrNotFound},
		{"credential to replace absent", identity.PutCredential{Credential: unknown, Expect: 1}, store.ErrNotFound},
		{"credential overtaken", identity.PutCredential{Credential: ahead, Expect: 2}, store.ErrConflict},
		{"drop overtaken", identity.DropCredential{Subject: s, ID: w.first.ID, Expect: 2}, store.ErrConflict},
		{"drop of an unknown credential", identity.DropCredential{Subject: s, ID: unknown.ID, Expect: 1}, store.ErrNotFound},
		{"drop of nobody", identity.DropCredential{Subject: nobody, ID: w.first.ID, Expect: 1}, store.ErrNotFound},
		{"method of nobody", identity.PutMethod{Scope: identity.UserScope(nobody), Method: method("m", 1)}, store.ErrNotFound},
		{"method of no tenant", identity.PutMethod{Scope: identity.TenantScope(lost.Tenant), Method: method("m", 1)}, store.ErrNotFound},
		{"role held", identity.PutGrant{Grant: w.role}, store.ErrExists},
		{"role of nobody", identity.PutGrant{Grant: lostRole}, store.ErrNotFound},
		{"role to replace not held", identity.PutGrant{Grant: regranted(w.kit.grant(w.user, "viewer")), Expect: 1}, store.ErrNotFound},
		{"role overtaken", identity.PutGrant{Grant: regranted(regranted(w.role)), Expect: 2}, store.ErrConflict},
		{"role dropped overtaken", identity.DropGrant{Subject: s, Role: w.role.Role, Expect: 2}, store.ErrConflict},
		{"role dropped not held", identity.DropGrant{Subject: s, Role: "viewer", Expect: 1}, store.ErrNotFound},
		{"role dropped of nobody", identity.DropGrant{Subject: nobody, Role: w.role.Role, Expect: 1}, store.ErrNotFound},
		{"role is held by somebody", identity.RequireNoRole{Tenant: w.tenant.ID, Role: w.role.Role}, store.ErrExists},
		{"role is not held by this user", identity.RequireHolder{Subject: s, Role: "viewer"}, store.ErrConflict},
		{"role is held by nobody", identity.RequireHolder{Subject: nobody, Role: w.role.Role}, store.ErrNotFound},
		{"token of nobody", identity.PutToken{Token: w.kit.token(lost, identity.TokenReset)}, store.ErrNotFound},
		{"role in no tenant", identity.RequireNoRole{Tenant: lost.Tenant, Role: "viewer"}, store.ErrNotFound},
		{"selector known", identity.PutToken{Token: tokenTwice}, store.ErrExists},
		{"token with another digest", consume(func(c *identity.ConsumeToken) { c.Digest[31] ^= 1 }), store.ErrNotFound},
		{"token for another purpose", consume(func(c *identity.ConsumeToken) { c.Purpose = "reset" }), store.ErrNotFound},
		{"token at its expiry", consume(func(c *identity.ConsumeToken) { c.Now = w.signUp.ExpiresAt }), store.ErrNotFound},
		{"token unknown", consume(func(c *identity.ConsumeToken) { c.Selector = entropy.Bytes16(w.src) }), store.ErrNotFound},
		{"erase from elsewhere", identity.EraseUser{Subject: s, From: identity.Erasing}, store.ErrConflict},
		{"erase nobody", identity.EraseUser{Subject: nobody, From: identity.Active}, store.ErrNotFound},
		{"epoch overtaken", identity.RaiseEpoch{Scope: identity.UserScope(s), Check: true, From: 1}, store.ErrConflict},
		{"advance overtaken", identity.AdvanceCredential{Credential: advanced(behind)}, store.ErrConflict},
		{"advance unknown", identity.AdvanceCredential{Credential: unknown}, store.ErrNotFound},
		{"login of nobody", identity.RecordLogin{Subject: nobody, At: at(time.Hour)}, store.ErrConflict},
	}
}

// IDN-066, IDN-067, FAC-I11, AUN-043
func conditionsFail(k *kit) {
	w := newWorld(k)
	for _, r := range w.refusals() {
		w.changeFails(r.name, 0, r.want, r.change)
	}
	// An inactive user or tenant refuses a login.
	closed := k.tenant("closed")
	closed.Status = identity.TenantSuspended
	inside, candidate := k.user(closed, "in@example.test", "in"), k.user(w.tenant, "c@example.test", "c")
	candidate.State = identity.Candidate
	k.apply(identity.NewTenant{Tenant: closed}, identity.NewUser{User: inside}, identity.NewUser{User: candidate})
	for what, u := range map[string]identity.User{"suspended tenant": inside, "candidate": candidate} {
		w.changeFails(what, 0, store.ErrConflict, identity.RecordLogin{Subject: u.Subject(), At: at(time.Hour)})
	}
	known := k.row(store.TopicMail)
	k.apply(identity.Append{Row: known})
	w.changeFails("row known", 0, store.ErrExists, identity.Append{Row: known})
	w.changeFails("row twice", 1, store.ErrExists, twice(identity.Append{Row: k.row(store.TopicMail)})...)
}

func twice(c identity.Change) []identity.Change { return []identity.Change{c, c} }

// IDN-060, IDN-066
func recordFails(k *kit) {
	w := newWorld(k)
	before := w.image()
	err := k.s.Identity.Record(k.ctx(),
		identity.Append{Row: k.row(store.TopicAudit)},
		identity.RecordLogin{Subject: w.user.Subject(), At: at(time.Hour)},
		identity.AdvanceCredential{Credential: advanced(advanced(w.first))})
	k.fails("record", err, store.ErrConflict)
	if after := w.image(); after != before {
		k.Errorf("a refused record has changed\n%s\ninto\n%s", before, after)
	}
}
