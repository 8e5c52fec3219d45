package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

func testIdentity(t *testing.T, f Factory) {
	t.Helper()
	testLookup(t, f)
	testChanges(t, f)
	testConditions(t, f)
	testGrants(t, f)
	testAtomicity(t, f)
	testTenants(t, f)
	testPolicies(t, f)
	testLinks(t, f)
	testNames(t, f)
	testTokens(t, f)
	testPages(t, f)
	testTenancy(t, f)
	testIdentitySweep(t, f)
	testKids(t, f)
	testIdentityArguments(t, f)
	testIdentityRaces(t, f)
}

// world is two tenants with one user each, of one name, and everything that can
// belong to them. Everything of it is stored.
type world struct {
	*kit
	tenant, foreign         identity.Tenant
	user, twin              identity.User
	first, second           identity.Credential // of user, ascending
	twinCred                identity.Credential
	signUp, void            identity.Token // of user
	twinToken               identity.Token
	tenantMethod, ownMethod identity.Method
	role, twinRole          identity.Grant
	tenantPolicy, ownPolicy identity.Policy
	link, twinLink          identity.Link
}

func newWorld(k *kit) *world {
	k.Helper()
	w := &world{kit: k}
	w.tenantMethod, w.ownMethod = method("password", 10), method("own", 10)
	w.tenant, w.foreign = k.tenant("acme"), k.tenant("other")
	w.user, w.twin = k.user(w.tenant, "ada@example.test", "ada"), k.user(w.foreign, "ada@example.test", "ada")
	w.first, w.second, w.twinCred = k.credential(w.user, 1), k.credential(w.user, 2), k.credential(w.twin, 1)
	w.signUp, w.void = k.token(w.user, identity.TokenSignUp), k.token(w.user, identity.TokenVoid)
	w.twinToken = k.token(w.twin, identity.TokenSignUp)
	w.role, w.twinRole = k.grant(w.user, "editor"), k.grant(w.twin, "editor")
	w.tenantPolicy, w.ownPolicy = k.policy(identity.TenantScope(w.tenant.ID)), k.policy(identity.UserScope(w.user.Subject()))
	w.link, w.twinLink = k.link(w.user, "issuer.example", "ada"), k.link(w.twin, "issuer.example", "ada")
	k.apply(
		identity.NewTenant{Tenant: w.tenant, Methods: []identity.Method{w.tenantMethod}},
		identity.NewTenant{Tenant: w.foreign, Methods: []identity.Method{w.tenantMethod}},
		identity.NewUser{User: w.user}, identity.NewUser{User: w.twin},
		identity.PutCredential{Credential: w.second}, identity.PutCredential{Credential: w.first},
		identity.PutCredential{Credential: w.twinCred},
		identity.PutMethod{Scope: identity.UserScope(w.user.Subject()), Method: w.ownMethod},
		identity.PutMethod{Scope: identity.UserScope(w.twin.Subject()), Method: w.ownMethod},
		identity.PutToken{Token: w.signUp}, identity.PutToken{Token: w.void}, identity.PutToken{Token: w.twinToken},
		identity.PutGrant{Grant: w.role}, identity.PutGrant{Grant: w.twinRole},
		identity.PutPolicy{Policy: w.tenantPolicy}, identity.PutPolicy{Policy: w.ownPolicy},
		identity.PutLink{Link: w.link}, identity.PutLink{Link: w.twinLink},
	)
	return w
}

func (k *kit) apply(changes ...identity.Change) {
	k.Helper()
	k.must(k.s.Identity.Apply(k.ctx(), changes...))
}

func (k *kit) tenant(slug string) identity.Tenant {
	id := identity.NewTenantID(k.src)
	return identity.Tenant{
		ID: id, Slug: slug + "-" + id.String()[:8], DisplayName: "Tenant " + slug,
		Status: identity.TenantActive, Detail: identity.TenantDetail{Reason: "made", Since: at(0)},
		Settings: identity.TenantSettings{
			Methods: identity.MethodsInherit, DeviceRetention: 30 * 24 * time.Hour, HideStatus: true,
			Network: identity.NetworkPolicy{
				Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")},
				Deny:  []netip.Prefix{netip.MustParsePrefix("192.0.2.7/32")},
			},
		},
		Secrets: []byte("sealed pepper"), Version: 1, CreatedAt: at(0), UpdatedAt: at(0),
	}
}

func (k *kit) policy(of identity.Scope) identity.Policy {
	return identity.Policy{
		Scope: of, Kind: "lockout", Version: 1, Body: []byte("policy body"), Reason: "because",
		ExpiresAt: at(100 * 24 * time.Hour), By: identity.SystemUser, At: at(time.Minute),
	}
}

func (k *kit) link(u identity.User, issuer, external string) identity.Link {
	return identity.Link{
		Tenant: u.Tenant, User: u.ID, Issuer: issuer, External: external, At: at(time.Minute),
		By: identity.NewUserID(k.src), MAC: entropy.Bytes32(k.src),
	}
}

func (k *kit) user(t identity.Tenant, email, name string) identity.User {
	return identity.User{
		ID: identity.NewUserID(k.src), Tenant: t.ID, DisplayName: "Ada",
		Identifiers: []identity.Identifier{
			{Kind: identity.Email, Typed: strings.ToUpper(email), Canonical: email},
			{Kind: identity.Username, Typed: strings.ToUpper(name), Canonical: name},
			{Kind: identity.Phone, Typed: "+49 (30) " + name, Canonical: "+4930" + name},
			{Kind: "external:https://issuer.example", Typed: name, Canonical: name},
			{Kind: "external:https://other.example", Typed: name, Canonical: name},
		},
		Language:       "de-AT",
		State:          identity.Active,
		Detail:         identity.StateDetail{Reason: "because", Since: at(time.Second)},
		WebAuthnHandle: entropy.Bytes32(k.src), AuditHandle: entropy.Bytes16(k.src),
		CreatedBy: identity.SystemUser, CreatedAt: at(0), UpdatedBy: identity.NewUserID(k.src), UpdatedAt: at(0), EmailVerifiedAt: at(time.Second),
	}
}

func (k *kit) credential(u identity.User, n int) identity.Credential {
	return identity.Credential{
		ID: identity.NewCredentialID(k.src), Tenant: u.Tenant, User: u.ID, Kind: "password",
		State: identity.CredentialActive, Version: 1, CreatedAt: at(time.Duration(n) * time.Minute),
		Body: []byte("sealed body"), MAC: entropy.Bytes32(k.src), Label: "a label",
	}
}

func (k *kit) grant(u identity.User, r identity.Role) identity.Grant {
	return identity.Grant{
		Tenant: u.Tenant, User: u.ID, Role: r, Version: 1, At: at(time.Minute), By: identity.NewUserID(k.src),
		MAC: entropy.Bytes32(k.src),
	}
}

func (k *kit) token(u identity.User, p identity.TokenPurpose) identity.Token {
	return identity.Token{
		Selector: entropy.Bytes16(k.src), Digest: entropy.Bytes32(k.src), Purpose: p, Tenant: u.Tenant, User: u.ID,
		Address: "ada@example.test", CreatedAt: at(0), ExpiresAt: at(time.Hour),
	}
}

func method(name string, priority int) identity.Method {
	return identity.Method{
		Name: name, Priority: priority, Enabled: true, Reason: "self",
		Steps: []identity.Step{identity.Required("password"), identity.AnyOf("totp", "recovery")},
	}
}

// advanced is the next version of a credential with another body.
func advanced(c identity.Credential) identity.Credential {
	c.Version++
	c.Body, c.MAC, c.LastUsedAt = []byte("sealed anew"), [32]byte{byte(c.Version)}, at(time.Hour)
	return c
}

// image is everything that the ports show of the world, as text: two equal
// images mean that nothing has changed that anybody could see.
func (w *world) image(extra ...identity.Subject) string {
	w.Helper()
	var b bytes.Buffer
	note := func(what string, v any, err error) {
		w.Helper()
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			w.Fatalf("%s: %v", what, err)
		}
		fmt.Fprintf(&b, "%s: %+v found=%t\n", what, v, err == nil)
	}
	id, ctx := w.s.Identity, w.ctx()
	for _, t := range []identity.Tenant{w.tenant, w.foreign} {
		v, err := id.TenantByID(ctx, t.ID)
		note("tenant", v, err)
		held, err := id.HasRole(ctx, t.ID, w.role.Role)
		note("role", held, err)
	}
	for _, s := range append([]identity.Subject{w.user.Subject(), w.twin.Subject()}, extra...) {
		a, err := id.AccountByID(ctx, s)
		note("account", a, err)
		e, err := w.s.Session.Epochs(ctx, s)
		note("epochs", e, err)
		l, err := id.AccountByLink(ctx, s.Tenant, w.link.Issuer, w.link.External)
		note("link", l.User.ID, err)
		for _, i := range w.user.Identifiers {
			a, err := id.AccountByIdentifier(ctx, s.Tenant, i.Kind, i.Canonical)
			note("name", a.User.ID, err)
		}
	}
	for _, t := range []identity.Token{w.signUp, w.void, w.twinToken} {
		v, err := id.TokenBySelector(ctx, t.Selector)
		note("token", v, err)
	}
	for _, topic := range []store.Topic{store.TopicAudit, store.TopicMail} {
		note("rows", w.rows(topic), nil)
	}
	return b.String()
}

// changeFails applies changes of which the one at index must fail, and checks
// that the others have left nothing.
func (w *world) changeFails(what string, index int, want error, changes ...identity.Change) {
	w.Helper()
	before := w.image()
	err := w.s.Identity.Apply(w.ctx(), changes...)
	w.fails(what, err, want)
	var failed *identity.ChangeError
	if !errors.As(err, &failed) || failed.Index != index {
		w.Errorf("%s: got %v, want a ChangeError of change %d", what, err, index)
	}
	if after := w.image(); after != before {
		w.Errorf("%s: a refused change set has changed\n%s\ninto\n%s", what, before, after)
	}
}
