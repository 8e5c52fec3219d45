package authn_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// friendly lets the tenant show people their own methods.
func friendly(r *rig) {
	r.t.Helper()
	was := r.tenantNow()
	settings := was.Settings
	settings.Friendly = true
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.UpdateTenant{
		Tenant: r.tenant, Expect: was.Version, Slug: was.Slug, DisplayName: was.DisplayName, Settings: settings, Secrets: was.Secrets, At: r.clock.Now(),
	}))
}

// backwards gives somebody methods of their own that begin with the app.
func backwards(r *rig, u identity.User) func() string {
	r.t.Helper()
	show := r.app(u)
	scope := identity.UserScope(u.Subject())
	put := func(name string, priority int, steps ...identity.Step) identity.Change {
		return identity.PutMethod{Scope: scope, Method: identity.Method{Name: name, Priority: priority, Enabled: true, Reason: "self", Steps: steps}}
	}
	must(r.t, r.stores.Identity.Apply(r.t.Context(),
		identity.PutMethod{Scope: scope, Method: identity.Method{Name: "password"}, Remove: true},
		put("app first", 1, identity.Required(factor.TOTP), identity.Required(factor.Password)),
		put("password first", 2, identity.Required(factor.Password), identity.Required(factor.TOTP))))
	r.clock.Advance(time.Minute)
	return show
}

// AUN-031, AUN-012: a friendly tenant offers people what they have, whole and in their
// order; nobody else hears anything but what the tenant offers.
func TestFriendly_offers_the_persons_own_methods(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	friendly(r)
	show := backwards(r, r.person(ada))
	b := r.browser()
	first := b.begin(ada).(authn.StepRequired).Menu
	if fmt.Sprintf("%q %q %v %d", first.Methods, first.Method, first.Options, first.Total) != `["app first" "password first"] "app first" [totp] 0` {
		t.Fatalf("offered %+v", first)
	}
	if out := b.try(code(show())); !is[authn.StepRequired](out) || b.signedIn() {
		t.Fatalf("the app alone: %T", out)
	}
	if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
		t.Fatalf("both: %T", out)
	}

	r.clock.Advance(time.Minute)
	b = r.browser()
	b.begin(ada)
	ready, err := b.selects("password first")
	if m := ready.(authn.Ready).Menu; err != nil || m.Options[0] != factor.Password {
		t.Fatalf("%+v, %v", ready, err)
	}
	if out := b.try(pw(goodPassword)); !is[authn.StepRequired](out) || b.signedIn() {
		t.Fatalf("the password alone: %T", out)
	}
	if out := b.try(code(show())); !is[authn.Completed](out) {
		t.Fatalf("both, in the other order: %T", out)
	}

	// Who may not sign in is offered what nobody is.
	u := r.person(bob)
	backwards(r, u)
	must(t, r.suspend(u.Subject(), identity.Active))
	said := func(who string) string {
		return fmt.Sprintf("%+v", r.browser().begin(who).(authn.StepRequired).Menu.Methods)
	}
	if got, want := said(bob), said("nobody@example.org"); got != want {
		t.Errorf("a suspended person is offered %s, nobody %s", got, want)
	}
}

// AUN-031: in any other tenant the menu says nothing about the person, and what they
// have does not open it from behind.
func TestStrict_offers_what_the_tenant_offers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	show := backwards(r, u)
	b := r.browser()
	if got := fmt.Sprint(b.begin(ada).(authn.StepRequired).Menu.Methods); got != "[password]" {
		t.Errorf("offered %s", got)
	}
	if _, err := b.selects("app first"); err == nil {
		t.Error("a method of the person's own could be picked")
	}
	if _, err := b.verify(code(show())); err == nil {
		t.Error("it takes a factor that it has not asked for")
	}
}
