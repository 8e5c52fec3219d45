package authn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

func steps(name string, kinds ...identity.Kind) identity.Method {
	m := identity.Method{Name: name, Enabled: true}
	for _, k := range kinds {
		m.Steps = append(m.Steps, identity.Required(k))
	}
	return m
}

func (r *rig) methodNames() (names []string) {
	r.t.Helper()
	v, err := r.stores.Identity.TenantByID(r.t.Context(), r.tenant)
	must(r.t, err)
	for _, m := range v.Methods {
		names = append(names, fmt.Sprintf("%s:%t", m.Name, m.Enabled))
	}
	return names
}

// IDN-I10, IDN-073: whatever a tenant offers, one way in stays: the last enabled method
// is neither disabled nor removed, and a tenant that has none does not stop inheriting.
func TestPutMethod_leaves_a_way_in(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	ts, op, ctx := r.tenants(), opScope(t), t.Context()
	off := authn.DefaultMethods()[0]
	off.Enabled = false
	refused := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, authn.ErrLastMethod) {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("disabled", ts.PutMethod(ctx, op, r.tenant, off))
	refused("removed", ts.RemoveMethod(ctx, op, r.tenant, "password"))
	must(t, ts.PutMethod(ctx, op, r.tenant, steps("both", factor.Password, factor.TOTP)))
	must(t, ts.PutMethod(ctx, op, r.tenant, steps("both", factor.Password, factor.TOTP))) // writes nothing
	must(t, ts.PutMethod(ctx, op, r.tenant, off))
	if got := fmt.Sprint(r.methodNames()); got != "[both:true password:false]" {
		t.Errorf("offers %s", got)
	}
	refused("the other one", ts.RemoveMethod(ctx, op, r.tenant, "both"))
	must(t, ts.RemoveMethod(ctx, op, r.tenant, "password"))
	must(t, ts.RemoveMethod(ctx, op, r.tenant, "password"))
	refused("now the last", ts.RemoveMethod(ctx, op, r.tenant, "both"))
	if got := fmt.Sprint(r.events("method_enabled"), r.events("method_disabled")); got != "1 2" {
		t.Errorf("events %s", got)
	}
	r.sets(identity.TenantSettings{Methods: identity.MethodsInherit})
	must(t, ts.RemoveMethod(ctx, op, r.tenant, "both"))
	if !r.opens(ada, goodPassword) {
		t.Error("a tenant that inherits does not take the program's methods")
	}
	was := r.tenantNow()
	refused("no longer inherited", ts.UpdateTenant(ctx, op, authn.TenantUpdate{Tenant: r.tenant, Expect: was.Version, Slug: was.Slug}))
	refused("and a disabled row in its place", ts.PutMethod(ctx, op, r.tenant, off))
}

// AUN-011, FAC-020: what no tenant may offer is refused before anything is written.
func TestPutMethod_judges_what_it_is_given(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(_ *authn.Config, a *authn.AccountsConfig) { a.Policy.Min = 8 })
	ts, op, ctx := r.tenants(), opScope(t), t.Context()
	own := steps("own", factor.Password, factor.TOTP)
	own.Reason = "mine"
	var f *authn.FieldError
	r.work.take()
	if err := ts.PutMethod(ctx, op, r.tenant, own); !errors.As(err, &f) {
		t.Errorf("with a reason: %v", err)
	}
	if err := ts.PutMethod(ctx, op, r.tenant, steps("mail", "email_otp")); !errors.Is(err, authn.ErrKindNotConfigured) {
		t.Errorf("an unknown factor: %v", err)
	}
	if err := ts.PutMethod(ctx, op, r.tenant, identity.Method{Name: "empty", Enabled: true}); err == nil {
		t.Error("a method without steps")
	}
	if err := ts.RemoveMethod(ctx, identity.OperatorScope{}, r.tenant, "x"); !errors.Is(err, store.ErrBadArgument) {
		t.Errorf("without a scope: %v", err)
	}
	if err := ts.RemoveMethod(ctx, op, identity.SystemTenant, "x"); !errors.Is(err, identity.ErrSystemTenant) {
		t.Errorf("of the system: %v", err)
	}
	if w := r.work.take(); w != "" {
		t.Errorf("work: %s", w)
	}
	if err := ts.PutMethod(ctx, op, r.tenant, steps("alone", factor.Password)); !errors.As(err, &f) || f.Field != "Methods" {
		t.Errorf("a short password alone: %v", err)
	}
	if err := ts.PutMethod(ctx, op, identity.NewTenantID(r.entropy), steps("x", factor.Password)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
}

// IDN-I10: 64 operators who remove one of two methods each at the same moment leave one.
func TestRemoveMethod_at_once_leaves_one(t *testing.T) {
	t.Parallel()
	for round := range 8 {
		r := newRig(t)
		ts, op := r.tenants(), opScope(t)
		must(t, ts.PutMethod(t.Context(), op, r.tenant, steps("both", factor.Password, factor.TOTP)))
		var wg sync.WaitGroup
		start := make(chan struct{})
		errs := make([]error, 64)
		for i := range errs {
			wg.Go(func() {
				<-start
				errs[i] = ts.RemoveMethod(context.Background(), op, r.tenant, []string{"password", "both"}[i%2])
			})
		}
		close(start)
		wg.Wait()
		if left := r.methodNames(); len(left) != 1 {
			t.Fatalf("round %d: %d methods are left", round, len(left))
		}
		for i, err := range errs {
			if err != nil && !errors.Is(err, authn.ErrLastMethod) && !errors.Is(err, store.ErrConflict) {
				t.Errorf("%d: %v", i, err)
			}
		}
	}
}

// IDN-073: rows that are all disabled stop the resolution, also where the tenant
// inherits; only no row at all takes the program's.
func TestMethods_of_a_tenant_that_inherits(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.sets(identity.TenantSettings{Methods: identity.MethodsInherit})
	off := authn.DefaultMethods()[0]
	off.Enabled = false
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutMethod{Scope: identity.TenantScope(r.tenant), Method: off}))
	if r.opens(ada, goodPassword) {
		t.Error("a disabled method fell through to the program's")
	}
	if _, err := r.browser().signUp("fresh@example.org", goodPassword); !errors.Is(err, authn.ErrSignUpClosed) {
		t.Errorf("sign-up: %v", err)
	}
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutMethod{Scope: identity.TenantScope(r.tenant), Method: off, Remove: true}))
	if !r.opens(ada, goodPassword) {
		t.Error("no row: the program's method was not taken")
	}
	was := r.tenantNow()
	must(t, r.stores.Identity.Apply(t.Context(), identity.UpdateTenant{Tenant: r.tenant, Expect: was.Version, Slug: was.Slug, At: r.clock.Now()}))
	if r.opens(ada, goodPassword) {
		t.Error("a tenant of its own took the program's method")
	}
}

// IDN-050, IDN-052, IDN-053: a tenant is made with what it adopts and an administrator
// who waits for their link; nobody else ever knows a password.
func TestCreateTenant_with_everything(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ts, op, ctx := r.tenants(), opScope(t), t.Context()
	all := r.accounts.Templates()
	row, err := ts.CreateTenant(ctx, op, authn.Bootstrap{
		Slug: "acme", Templates: all[:2], Admin: &authn.NewAccount{Email: ada, DisplayName: "Ada"},
	})
	must(t, err)
	r.tenant = row.ID
	v, err := r.stores.Identity.TenantByID(ctx, row.ID)
	must(t, err)
	if len(v.Policies) != 2 || len(v.Methods) != 1 || v.Methods[0].Name != "default" || len(v.Methods[0].Steps) != 2 {
		t.Errorf("%+v", v)
	}
	acct, ok := r.account(ada)
	if !ok || acct.User.State != identity.PendingActivation || len(acct.Credentials) != 0 || len(acct.Grants) != 1 {
		t.Fatalf("%+v", acct)
	}
	if !acct.HoldsConsole() || len(r.accounts.Roles(ctx, acct)) != 1 {
		t.Error("no administrator")
	}
	if r.opens(ada, goodPassword) {
		t.Error("an account that waits signs in")
	}
	mails := r.mails()
	if len(mails) != 1 || mails[0].To != ada {
		t.Errorf("%d mails", len(mails))
	}
	if got := r.events("tenant_created") + r.events("user_created") + r.events("role_granted"); got != 3 {
		t.Errorf("%d events", got)
	}
	// A program that is configured otherwise later changes no tenant.
	stricter := newRig(t, func(_ *authn.Config, a *authn.AccountsConfig) { a.Policy.Min = 30 })
	if p := stricter.accounts.Templates()[0].Policy; p != (authn.PasswordPolicy{Min: 30}) {
		t.Errorf("template %v", p)
	}
	if p := r.accounts.PasswordPolicyFor(ctx, acct); p.Min != password.MinAlone {
		t.Errorf("adopted %d", p.Min)
	}
}

// IDN-051, IDN-053: what a tenant is made of is judged before anything is asked.
func TestCreateTenant_judges_what_it_adopts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ids := map[string]bool{}
	all := r.accounts.Templates()
	for _, x := range all {
		if ids[x.ID] {
			t.Errorf("two templates %s", x.ID)
		}
		ids[x.ID] = true
		if x.Kind == "email_otp" && x.SecondFactor {
			t.Error("a mailed code counts toward AAL2")
		}
	}
	for _, id := range []string{"password-default", "totp-default", "email-otp-default", "passkey-default", "recovery-default"} {
		if !ids[id] {
			t.Errorf("no template %s", id)
		}
	}
	ts, op := r.tenants(), opScope(t)
	var me *identity.MethodError
	for name, tc := range map[string]struct {
		b    authn.Bootstrap
		fits func(error) bool
	}{
		"a factor that is not adopted": {
			authn.Bootstrap{Templates: all[:1], Methods: []identity.Method{steps("m", factor.Password, factor.TOTP)}},
			func(err error) bool { return errors.As(err, &me) && me.Rule == authn.MethodNotAdopted },
		},
		"no verifier": {
			authn.Bootstrap{Templates: []authn.Template{all[0], all[2]}},
			func(err error) bool { return errors.Is(err, authn.ErrKindNotConfigured) },
		},
		"twice":       {authn.Bootstrap{Templates: []authn.Template{all[0], all[0]}}, ofField("Templates")},
		"nothing":     {authn.Bootstrap{Methods: []identity.Method{steps("m", "email_link")}}, func(err error) bool { return errors.Is(err, authn.ErrNoFactors) }},
		"a bad admin": {authn.Bootstrap{Admin: &authn.NewAccount{Email: "nobody"}}, ofField("email")},
		"short passwords alone": {
			authn.Bootstrap{Templates: []authn.Template{{ID: "x", Kind: factor.Password, Policy: authn.PasswordPolicy{Min: 8}}}}, ofField("Methods"),
		},
	} {
		r.work.take()
		tc.b.Slug = "acme"
		if _, err := ts.CreateTenant(t.Context(), op, tc.b); !tc.fits(err) {
			t.Errorf("%s: %v", name, err)
		}
		if w := r.work.take(); w != "" {
			t.Errorf("%s: work %s", name, w)
		}
	}
}

func ofField(name string) func(error) bool {
	return func(err error) bool {
		var f *authn.FieldError
		return errors.As(err, &f) && f.Field == name
	}
}

// IDN-I9: wherever the creation of a tenant fails, there is nothing of it, or all.
func TestCreateTenant_is_whole_or_not_there(t *testing.T) {
	t.Parallel()
	for nth := 1; ; nth++ {
		r := newRig(t)
		verb := r.cut(nth)
		row, err := r.tenants().CreateTenant(t.Context(), opScope(t), authn.Bootstrap{
			Slug: "acme", Templates: r.accounts.Templates()[:2], Admin: &authn.NewAccount{Email: ada},
		})
		r.mend()
		if verb() == "" {
			must(t, err)
			break
		}
		if err == nil {
			t.Errorf("%s failed in silence", verb())
		}
		if v, err := r.stores.Identity.TenantBySlug(t.Context(), "acme"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("after a failing %s: %+v, %v (%v)", verb(), v, err, row.ID)
		}
	}
}

// IDN-037: a new pepper replaces the old one, which matches for 30 days more; secrets
// of one tenant do not open in another.
func TestRotateFingerprintPepper(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ts, op, ctx := r.tenants(), opScope(t), t.Context()
	if _, err := r.accounts.Peppers(r.tenantNow()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of a tenant without: %v", err)
	}
	row, err := ts.CreateTenant(ctx, op, authn.Bootstrap{Slug: "acme"})
	must(t, err)
	first, err := r.accounts.Peppers(row)
	must(t, err)
	if first.Current == [32]byte{} || first.Former != [32]byte{} {
		t.Errorf("%v", first)
	}
	must(t, ts.RotateFingerprintPepper(ctx, op, row.ID))
	r.tenant = row.ID
	second, err := r.accounts.Peppers(r.tenantNow())
	must(t, err)
	if second.Current == first.Current || second.Former != first.Current {
		t.Errorf("%v after %v", second, first)
	}
	stolen := r.tenantNow()
	stolen.ID = identity.NewTenantID(r.entropy)
	if _, err := r.accounts.Peppers(stolen); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("in another tenant: %v", err)
	}
	r.clock.Advance(30*24*time.Hour - 1)
	if p, _ := r.accounts.Peppers(r.tenantNow()); p.Former != first.Current {
		t.Error("forgotten too early")
	}
	r.clock.Advance(1)
	if p, _ := r.accounts.Peppers(r.tenantNow()); p.Former != [32]byte{} || p.Current != second.Current {
		t.Error("kept for more than 30 days")
	}
	var wg sync.WaitGroup
	errs := make([]error, 64)
	for i := range errs {
		wg.Go(func() { errs[i] = ts.RotateFingerprintPepper(context.Background(), op, row.ID) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil && !errors.Is(err, store.ErrConflict) {
			t.Error(err)
		}
	}
	if err := ts.RotateFingerprintPepper(ctx, identity.OperatorScope{}, row.ID); !errors.Is(err, store.ErrBadArgument) {
		t.Errorf("without a scope: %v", err)
	}
	if list, err := ts.Tenants(ctx, op, "", 10); err != nil || len(list) != 2 || list[0].Secrets != nil {
		t.Errorf("%v, %v", list, err)
	}
}

// IDN-052: the whole way of the first administrator of a new tenant: the link, a
// password, an app, and in.
func TestFirstAdmin_of_a_tenant(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	row, err := r.tenants().CreateTenant(t.Context(), opScope(t), authn.Bootstrap{
		Slug: "acme", Admin: &authn.NewAccount{Email: ada},
	})
	must(t, err)
	home := r.tenant
	r.tenant = row.ID
	link := r.link()
	b := r.browser()
	v, err := b.view(link)
	must(t, err)
	if !v.NeedsPassword {
		t.Errorf("%+v", v)
	}
	e := b.opensLink(link, goodPassword)
	out, err := b.completes(link, r.codes(e)())
	must(t, err)
	if !is[authn.Completed](out) || !b.signedIn() {
		t.Fatalf("%T", out)
	}
	st, _ := b.state().(session.Authenticated)
	if st.Subject().Tenant != row.ID || row.ID == home {
		t.Errorf("in tenant %v", st.Subject().Tenant)
	}
}

// IDN-074: a credential without a person is nobody's, and is not stored; the rules of a
// tenant hold none.
func TestCredentials_are_a_persons(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	row := r.held(ada, factor.Password)[0]
	row.ID, row.User = identity.NewCredentialID(r.entropy), identity.UserID{}
	if err := r.stores.Identity.Apply(t.Context(), identity.PutCredential{Credential: row}); !errors.Is(err, identity.ErrInvalidID) {
		t.Errorf("%v", err)
	}
	for _, x := range r.accounts.Templates() {
		if x.Policy == nil {
			continue
		}
		if body := encoded(t, x.Policy); strings.ContainsAny(body, "$+/=@") || strings.Contains(body, "secret") {
			t.Errorf("%s holds more than policy: %s", x.ID, body)
		}
	}
}
