package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// What is read back.
func testLookup(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_tenant_is_found_by_id_and_slug", lookupTenant},
		{"an_account_is_found_by_id_and_by_each_identifier", lookupAccount},
		{"a_token_is_found_live_or_expired", lookupToken},
		{"what_is_absent_is_ErrNotFound_and_zero", lookupAbsent},
		{"results_are_the_callers_to_keep", lookupCopies},
	})
}

// IDN-060
func lookupTenant(k *kit) {
	w := newWorld(k)
	later, sooner := method("b", 5), method("a", 5)
	k.apply(identity.PutMethod{Scope: identity.TenantScope(w.tenant.ID), Method: later},
		identity.PutMethod{Scope: identity.TenantScope(w.tenant.ID), Method: sooner})
	want := identity.TenantView{
		Tenant: w.tenant, Methods: []identity.Method{sooner, later, w.tenantMethod}, Policies: []identity.Policy{w.tenantPolicy},
	}
	got, err := k.s.Identity.TenantByID(k.ctx(), w.tenant.ID)
	k.must(err)
	equal(k, "by id", got, want)
	got, err = k.s.Identity.TenantBySlug(k.ctx(), w.tenant.Slug)
	k.must(err)
	equal(k, "by slug", got, want)
	for _, status := range []identity.TenantStatus{identity.TenantSuspended, identity.TenantDeleting} {
		other := k.tenant("status")
		other.Status = status
		other.Detail.PurgeAt = at(40 * 24 * time.Hour)
		k.apply(identity.NewTenant{Tenant: other})
		got, err := k.s.Identity.TenantByID(k.ctx(), other.ID)
		k.must(err)
		equal(k, "status", got.Tenant, other)
	}
}

// IDN-020, IDN-027, IDN-060, IDN-I6: each field, and each kind of identifier.
func lookupAccount(k *kit) {
	w := newWorld(k)
	want := identity.Account{
		User: w.user, Tenant: identity.TenantActive,
		Credentials: []identity.Credential{w.first, w.second}, Methods: []identity.Method{w.ownMethod},
		Grants: []identity.Grant{w.role}, Policies: []identity.Policy{w.ownPolicy}, Links: []identity.Link{w.link},
	}
	got, err := k.s.Identity.AccountByID(k.ctx(), w.user.Subject())
	k.must(err)
	equal(k, "by id", got, want)
	for _, i := range w.user.Identifiers {
		got, err := k.s.Identity.AccountByIdentifier(k.ctx(), w.tenant.ID, i.Kind, i.Canonical)
		k.must(err)
		equal(k, "by name", got, want)
		twin, err := k.s.Identity.AccountByIdentifier(k.ctx(), w.foreign.ID, i.Kind, i.Canonical)
		k.must(err)
		equal(k, "the same name in another tenant", twin.User, w.twin)
	}
	for what, find := range map[string]func(t identity.Tenant, u identity.User) (identity.Account, error){
		"by handle": func(t identity.Tenant, u identity.User) (identity.Account, error) {
			return k.s.Identity.AccountByHandle(k.ctx(), t.ID, u.WebAuthnHandle)
		},
		"by link": func(t identity.Tenant, _ identity.User) (identity.Account, error) {
			return k.s.Identity.AccountByLink(k.ctx(), t.ID, w.link.Issuer, w.link.External)
		},
	} {
		got, err := find(w.tenant, w.user)
		k.must(err)
		equal(k, what, got, want)
		twin, err := find(w.foreign, w.twin)
		k.must(err)
		equal(k, what+" in another tenant", twin.User, w.twin)
	}
	k.fails("handle of another tenant", first(k.s.Identity.AccountByHandle(k.ctx(), w.foreign.ID, w.user.WebAuthnHandle)), store.ErrNotFound)
	for _, state := range []identity.UserState{
		identity.Candidate, identity.PendingActivation, identity.Suspended,
		identity.Terminated, identity.Archived, identity.Erasing,
	} {
		u := k.user(w.tenant, "state@example.test", "state")
		u.State = state
		k.apply(identity.NewUser{User: u})
		got, err := k.s.Identity.AccountByID(k.ctx(), u.Subject())
		k.must(err)
		equal(k, "any state", got.User, u)
		k.apply(identity.EraseUser{Subject: u.Subject(), From: state})
	}
}

// IDN-060
func lookupToken(k *kit) {
	w := newWorld(k)
	got, err := k.s.Identity.TokenBySelector(k.ctx(), w.signUp.Selector)
	k.must(err)
	equal(k, "live", got, w.signUp)

	old := k.token(w.user, identity.TokenSignUp)
	old.CreatedAt, old.ExpiresAt = at(-2*time.Hour), at(-time.Hour)
	k.apply(identity.PutToken{Token: old})
	got, err = k.s.Identity.TokenBySelector(k.ctx(), old.Selector)
	k.must(err)
	equal(k, "expired", got, old)
}

// IDN-060, STO-004
func lookupAbsent(k *kit) {
	w := newWorld(k)
	id, ctx := k.s.Identity, k.ctx()
	tenant, err := id.TenantByID(ctx, identity.NewTenantID(k.src))
	k.fails("tenant", err, store.ErrNotFound)
	equal(k, "tenant", tenant, identity.TenantView{})
	tenant, err = id.TenantBySlug(ctx, "nobody")
	k.fails("slug", err, store.ErrNotFound)
	equal(k, "slug", tenant, identity.TenantView{})
	account, err := id.AccountByID(ctx, identity.Subject{Tenant: w.tenant.ID, User: identity.NewUserID(k.src)})
	k.fails("account", err, store.ErrNotFound)
	equal(k, "account", account, identity.Account{})
	for _, name := range []identity.Identifier{
		{Kind: identity.Email, Canonical: "nobody@example.test"},
		{Kind: identity.Email, Canonical: ""},
		{Kind: identity.Username, Canonical: w.user.Identifiers[0].Canonical},        // the other kind
		{Kind: identity.Email, Canonical: w.user.Identifiers[0].Typed},               // not canonical
		{Kind: identity.Email, Canonical: w.user.Identifiers[0].Canonical + " "},     // padded
		{Kind: identity.Email, Canonical: w.user.Identifiers[0].Canonical[:3] + "%"}, // a pattern
		{Kind: identity.Email, Canonical: w.user.Identifiers[0].Canonical + "\x00"},  // cut off
	} {
		account, err = id.AccountByIdentifier(ctx, w.tenant.ID, name.Kind, name.Canonical)
		k.fails("name", err, store.ErrNotFound)
		equal(k, "name", account, identity.Account{})
	}
	for _, name := range [][2]string{
		{w.link.Issuer, "Ada"}, {"Issuer.example", w.link.External}, {w.link.External, w.link.Issuer}, {w.link.Issuer, "ada "},
		{w.link.Issuer, ""}, {"", ""}, {w.link.Issuer, "ad%"}, {w.link.Issuer, "ada\x00"},
	} {
		account, err = id.AccountByLink(ctx, w.tenant.ID, name[0], name[1])
		k.fails("link", err, store.ErrNotFound)
		equal(k, "link", account, identity.Account{})
	}
	account, err = id.AccountByHandle(ctx, w.tenant.ID, [32]byte{})
	k.fails("handle", err, store.ErrNotFound)
	equal(k, "handle", account, identity.Account{})
	token, err := id.TokenBySelector(ctx, [16]byte{1})
	k.fails("token", err, store.ErrNotFound)
	equal(k, "token", token, identity.Token{})
}

// STO-020
func lookupCopies(k *kit) {
	w := newWorld(k)
	before := w.image()
	account, err := k.s.Identity.AccountByID(k.ctx(), w.user.Subject())
	k.must(err)
	account.User.Identifiers[0].Canonical = "mallory@example.test"
	account.Credentials[0].Body[0] ^= 0xff
	account.Credentials[1] = identity.Credential{}
	account.Grants[0].Role = "mallory"
	account.Methods[0].Steps[0] = identity.Required("nothing")
	tenant, err := k.s.Identity.TenantByID(k.ctx(), w.tenant.ID)
	k.must(err)
	tenant.Methods[0].Steps[1] = identity.Required("nothing")
	tenant.Methods[0].Enabled = false
	// And what went in stays the caller's, too.
	given := slices.Clone(w.user.Identifiers)
	w.user.Identifiers[1].Canonical = "mallory"
	w.first.Body[0] ^= 0xff
	w.ownMethod.Steps[0] = identity.Required("nothing")
	w.user.Identifiers = given
	if after := w.image(); after != before {
		k.Errorf("a caller has changed\n%s\ninto\n%s", before, after)
	}
}
