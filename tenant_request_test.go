package axess_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/store"
)

const acmeOrigin = "http://acme.localhost:8080"

// twoTenants is a site with the default tenant on its own name and a second one on
// another. acme is set before the first request.
type twoTenants struct {
	*fronttest.Site
	acme    identity.Tenant
	tenants *authn.Tenants
	op      identity.OperatorScope
}

func newTwoTenants(t *testing.T, options ...func(*axess.Config)) *twoTenants {
	t.Helper()
	x := &twoTenants{}
	var methods []identity.Method
	x.Site = fronttest.New(t, append(options, func(c *axess.Config) {
		methods = c.Methods
		c.ExtraOrigins = []string{acmeOrigin}
		c.Tenant = func(r *http.Request) identity.TenantID {
			if strings.HasPrefix(r.Host, "acme.") {
				return x.acme.ID
			}
			return identity.TenantID{}
		}
		c.TenantOrigin = func(id identity.TenantID) string {
			if id == x.acme.ID {
				return acmeOrigin
			}
			return "https://evil.example"
		}
	})...)
	who, err := identity.System("a ticket")
	if err == nil {
		x.op, err = identity.Operate(who)
	}
	if err != nil {
		t.Fatal(err)
	}
	x.tenants = authn.NewTenants(x.Auth.Authn())
	if x.acme, err = x.tenants.CreateTenant(t.Context(), x.op, authn.Bootstrap{Slug: "acme", Methods: methods}); err != nil {
		t.Fatal(err)
	}
	x.Routes.Authn("GET /notes", func(w http.ResponseWriter, _ *http.Request, who axess.Authenticated) {
		fmt.Fprintf(w, "notes of %s in %s", who.DisplayName(), who.Tenant())
	})
	return x
}

// at is a fresh browser at one of the names.
func (x *twoTenants) at(origin string) *fronttest.Browser {
	b := x.Browser()
	b.Origin = origin
	return b
}

// link is the path behind an origin in the next mail with one.
func (x *twoTenants) link(origin string) string {
	x.T.Helper()
	for {
		m := x.Mail.Next(x.T)
		if m.Kind == "verify" || m.Kind == "reset" {
			_, rest, ok := strings.Cut(m.Text, origin+"/")
			if !ok {
				x.T.Fatalf("a link leads elsewhere: %s", m.Kind)
			}
			return "/" + strings.Fields(rest)[0]
		}
	}
}

// joins signs somebody up at a name and confirms the link there.
func (x *twoTenants) joins(origin, email, name string) *fronttest.Browser {
	x.T.Helper()
	b := x.at(origin)
	b.Get("/auth/sign-up").Is(x.T, http.StatusOK)
	b.Post("/auth/sign-up", fronttest.Form{"email": email, "name": name, "password": fronttest.Password}).Is(x.T, http.StatusSeeOther)
	b.Get(x.link(origin)).Is(x.T, http.StatusSeeOther)
	b.Post("/auth/verify", nil).Is(x.T, http.StatusSeeOther)
	return b
}

func (x *twoTenants) signsIn(origin, email, password string) bool {
	x.T.Helper()
	b := x.at(origin)
	b.Get("/auth/sign-in")
	b.Post("/auth/sign-in", fronttest.Form{"identifier": email, "password": password})
	return b.Get("/notes").Status == http.StatusOK
}

// IDN-I6, IDN-031, GRD-006, AUN-023: two tenants side by side on one server, each on a
// name of its own, share nothing: people of one name are two, a link or a session of
// one counts for nothing at the other, and what ends one leaves the other.
func TestTenants_side_by_side(t *testing.T) {
	t.Parallel()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		sideBySide(t, newTwoTenants(t))
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		sideBySide(t, newTwoTenants(t, func(c *axess.Config) {
			db := openFile(t, filepath.Join(t.TempDir(), "app.db"))
			c.Stores = db.Stores()
		}))
	})
}

func sideBySide(t *testing.T, x *twoTenants) {
	t.Helper()
	home := x.Origin
	const ada = "ada@example.org"
	atHome, atAcme := x.joins(home, ada, "Ada"), x.joins(acmeOrigin, ada, "Ada of Acme")
	if a := atHome.Get("/notes").Is(t, http.StatusOK); strings.Contains(a.Body, x.acme.ID.String()) || !strings.Contains(a.Body, "notes of Ada in") {
		t.Errorf("at home: %s", a.Body)
	}
	if a := atAcme.Get("/notes").Is(t, http.StatusOK); !strings.Contains(a.Body, "notes of Ada of Acme in "+x.acme.ID.String()) {
		t.Errorf("at acme: %s", a.Body)
	}

	// A cookie that is carried over is nobody's there, and goes on where it is from.
	for _, b := range []*fronttest.Browser{atHome, atAcme} {
		thief := b.Clone()
		thief.Origin = map[bool]string{true: home, false: acmeOrigin}[b.Origin == acmeOrigin]
		if a := thief.Get("/notes"); a.Status == http.StatusOK {
			t.Errorf("a session of another tenant: %s", a.Body)
		}
		if a := b.Get("/notes"); a.Status != http.StatusOK {
			t.Errorf("and has ended at home: %d", a.Status)
		}
	}

	// A reset belongs to the tenant that it was asked for in, link and all.
	b := x.at(acmeOrigin)
	b.Get("/auth/reset").Is(t, http.StatusOK)
	b.Post("/auth/reset", fronttest.Form{"identifier": ada}).Is(t, http.StatusSeeOther)
	link := x.link(acmeOrigin)
	elsewhere := x.at(home)
	elsewhere.Get(link)
	if a := elsewhere.Get("/auth/reset/new"); a.Status == http.StatusOK {
		t.Error("a link of another tenant opens")
	}
	const next = "another horse battery staple"
	b.Get(link).Is(t, http.StatusSeeOther)
	b.Post("/auth/reset/new", fronttest.Form{"password": next}).Is(t, http.StatusSeeOther)
	for origin, password := range map[string]string{home: fronttest.Password, acmeOrigin: next} {
		other := map[bool]string{true: next, false: fronttest.Password}[origin == home]
		if !x.signsIn(origin, ada, password) || x.signsIn(origin, ada, other) {
			t.Errorf("%s: the wrong password signs in", origin)
		}
	}

	// One is suspended: nobody of it is served, the other notices nothing.
	if err := x.tenants.SuspendTenant(t.Context(), x.op, x.acme.ID); err != nil {
		t.Fatal(err)
	}
	if x.signsIn(acmeOrigin, ada, next) || atAcme.Get("/notes").Status == http.StatusOK {
		t.Error("a suspended tenant is served")
	}
	if atHome.Get("/notes").Status != http.StatusOK || !x.signsIn(home, ada, fronttest.Password) {
		t.Error("the other one is stopped, too")
	}
}

// IDN-071, IDN-I7: the pages state the rules of the tenant of the request, and its
// methods are its own.
func TestTenants_have_rules_of_their_own(t *testing.T) {
	t.Parallel()
	x := newTwoTenants(t)
	if err := x.tenants.PutPolicy(t.Context(), x.op, authn.PolicyChange{Tenant: x.acme.ID, Policy: authn.PasswordPolicy{Min: 30}, Expect: 1}); err != nil {
		t.Fatal(err)
	}
	for origin, least := range map[string]string{x.Origin: "15", acmeOrigin: "30"} {
		if a := x.at(origin).Get("/auth/sign-up"); !strings.Contains(a.Body, least) {
			t.Errorf("%s does not say %s", origin, least)
		}
	}
	b := x.at(acmeOrigin)
	b.Get("/auth/sign-up")
	b.Post("/auth/sign-up", fronttest.Form{"email": "ada@example.org", "name": "Ada", "password": fronttest.Password}).Is(t, http.StatusUnprocessableEntity)
}

// IDN-I7: whatever is done in one tenant, the other answers what it would have answered
// without: the same calls of the ports in the same order, the same statuses.
func TestTenants_do_not_change_each_other(t *testing.T) {
	t.Parallel()
	const ada, bob = "ada@example.org", "bob@example.org"
	run := func(busy bool) string {
		x := newTwoTenants(t)
		var told strings.Builder
		note := func(what string, statuses ...int) {
			fmt.Fprintln(&told, what, statuses, strings.Join(x.Ports.Take(), " "))
		}
		meanwhile := func(f func()) {
			if busy {
				f()
			}
			x.Ports.Take()
		}
		meanwhile(func() {
			x.joins(acmeOrigin, ada, "Another Ada")
			lock := authn.UserLock()
			lock.Threshold = 1
			if err := x.tenants.PutPolicy(t.Context(), x.op, authn.PolicyChange{Tenant: x.acme.ID, Policy: lock}); err != nil {
				t.Fatal(err)
			}
		})
		b := x.joins(x.Origin, ada, "Ada")
		note("joined")
		meanwhile(func() {
			for range 3 {
				x.signsIn(acmeOrigin, ada, "not the right password")
				x.signsIn(acmeOrigin, bob, "not the right password")
			}
			x.joins(acmeOrigin, bob, "Bob")
		})
		for _, name := range []string{ada, bob} {
			c := x.at(x.Origin)
			c.Get("/auth/sign-in")
			note(name, c.Post("/auth/sign-in", fronttest.Form{"identifier": name, "password": fronttest.Password}).Status, c.Get("/notes").Status)
		}
		meanwhile(func() {
			if err := x.tenants.PutMethod(t.Context(), x.op, x.acme.ID, identity.Method{
				Name: "both", Enabled: true, Steps: []identity.Step{identity.Required(factor.Password), identity.Required(factor.TOTP)},
			}); err != nil {
				t.Fatal(err)
			}
			if err := x.tenants.SuspendTenant(t.Context(), x.op, x.acme.ID); err != nil {
				t.Fatal(err)
			}
		})
		note("notes", b.Get("/notes").Status)
		c := x.at(x.Origin)
		c.Get("/auth/reset")
		note("reset", c.Post("/auth/reset", fronttest.Form{"identifier": ada}).Status, c.Post("/auth/reset", fronttest.Form{"identifier": bob}).Status)
		note("out", b.Post("/auth/sign-out", nil).Status, b.Get("/notes").Status)
		return told.String()
	}
	if quiet, busy := run(false), run(true); quiet != busy {
		t.Errorf("alone:\n%s\nbeside another tenant:\n%s", quiet, busy)
	}
}

// AUN-023, AUN-030: a name that belongs to no tenant answers like one in which nobody is.
func TestTenants_unknown_one_has_nobody(t *testing.T) {
	t.Parallel()
	x := newTwoTenants(t)
	x.Person("ada@example.org")
	x.acme.ID = identity.NewTenantID(entropy.Seeded(9))
	b := x.at(acmeOrigin)
	b.Get("/auth/sign-in").Is(t, http.StatusOK)
	b.Post("/auth/sign-in", fronttest.Form{"identifier": "ada@example.org", "password": fronttest.Password})
	if a := b.Get("/notes"); a.Status == http.StatusOK {
		t.Errorf("somebody signed in: %s", a.Body)
	}
	if a := b.Get("/auth/sign-up"); a.Status >= 500 {
		t.Errorf("sign-up: %d", a.Status)
	}
}

// IDN-I10: a start that states methods and an operator who removes one leave a way in.
func TestMethods_of_a_start_are_conditioned(t *testing.T) {
	t.Parallel()
	x := newTwoTenants(t)
	view, err := x.Beneath().Identity.TenantBySlug(t.Context(), identity.DefaultSlug)
	if err != nil {
		t.Fatal(err)
	}
	x.Beside(func(c *axess.Config) { c.Methods = authn.MFAMethods() })
	after, err := x.Beneath().Identity.TenantBySlug(t.Context(), identity.DefaultSlug)
	if err != nil || after.Tenant.Version != view.Tenant.Version+1 {
		t.Errorf("version %d after %d: %v", after.Tenant.Version, view.Tenant.Version, err)
	}
	err = x.Beneath().Identity.Apply(t.Context(), identity.UpdateTenant{
		Tenant: view.Tenant.ID, Expect: view.Tenant.Version, Slug: view.Tenant.Slug, At: x.Clock.Now(),
	})
	if !isConflict(err) {
		t.Errorf("who read the tenant before writes after: %v", err)
	}
}

func isConflict(err error) bool {
	return err != nil && strings.Contains(err.Error(), store.ErrConflict.Error())
}
