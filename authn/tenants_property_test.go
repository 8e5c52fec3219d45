package authn_test

import (
	"context"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// methods are those that a tenant might want, good and bad.
func methods(rt *rapid.T) identity.Method {
	m := steps(chance(rt, "name", "password", "both", "app", "Wrong Name", ""))
	for range rapid.IntRange(0, 3).Draw(rt, "steps") {
		m.Steps = append(m.Steps, chance(rt, "step", identity.Required(factor.Password), identity.Required(factor.Password),
			identity.Required(factor.TOTP), identity.AnyOf(factor.Password, factor.TOTP), identity.Required("email_otp")))
	}
	m.Enabled = rapid.Bool().Draw(rt, "enabled")
	return m
}

// waysIn are how many enabled methods a tenant has, its own or inherited.
func (r *rig) waysIn(id identity.TenantID) (n int) {
	r.t.Helper()
	v, err := r.stores.Identity.TenantByID(r.t.Context(), id)
	must(r.t, err)
	if len(v.Methods) == 0 && v.Tenant.Settings.Methods == identity.MethodsInherit {
		return 1
	}
	for _, m := range v.Methods {
		if m.Enabled && len(m.Steps) > 0 {
			n++
		}
	}
	return n
}

// AUN-I0, IDN-I10, IDN-034: whatever operators do to the methods, the settings and the
// status of a tenant, alone and two at once, a way in stays, and whoever could sign in
// by it can.
func TestMethods_in_any_order_leave_a_way_in(t *testing.T) {
	t.Parallel()
	onStores(t, 1, 10, func(w walk) {
		r := w.rig()
		r.person(ada)
		ts, op, ctx := r.tenants(), opScope(t), context.Background()
		edit := func(rt *rapid.T) func() error {
			switch chance(rt, "edit", "put", "put", "remove", "settings") {
			case "put":
				m := methods(rt)
				return func() error { return ts.PutMethod(ctx, op, r.tenant, m) }
			case "remove":
				name := chance(rt, "name", "password", "both", "app")
				return func() error { return ts.RemoveMethod(ctx, op, r.tenant, name) }
			}
			was := r.tenantNow()
			set := was.Settings
			set.Methods = chance(rt, "inherit", identity.MethodsOwn, identity.MethodsInherit)
			return func() error {
				return ts.UpdateTenant(ctx, op, authn.TenantUpdate{Tenant: r.tenant, Expect: was.Version, Slug: was.Slug, Settings: set})
			}
		}
		w.Repeat(map[string]func(*rapid.T){
			"one operator": func(rt *rapid.T) {
				before := r.tenantNow().Version
				if edit(rt)() != nil && r.tenantNow().Version != before {
					rt.Fatal("refused, and changed")
				}
			},
			"two at once": func(rt *rapid.T) {
				var wg sync.WaitGroup
				for _, f := range []func() error{edit(rt), edit(rt)} {
					wg.Go(func() { _ = f() }) // whichever is refused
				}
				wg.Wait()
			},
			"stopped and not": func(*rapid.T) {
				must(t, ts.SuspendTenant(ctx, op, r.tenant))
				must(t, ts.UnsuspendTenant(ctx, op, r.tenant))
			},
			"": func(rt *rapid.T) {
				if r.waysIn(r.tenant) == 0 {
					rt.Fatalf("methods %v", r.methodNames())
				}
			},
		})
	})
}

// torn fails writes by a plan: before they reach the store, or after.
type torn struct {
	identity.Admin
	plan []string
	hit  bool
}

func (s *torn) Apply(ctx context.Context, changes ...identity.Change) error {
	now := "works"
	if len(s.plan) > 0 {
		now, s.plan = s.plan[0], s.plan[1:]
	}
	if now == "lost" {
		s.hit = true
		return store.ErrUnavailable
	}
	err := s.Admin.Apply(ctx, changes...)
	if now == "answer lost" {
		s.hit = true
		return store.ErrUnavailable
	}
	return err
}

// AUN-I0, IDN-I9, IDN-050, IDN-051: tenants made of any templates, methods and first
// administrator, with writes that are lost and answers that are: a tenant is not there,
// or has a policy for every template that it adopted, a way in, and its administrator.
func TestCreateTenant_in_any_shape_is_whole_or_not_there(t *testing.T) {
	t.Parallel()
	onStores(t, 1, 10, func(w walk) {
		r := w.rig()
		wire := &torn{Admin: r.ident.Admin}
		r.ident.Admin = wire
		ts, op, ctx := r.tenants(), opScope(t), t.Context()
		all := r.accounts.Templates()
		for i := range rapid.IntRange(1, 4).Draw(w.T, "tenants") {
			b := authn.Bootstrap{Slug: chance(w.T, "slug", "acme", "acme", "other", "system", "Not A Slug")}
			for range rapid.IntRange(0, 3).Draw(w.T, "templates") {
				b.Templates = append(b.Templates, chance(w.T, "template", all[0], all[0], all[1], all[1], all[2]))
			}
			for range rapid.IntRange(0, 2).Draw(w.T, "methods") {
				b.Methods = append(b.Methods, methods(w.T))
			}
			if rapid.Bool().Draw(w.T, "admin") {
				b.Admin = &authn.NewAccount{Email: chance(w.T, "address", ada, bob, "nobody")}
			}
			wire.plan, wire.hit = []string{chance(w.T, "write", "works", "works", "lost", "answer lost"), chance(w.T, "next write", "works", "lost", "answer lost")}, false
			_, before := r.stores.Identity.TenantBySlug(ctx, b.Slug)
			row, err := ts.CreateTenant(ctx, op, b)
			lost := wire.hit
			wire.plan = nil
			v, there := r.stores.Identity.TenantBySlug(ctx, b.Slug)
			switch {
			case err == nil && (there != nil || v.Tenant.ID != row.ID):
				w.Fatalf("tenant %d: made, and not there: %v", i, there)
			case err != nil && before != nil && there == nil && !lost:
				w.Fatalf("tenant %d: refused with %v, and there", i, err)
			case there != nil || before == nil:
				continue // not there, or there before
			}
			if r.waysIn(v.Tenant.ID) == 0 || v.Tenant.Status != identity.TenantActive {
				w.Fatalf("tenant %d: %+v", i, v)
			}
			for _, m := range v.Methods {
				if m.Enabled && len(m.Steps) == 1 && m.Steps[0].Has(factor.Password) && r.accounts.PasswordPolicy().Min < password.MinAlone {
					w.Fatalf("tenant %d: a short password alone: %+v", i, m)
				}
			}
			if b.Admin == nil {
				continue
			}
			id, _ := identity.NewIdentifier(identity.Email, b.Admin.Email)
			acct, err := r.stores.Identity.AccountByIdentifier(ctx, v.Tenant.ID, id.Kind, id.Canonical)
			if err != nil || acct.User.State != identity.PendingActivation || len(acct.Credentials) != 0 || !acct.HoldsConsole() {
				w.Fatalf("tenant %d: an administrator %+v, %v", i, acct, err)
			}
		}
	})
}
