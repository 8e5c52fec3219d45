package authn_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/store"
)

func (r *rig) grant(u identity.User, role identity.Role) error {
	return r.accounts.GrantRole(r.t.Context(), authn.RoleChange{Subject: u.Subject(), Role: role})
}

// grants are the stored rows of an account.
func (r *rig) grants(u identity.User) []identity.Grant {
	r.t.Helper()
	acct, err := r.stores.Identity.AccountByID(r.t.Context(), u.Subject())
	must(r.t, err)
	return acct.Grants
}

func (r *rig) roles(u identity.User) []identity.Role {
	r.t.Helper()
	acct, err := r.stores.Identity.AccountByID(r.t.Context(), u.Subject())
	must(r.t, err)
	return r.accounts.Roles(r.t.Context(), acct)
}

// PRD-017
func TestGrantRole_of_the_console_needs_a_second_factor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser().signIn(ada)
	if err := r.grant(u, identity.RoleAdmin); !errors.Is(err, authn.ErrRoleNeedsMFA) {
		t.Fatalf("got %v", err)
	}
	if len(r.grants(u)) != 0 || !b.signedIn() || strings.Contains(r.audited(), "role_granted") {
		t.Error("the refusal has changed something")
	}
	// A role of the program's own asks for nothing.
	must(t, r.grant(u, "editor"))

	// An app that cannot be read is none.
	rec := r.row(u.Subject(), factor.TOTP, []byte("sealed"))
	rec.MAC[0] ^= 1
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutCredential{Credential: rec}))
	if err := r.grant(u, identity.RoleAdmin); !errors.Is(err, authn.ErrRoleNeedsMFA) {
		t.Errorf("with a forged app: %v", err)
	}

	r.app(u)
	must(t, r.grant(u, identity.RoleAdmin))
	if got := r.roles(u); len(got) != 2 || got[0] != identity.RoleAdmin || got[1] != "editor" {
		t.Errorf("roles %v", got)
	}
	if b.signedIn() {
		t.Error("a session of one factor has become an administrator's")
	}
	must(t, r.grant(u, identity.RoleAdmin)) // again is success
	if n := strings.Count(r.audited(), `"kind":"role_granted"`); n != 2 {
		t.Errorf("%d events, want one for each role", n)
	}
}

// PRD-017: a second factor at every sign-in, whatever the methods say.
func TestSignIn_with_a_role_of_the_console_takes_two_factors(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	show := r.app(u)
	must(t, r.grant(u, identity.RoleAdmin))
	// Somebody who can write the table takes the person's own method away, and the
	// tenant offers a second one with a single step.
	must(t, r.stores.Identity.Apply(t.Context(),
		identity.PutMethod{Scope: identity.UserScope(u.Subject()), Method: identity.Method{Name: "password"}, Remove: true},
		identity.PutMethod{Scope: identity.TenantScope(r.tenant), Method: identity.Method{
			Name: "quick", Enabled: true, Priority: 9, Steps: []identity.Step{identity.Required(factor.Password)},
		}}))
	for _, method := range []string{"password", "quick"} {
		b := r.browser()
		b.begin(ada)
		if _, err := b.selects(method); err != nil {
			t.Fatal(err)
		}
		if out := b.try(pw(goodPassword)); !is[authn.StepRequired](out) || b.signedIn() {
			t.Fatalf("%s: the password alone leads to %T", method, out)
		}
		r.clock.Advance(time.Minute)
		if out := b.try(code(show())); !is[authn.Completed](out) {
			t.Errorf("%s: %T", method, out)
		}
	}
	// Whoever deletes the app as well has locked the account, not opened it.
	must(t, r.stores.Identity.Apply(t.Context(), identity.DropCredential{
		Subject: u.Subject(), ID: r.apps(ada)[0], Expect: r.held(ada, factor.TOTP)[0].Version,
	}))
	b := r.browser()
	b.begin(ada)
	if out := b.try(pw(goodPassword)); is[authn.Completed](out) {
		t.Error("signed in with one factor")
	}
}

// PRD-017
func TestRemoveTOTP_leaves_the_last_one_of_an_administrator(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	show := b.claims(r.claimToken(), boss)
	first := r.apps(boss)[0]
	if _, err := b.removeTOTP(first); !errors.Is(err, authn.ErrRoleNeedsMFA) {
		t.Fatalf("the last one: %v", err)
	}
	if len(r.apps(boss)) != 1 || !b.signedIn() {
		t.Fatal("the refusal has changed something")
	}
	b.enrols("spare")
	if out, err := b.removeTOTP(first); err != nil || !is[authn.Completed](out) {
		t.Fatalf("one of two: %T, %v", out, err)
	}
	last := r.apps(boss)[0]
	if _, err := b.removeTOTP(last); !errors.Is(err, authn.ErrRoleNeedsMFA) {
		t.Errorf("the last one: %v", err)
	}
	_ = show
	// Without the role it may go; taking the role away ends the sessions.
	acct, _ := r.account(boss)
	must(t, r.accounts.RevokeRole(t.Context(), authn.RoleChange{Subject: acct.User.Subject(), Role: identity.RoleAdmin}))
	if b.signedIn() {
		t.Error("the session outlives the role")
	}
	if len(r.grants(acct.User)) != 0 || !strings.Contains(r.audited(), `"kind":"role_revoked"`) {
		t.Error("the role is still there, or nothing tells that it went")
	}
	must(t, r.accounts.RevokeRole(t.Context(), authn.RoleChange{Subject: acct.User.Subject(), Role: identity.RoleAdmin}))
	r.claimToken() // and the claim is open again
}

// PRD-017: an app that goes and a role that comes at the same time never both win.
func TestGrantRole_and_the_removal_of_the_app(t *testing.T) {
	t.Parallel()
	for _, granted := range []bool{false, true} {
		r := newRig(t)
		u := r.person(ada)
		r.app(u)
		b := r.browser()
		b.begin(ada)
		b.try(pw(goodPassword))
		if out := b.try(code(r.codesOf(ada))); !is[authn.Completed](out) {
			t.Fatalf("%T", out)
		}
		var grantErr, removeErr error
		inner := func(verb string) bool { return strings.HasPrefix(verb, "Apply") }
		once := false
		r.ident.hook(func(verb string) error {
			if once || !inner(verb) {
				return nil
			}
			once = true
			if granted {
				grantErr = r.grant(u, identity.RoleAdmin)
			} else {
				_, removeErr = b.jar().removeTOTP(r.apps(ada)[0])
			}
			return nil
		})
		if granted {
			_, removeErr = b.removeTOTP(r.apps(ada)[0])
		} else {
			grantErr = r.grant(u, identity.RoleAdmin)
		}
		r.ident.hook(nil)
		admin, apps := len(r.grants(u)) == 1, len(r.apps(ada))
		if admin && apps == 0 {
			t.Errorf("grant first %t: an administrator without second factor (%v, %v)", granted, grantErr, removeErr)
		}
		if (grantErr == nil) == (removeErr == nil) {
			t.Errorf("grant first %t: grant %v, removal %v", granted, grantErr, removeErr)
		}
	}
}

// Decisions on rows that nobody must be able to forge: whoever can write the
// table makes no administrator. ASVS 6.7.1, PRD-060
func TestRoles_counts_authentic_rows_alone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	admin, mallory := r.person("admin@example.org"), r.person(ada)
	r.app(admin)
	show := r.app(mallory)
	must(t, r.grant(admin, identity.RoleAdmin))
	must(t, r.grant(mallory, "editor"))
	genuine, own := r.grants(admin)[0], r.grants(mallory)[0]
	for name, forge := range map[string]func() identity.Grant{
		"no MAC": func() identity.Grant { g := genuine; g.User, g.MAC = mallory.ID, [32]byte{}; return g },
		"that of somebody else": func() identity.Grant {
			g := genuine
			g.User = mallory.ID
			return g
		},
		"that of another role": func() identity.Grant { g := own; g.Role = identity.RoleAdmin; return g },
	} {
		must(t, r.stores.Identity.Apply(t.Context(), identity.PutGrant{Grant: forge()}))
		if got := r.roles(mallory); len(got) != 1 || got[0] != "editor" {
			t.Errorf("%s: roles %v", name, got)
		}
		if !strings.Contains(r.logs.String(), "grant_not_authentic") || !strings.Contains(r.audited(), `"kind":"role_refused"`) {
			t.Errorf("%s: no alarm, or no event", name)
		}
		must(t, r.stores.Identity.Apply(t.Context(), identity.DropGrant{Subject: mallory.Subject(), Role: identity.RoleAdmin, Expect: 1}))
	}
	for name, edit := range map[string]func(*identity.Grant){
		"version": func(g *identity.Grant) { g.At = g.At.Add(0) },
		"time":    func(g *identity.Grant) { g.At = g.At.Add(time.Microsecond) },
		"granter": func(g *identity.Grant) { g.By = mallory.ID },
	} {
		g := r.grants(admin)[0]
		edit(&g)
		g.Version++ // the MAC is that of the version before
		must(t, r.stores.Identity.Apply(t.Context(), identity.PutGrant{Grant: g, Expect: g.Version - 1}))
		if got := r.roles(admin); len(got) != 0 {
			t.Errorf("another %s: roles %v", name, got)
		}
	}
	// A store that mixes up two accounts gives nobody the other one's role.
	mixed, _ := r.account(ada)
	mixed.Grants = []identity.Grant{genuine}
	if got := r.accounts.Roles(t.Context(), mixed); len(got) != 0 {
		t.Errorf("somebody else's row: roles %v", got)
	}
	// The next one who is granted the role properly gets an authentic row.
	must(t, r.grant(admin, identity.RoleAdmin))
	if got := r.roles(admin); len(got) != 1 || got[0] != identity.RoleAdmin {
		t.Errorf("granted again: %v", got)
	}
	// A sign-in notices a forged row, and asks for more rather than less.
	g := genuine
	g.User = mallory.ID
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutGrant{Grant: g}))
	before := strings.Count(r.audited(), `"kind":"role_refused"`)
	b := r.browser()
	b.begin(ada)
	b.try(pw(goodPassword))
	if out := b.try(code(show())); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	if after := strings.Count(r.audited(), `"kind":"role_refused"`); after != before+1 {
		t.Errorf("%d events at the sign-in, want 1", after-before)
	}
}

// The MAC of a stored grant is pinned: a later release still knows its rows.
func TestGrant_MAC_is_pinned(t *testing.T) {
	t.Parallel()
	rings, err := keys.Ephemeral(entropy.Seeded(11)).Load(t.Context())
	must(t, err)
	base := identity.Grant{
		Tenant: identity.FromNamespaced[identity.TenantID]("test", "tenant"), User: identity.FromNamespaced[identity.UserID]("test", "user"),
		Role: identity.RoleAdmin, Version: 3, At: time.Date(2026, 5, 4, 12, 0, 0, 7000, time.UTC), By: identity.SystemUser,
	}
	mac := func(edit func(*identity.Grant)) string {
		g := base
		edit(&g)
		g = authn.SealGrant(rings.Index, g)
		return hex.EncodeToString(g.MAC[:])
	}
	seen := map[string]string{}
	for name, edit := range map[string]func(*identity.Grant){
		"as it is":       func(*identity.Grant) {},
		"another tenant": func(g *identity.Grant) { g.Tenant = identity.FromNamespaced[identity.TenantID]("test", "other") },
		"another user":   func(g *identity.Grant) { g.User = identity.FromNamespaced[identity.UserID]("test", "other") },
		"another role":   func(g *identity.Grant) { g.Role = "editor" },
		"a later one":    func(g *identity.Grant) { g.Version++ },
		"another time":   func(g *identity.Grant) { g.At = g.At.Add(time.Microsecond) },
		"by another":     func(g *identity.Grant) { g.By = g.User },
	} {
		got := mac(edit)
		if other, twice := seen[got]; twice {
			t.Errorf("%s has the MAC of %s", name, other)
		}
		seen[got] = name
	}
	if got := mac(func(*identity.Grant) {}); got != goldenGrant {
		t.Errorf("got %s", got)
	}
}

const goldenGrant = "cf9c9340eac1cb6ba29f070ba7b5ed783694fc1b137860bf4519175845ef6710"

// PRD-017
func TestGrantRole_refuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u, granter := r.person(ada), r.person("granter@example.org")
	r.app(u)
	gone := r.person("gone@example.org")
	must(t, r.suspend(gone.Subject(), identity.Active))
	foreign := u.Subject()
	foreign.Tenant = identity.NewTenantID(r.entropy)
	var bad *identity.InvalidError
	for name, c := range map[string]authn.RoleChange{
		"no role":         {Subject: u.Subject()},
		"a reserved role": {Subject: u.Subject(), Role: "axess.root"},
	} {
		if err := r.accounts.GrantRole(t.Context(), c); !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
		}
		if err := r.accounts.RevokeRole(t.Context(), c); !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]authn.RoleChange{
		"nobody":           {Subject: identity.Subject{Tenant: r.tenant, User: identity.NewUserID(r.entropy)}, Role: "editor"},
		"another tenant":   {Subject: foreign, Role: "editor"},
		"suspended":        {Subject: gone.Subject(), Role: "editor"},
		"granter unknown":  {Subject: u.Subject(), Role: "editor", By: identity.NewUserID(r.entropy)},
		"granter inactive": {Subject: u.Subject(), Role: "editor", By: gone.ID},
	} {
		if err := r.accounts.GrantRole(t.Context(), c); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(r.grants(u)) != 0 {
		t.Error("a refusal has granted")
	}
	must(t, r.accounts.GrantRole(t.Context(), authn.RoleChange{Subject: u.Subject(), Role: identity.RoleAdmin, By: granter.ID}))
	if g := r.grants(u)[0]; g.By != granter.ID {
		t.Errorf("by %v", g.By)
	}
	if !strings.Contains(r.audited(), `"by":"admin"`) {
		t.Error("the event does not say that an administrator granted it")
	}
}

// AUN-033: the role shows in nothing that a sign-in does before it is proven.
func TestBeginLogin_of_an_administrator_looks_like_anybodys(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	admin, other := r.person(boss), r.person(ada)
	r.app(admin)
	r.app(other)
	must(t, r.grant(admin, identity.RoleAdmin))
	var work [3]string
	for i, who := range []string{boss, ada, "nobody@example.org"} {
		r.work.take()
		b := r.browser()
		b.begin(who)
		b.try(pw("a wrong password altogether"))
		work[i] = r.work.take()
	}
	if work[0] != work[1] || work[0] != work[2] {
		t.Errorf("administrator: %s\nsomebody: %s\nnobody: %s", work[0], work[1], work[2])
	}
}

// unreadable adds an app whose row nobody can open.

func (r *rig) unreadable(u identity.User) identity.CredentialID {
	r.t.Helper()
	row := r.row(u.Subject(), factor.TOTP, []byte("sealed"))
	row.MAC[0] ^= 1
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.PutCredential{Credential: row}))
	return row.ID
}

// PRD-017, FAC-005: an app that cannot be read is none: the last one that can be
// stays with whoever must have one.
func TestRemoveTOTP_counts_only_apps_that_work(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	show := b.claims(r.claimToken(), boss)
	acct, _ := r.account(boss)
	works, broken := r.apps(boss)[0], r.unreadable(acct.User)
	if out, err := b.removeTOTP(works); !errors.Is(err, authn.ErrRoleNeedsMFA) {
		t.Errorf("the last one that works: %T, %v", out, err)
	}
	if out, err := b.removeTOTP(broken); err != nil || !is[authn.Completed](out) {
		t.Errorf("the broken one: %T, %v", out, err)
	}
	r.clock.Advance(time.Minute)
	in := r.browser()
	in.begin(boss)
	in.try(pw(goodPassword))
	if out := in.try(code(show())); !is[authn.Completed](out) {
		t.Errorf("%T", out)
	}

	m := strict(newRig(t))
	b = m.browser()
	link := b.asks(ada, goodPassword)
	if out, err := b.completes(link, m.codes(b.opensLink(link, ""))()); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	acct, _ = m.account(ada)
	works = m.apps(ada)[0]
	m.unreadable(acct.User)
	if out, err := b.removeTOTP(works); !errors.Is(err, authn.ErrLastFactor) {
		t.Errorf("where everybody needs one: %T, %v", out, err)
	}

	// By choice: neither locked out by the broken one nor let in without the step.
	c := newRig(t)
	u := c.person(ada)
	b = c.browser().signIn(ada)
	b.enrols("phone")
	works, broken = c.apps(ada)[0], c.unreadable(u)
	if out, err := b.removeTOTP(works); !errors.Is(err, authn.ErrLastFactor) {
		t.Errorf("by choice: %T, %v", out, err)
	}
	for _, id := range []identity.CredentialID{broken, works} {
		if out, err := b.removeTOTP(id); err != nil || !is[authn.Completed](out) {
			t.Errorf("by choice, one after the other: %T, %v", out, err)
		}
	}
	c.browser().signIn(ada)
}

// PRD-017: an app whose record says nothing is none.
func TestGrantRole_counts_only_apps_that_work(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutCredential{Credential: r.row(u.Subject(), factor.TOTP, []byte("no record"))}))
	if err := r.grant(u, identity.RoleAdmin); !errors.Is(err, authn.ErrRoleNeedsMFA) {
		t.Errorf("got %v", err)
	}
}

// PRD-017: a way in that takes an app alone is one factor.
func TestSignIn_with_a_role_of_the_console_where_an_app_alone_opens(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]identity.Step{
		"the app":             identity.Required(factor.TOTP),
		"the app or password": identity.AnyOf(factor.TOTP, factor.Password),
	} {
		r := newRig(t)
		u := r.person(boss)
		show := r.app(u)
		must(t, r.grant(u, identity.RoleAdmin))
		must(t, r.stores.Identity.Apply(t.Context(),
			identity.PutMethod{Scope: identity.UserScope(u.Subject()), Method: identity.Method{Name: "password"}, Remove: true}))
		r.offers(identity.Method{Name: "password", Enabled: true, Steps: []identity.Step{step}})
		b := r.browser()
		b.begin(boss)
		if out := b.try(code(show())); !is[authn.StepRequired](out) {
			t.Errorf("%s: leads to %T", name, out)
			continue
		}
		r.clock.Advance(time.Minute)
		if out, err := b.verify(code(show())); is[authn.Completed](out) || b.signedIn() {
			t.Errorf("%s: the app twice: %T, %v", name, out, err)
		}
	}
}

// PRD-017: a role is taken from whoever may not sign in at the moment as well.
func TestRevokeRole_of_a_suspended_account(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	r.app(u)
	must(t, r.grant(u, identity.RoleAdmin))
	must(t, r.suspend(u.Subject(), identity.Active))
	if err := r.accounts.RevokeRole(t.Context(), authn.RoleChange{Subject: u.Subject(), Role: identity.RoleAdmin}); err != nil || len(r.grants(u)) != 0 {
		t.Errorf("%v, left %v", err, r.grants(u))
	}
}

// PRD-017: a login that began before the role came does not become one of an
// administrator with one factor.
func TestGrantRole_ends_a_login_that_is_under_way(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	r.app(u)
	must(t, r.stores.Identity.Apply(t.Context(),
		identity.PutMethod{Scope: identity.UserScope(u.Subject()), Method: identity.Method{Name: "password"}, Remove: true}))
	b := r.browser()
	b.begin(ada)
	must(t, r.grant(u, identity.RoleAdmin))
	if out, err := b.verify(pw(goodPassword)); !errors.Is(err, authn.ErrFlowSuperseded) || b.signedIn() {
		t.Errorf("%T, %v", out, err)
	}
}

// PRD-017: the row of one tenant is none in another, for the same id as well.
func TestRoles_of_another_tenant_count_for_nothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(boss)
	r.app(u)
	must(t, r.grant(u, identity.RoleAdmin))
	g := r.grants(u)[0]
	other := identity.Tenant{
		ID: identity.NewTenantID(r.entropy), Slug: "other", Status: identity.TenantActive, CreatedAt: r.clock.Now(), UpdatedAt: r.clock.Now(),
	}
	u.Tenant, g.Tenant = other.ID, other.ID
	must(t, r.stores.Identity.Apply(t.Context(), identity.NewTenant{Tenant: other, Methods: authn.DefaultMethods()},
		identity.NewUser{User: u}, identity.PutGrant{Grant: g}))
	if got := r.roles(u); len(got) != 0 {
		t.Errorf("roles %v", got)
	}
}
