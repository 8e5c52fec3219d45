package storetest

import (
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// All or none.
func testAtomicity(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_failing_last_change_leaves_nothing_of_any_kind", atomicKinds},
		{"every_refusal_undoes_what_came_before_it", atomicRefusals},
		{"a_tenant_is_made_whole_or_not_at_all", atomicBootstrap},
		{"a_cancelled_context_leaves_nothing", identityCancelled},
	})
}

type named struct {
	name   string
	change identity.Change
}

// effects is one change of each kind, each of which can be seen in the image.
func (w *world) effects() []named {
	s := w.user.Subject()
	newcomer := w.kit.user(w.tenant, "new@example.test", "new")
	newcomer.ID = identity.FromNamespaced[identity.UserID]("storetest", "newcomer")
	return []named{
		{"NewUser", identity.NewUser{User: newcomer}},
		{"Transition", identity.Transition{Subject: s, From: identity.Active, To: identity.Suspended}},
		{"UpdateTenant", w.updated(1)},
		{"MoveTenant", w.moved(identity.TenantActive, identity.TenantSuspended)},
		{"SetIdentifiers", w.renamed(w.user.Identifiers, w.user.Identifiers[:2])},
		{"PutPolicy insert", identity.PutPolicy{Policy: other(w.ownPolicy)}},
		{"PutPolicy replace", identity.PutPolicy{Policy: revised(w.tenantPolicy), Expect: 1}},
		{"DropPolicy", identity.DropPolicy{Scope: w.ownPolicy.Scope, Kind: w.ownPolicy.Kind, Expect: 1}},
		{"PutLink", identity.PutLink{Link: w.kit.link(w.user, "other.example", "ada")}},
		{"DropLink", identity.DropLink{Subject: s, Issuer: w.link.Issuer, External: w.link.External}},
		{"CountTry", w.tried(3)},
		{"VoidTokens of every purpose", identity.VoidTokens{Subject: s}},
		{"PutToken that evicts", identity.PutToken{Token: w.kit.token(w.user, identity.TokenSignUp), Keep: 1}},
		{"PutCredential insert", identity.PutCredential{Credential: w.kit.credential(w.user, 3)}},
		{"PutCredential replace", identity.PutCredential{Credential: advanced(w.first), Expect: 1}},
		{"DropCredential", identity.DropCredential{Subject: s, ID: w.first.ID, Expect: 1}},
		{"VoidCredentials", identity.VoidCredentials{Subject: s}},
		{"PutMethod", identity.PutMethod{Scope: identity.UserScope(s), Method: method("more", 1)}},
		{"PutMethod of a tenant", identity.PutMethod{Scope: identity.TenantScope(s.Tenant), Method: method("more", 1)}},
		{"PutMethod remove", identity.PutMethod{Scope: identity.UserScope(s), Method: w.ownMethod, Remove: true}},
		{"PutGrant insert", identity.PutGrant{Grant: w.kit.grant(w.user, "viewer")}},
		{"PutGrant replace", identity.PutGrant{Grant: regranted(w.role), Expect: 1}},
		{"DropGrant", identity.DropGrant{Subject: s, Role: w.role.Role, Expect: 1}},
		{"ConsumeToken", identity.ConsumeToken{
			Selector: w.signUp.Selector, Digest: w.signUp.Digest, Purpose: w.signUp.Purpose, Now: at(0),
		}},
		{"VoidTokens", identity.VoidTokens{Subject: s, Purpose: identity.TokenSignUp}},
		{"EraseUser", identity.EraseUser{Subject: s, From: identity.Active}},
		{"RaiseEpoch user", identity.RaiseEpoch{Scope: identity.UserScope(s)}},
		{"RaiseEpoch tenant", identity.RaiseEpoch{Scope: identity.TenantScope(s.Tenant)}},
		{"RaiseEpoch global", identity.RaiseEpoch{Scope: identity.GlobalScope()}},
		{"AdvanceCredential", identity.AdvanceCredential{Credential: advanced(w.first)}},
		{"RecordLogin", identity.RecordLogin{Subject: s, At: at(time.Hour)}},
		{"RecordLogin with credentials", identity.RecordLogin{
			Subject: s, At: at(2 * time.Hour), Used: []identity.CredentialID{w.first.ID},
		}},
		{"Append", identity.Append{Row: w.kit.row(store.TopicAudit)}},
	}
}

// IDN-050, IDN-066, IDN-067
func atomicKinds(k *kit) {
	w := newWorld(k)
	newcomer := identity.Subject{Tenant: w.tenant.ID, User: identity.FromNamespaced[identity.UserID]("storetest", "newcomer")}
	failing := identity.Transition{Subject: w.twin.Subject(), From: identity.Suspended, To: identity.Active}
	before := w.image(newcomer)
	for _, e := range w.effects() {
		err := k.s.Identity.Apply(k.ctx(), e.change, failing)
		k.fails(e.name, err, store.ErrConflict)
		if after := w.image(newcomer); after != before {
			k.Errorf("%s: a failing change set has changed\n%s\ninto\n%s", e.name, before, after)
		}
	}
	// The image would have shown it: alone, each of them changes the world.
	for i := range w.effects() {
		fresh := newWorld(k)
		s := identity.Subject{Tenant: fresh.tenant.ID, User: newcomer.User}
		before := fresh.image(s)
		e := fresh.effects()[i]
		k.apply(e.change)
		if fresh.image(s) == before {
			k.Errorf("%s: no effect", e.name)
		}
	}
}

// IDN-066
func atomicRefusals(k *kit) {
	w := newWorld(k)
	for _, r := range w.refusals() {
		u := k.user(w.tenant, "brief@example.test", "brief")
		w.changeFails(r.name, 3, r.want,
			identity.Append{Row: k.row(store.TopicAudit)},
			identity.NewUser{User: u},
			identity.RaiseEpoch{Scope: identity.UserScope(w.twin.Subject())},
			r.change)
		_, err := k.s.Identity.AccountByID(k.ctx(), u.Subject())
		k.fails("the user made before "+r.name, err, store.ErrNotFound)
	}
}

// IDN-050, IDN-I9
func atomicBootstrap(k *kit) {
	w := newWorld(k)
	t := k.tenant("fresh")
	admin := k.user(t, "root@example.test", "admin")
	whole := []identity.Change{
		identity.NewTenant{Tenant: t, Methods: []identity.Method{w.tenantMethod}},
		identity.NewUser{User: admin},
		identity.PutCredential{Credential: k.credential(admin, 1)},
		identity.RequireNoRole{Tenant: t.ID, Role: identity.RoleAdmin},
		identity.PutGrant{Grant: k.grant(admin, identity.RoleAdmin)},
		identity.PutToken{Token: k.token(admin, identity.TokenActivation)},
		identity.PutPolicy{Policy: k.policy(identity.TenantScope(t.ID))},
		identity.Append{Row: k.row(store.TopicAudit)},
	}
	failing := identity.Transition{Subject: admin.Subject(), From: identity.Suspended, To: identity.Active}
	for n := range whole {
		err := k.s.Identity.Apply(k.ctx(), append(append([]identity.Change{}, whole[:n+1]...), failing)...)
		if err == nil {
			k.Fatalf("after %d changes: no error", n+1)
		}
		_, err = k.s.Identity.TenantByID(k.ctx(), t.ID)
		k.fails("tenant", err, store.ErrNotFound)
		_, err = k.s.Identity.TenantBySlug(k.ctx(), t.Slug)
		k.fails("slug", err, store.ErrNotFound)
	}
	k.apply(whole...)
	view, err := k.s.Identity.TenantBySlug(k.ctx(), t.Slug)
	k.must(err)
	equal(k, "tenant", view, identity.TenantView{
		Tenant: t, Methods: []identity.Method{w.tenantMethod}, Policies: []identity.Policy{k.policy(identity.TenantScope(t.ID))},
	})
}
