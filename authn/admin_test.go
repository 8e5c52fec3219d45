package authn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

const eve = "eve@example.org"

// office is a rig with an administrator.
type office struct {
	*rig
	admin *authn.Admin
	boss  identity.User
}

func newOffice(t *testing.T, with ...func(*authn.AdminConfig)) *office {
	t.Helper()
	r := newRig(t)
	return &office{r, r.desk(with...), r.person(eve)}
}

func (r *rig) desk(with ...func(*authn.AdminConfig)) *authn.Admin {
	r.t.Helper()
	cfg := authn.AdminConfig{Accounts: r.accounts}
	for _, w := range with {
		w(&cfg)
	}
	a, err := authn.NewAdmin(cfg)
	must(r.t, err)
	return a
}

func human(t *testing.T, sub identity.Subject) identity.Human {
	t.Helper()
	h, err := identity.NewHuman(identity.HumanFields{Subject: sub})
	must(t, err)
	return h
}

func operator(t *testing.T) identity.Human {
	t.Helper()
	h, err := identity.System("operator")
	must(t, err)
	return h
}

func (o *office) order(u identity.User) authn.Order {
	o.t.Helper()
	return authn.Order{Actor: human(o.t, o.boss.Subject()), Subject: u.Subject(), Reason: "ticket 7"}
}

// verbs are all orders, by name.
func (o *office) verbs() map[string]func(context.Context, authn.Order) error {
	return map[string]func(context.Context, authn.Order) error{
		"suspend": o.admin.Suspend, "activate": o.admin.Activate, "terminate": o.admin.Terminate, "archive": o.admin.Archive,
		"restore": o.admin.Restore, "erase": o.admin.Erase, "clear_attempts": o.admin.ClearAttempts,
		"initiate_reset": o.admin.InitiateReset, "reset_factors": o.admin.ResetFactors, "resend_activation": o.admin.ResendActivation, "mark_compromised": o.admin.MarkCompromised,
		"disable_factor": func(ctx context.Context, x authn.Order) error {
			return o.admin.DisableFactor(ctx, x, o.first(x.Subject))
		},
		"enable_factor": func(ctx context.Context, x authn.Order) error {
			return o.admin.EnableFactor(ctx, x, o.first(x.Subject))
		},
		"add_name": func(ctx context.Context, x authn.Order) error {
			return o.admin.AddName(ctx, x, named(identity.Username, "lovelace"))
		},
		"remove_name": func(ctx context.Context, x authn.Order) error {
			return o.admin.RemoveName(ctx, x, named(identity.Username, "ada"))
		},
	}
}

// first is the oldest credential of an account; zero without.
func (o *office) first(s identity.Subject) (id identity.CredentialID) {
	if acct, err := o.stores.Identity.AccountByID(context.Background(), s); err == nil && len(acct.Credentials) > 0 {
		id = acct.Credentials[0].ID
	}
	return id
}

// in is a new person whose account is in a state.
func (o *office) in(s identity.UserState, email string) identity.User {
	o.t.Helper()
	u := o.person(email)
	u = o.read(u)
	must(o.t, o.stores.Identity.Apply(o.t.Context(), identity.EraseUser{Subject: u.Subject(), From: u.State}))
	u.State = s
	must(o.t, o.stores.Identity.Apply(o.t.Context(), identity.NewUser{User: u}))
	return u
}

// read is the row of a user; zero if there is none.
func (r *rig) read(u identity.User) identity.User {
	r.t.Helper()
	acct, err := r.stores.Identity.AccountByID(r.t.Context(), u.Subject())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		r.t.Fatal(err)
	}
	return acct.User
}

// told counts the events of a kind.
func (r *rig) eventsOf(kind string) int {
	return strings.Count(r.audited(), `"kind":"`+kind+`"`)
}

// AUN-110: there is nothing to be had without accounts.
func TestNewAdmin_refuses(t *testing.T) {
	t.Parallel()
	_, err := authn.NewAdmin(authn.AdminConfig{})
	var f *authn.FieldError
	if !errors.As(err, &f) || f.Field != "Accounts" {
		t.Errorf("%v", err)
	}
}

// AUN-110: whom an order is refused, before anything of the account is read or
// changed.
func TestAdmin_refuses_an_order(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.person(ada)
	gone := o.in(identity.Terminated, "gone@example.org")
	acting, err := identity.NewHuman(identity.HumanFields{
		Subject: o.boss.Subject(), Actor: &identity.Actor{
			Subject: u.Subject(), AuthnTime: o.clock.Now(), Evidence: []identity.Evidence{{Kind: "password", Class: 1, At: o.clock.Now()}},
		},
	})
	must(t, err)
	for name, tc := range map[string]struct {
		change func(*authn.Order)
		want   error
		but    string // the verb that takes it
	}{
		"no reason":       {func(x *authn.Order) { x.Reason = "" }, authn.ErrReason, ""},
		"a long reason":   {func(x *authn.Order) { x.Reason = strings.Repeat("a", 513) }, authn.ErrReason, ""},
		"a control":       {func(x *authn.Order) { x.Reason = "a\nb" }, authn.ErrReason, ""},
		"not UTF-8":       {func(x *authn.Order) { x.Reason = "a\xff" }, authn.ErrReason, ""},
		"an end":          {func(x *authn.Order) { x.Until = o.clock.Now().Add(time.Hour) }, nil, "suspend"},
		"an end in past":  {func(x *authn.Order) { x.Until = o.clock.Now() }, nil, ""},
		"nobody":          {func(x *authn.Order) { x.Actor = identity.Human{} }, authn.ErrNotAuthenticated, ""},
		"a stopped actor": {func(x *authn.Order) { x.Actor = human(t, gone.Subject()) }, authn.ErrNotAuthenticated, ""},
		"a lost actor": {func(x *authn.Order) {
			x.Actor = human(t, identity.Subject{Tenant: o.tenant, User: identity.NewUserID(o.entropy)})
		}, authn.ErrNotAuthenticated, ""},
		"somebody in another's name": {func(x *authn.Order) { x.Actor = acting }, authn.ErrNotAuthenticated, ""},
		"nobody to do it to":         {func(x *authn.Order) { x.Subject.User = identity.NewUserID(o.entropy) }, store.ErrNotFound, ""},
	} {
		for verb, do := range o.verbs() {
			if verb == tc.but {
				continue
			}
			x := o.order(u)
			tc.change(&x)
			err := do(t.Context(), x)
			var f *authn.FieldError
			if tc.want != nil && !errors.Is(err, tc.want) || tc.want == nil && (!errors.As(err, &f) || f.Field != "Until") {
				t.Errorf("%s: %s: %v", name, verb, err)
			}
		}
	}
	if got := o.read(u); got.State != identity.Active {
		t.Errorf("state %d", got.State)
	}
	long := o.order(u)
	long.Reason = strings.Repeat("a", 512)
	must(t, o.admin.Suspend(t.Context(), long))
}

// AUN-110: nobody ends their own account with an administrator's verb, unless the
// program says so; and nobody ever lifts their own lock.
func TestAdmin_and_oneself(t *testing.T) {
	t.Parallel()
	self := func(o *office) authn.Order { return o.order(o.boss) }
	for _, verb := range []string{"suspend", "terminate", "archive", "erase", "clear_attempts", "disable_factor", "enable_factor", "reset_factors"} {
		o := newOffice(t)
		if err := o.verbs()[verb](t.Context(), self(o)); !errors.Is(err, authn.ErrSelf) || o.read(o.boss).State != identity.Active {
			t.Errorf("%s: %v", verb, err)
		}
		o = newOffice(t, func(c *authn.AdminConfig) { c.AllowSelf = true })
		err := o.verbs()[verb](t.Context(), self(o))
		if verb == "disable_factor" {
			must(t, err)
			continue
		}
		if verb == "clear_attempts" || verb == "enable_factor" || verb == "reset_factors" {
			if !errors.Is(err, authn.ErrSelf) {
				t.Errorf("%s: %v", verb, err)
			}
			continue
		}
		must(t, err)
		if o.read(o.boss).State == identity.Active || !strings.Contains(o.audited(), `"by":"self"`) || strings.Contains(o.audited(), `"actor"`) {
			t.Errorf("%s of oneself: state %d\n%s", verb, o.read(o.boss).State, o.audited())
		}
	}
}

// IDN-032: an account of another tenant is not there, at the same cost as one that
// is nowhere, and the attempt leaves a trace in the tenant of who made it.
func TestAdmin_another_tenant(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	other := identity.NewTenantID(o.entropy)
	must(t, o.stores.Identity.Apply(t.Context(), identity.NewTenant{
		Tenant:  identity.Tenant{ID: other, Slug: "other", Status: identity.TenantActive, CreatedAt: o.clock.Now(), UpdatedAt: o.clock.Now()},
		Methods: authn.DefaultMethods(),
	}))
	u := o.person(ada)
	must(t, o.stores.Identity.Apply(t.Context(), identity.EraseUser{Subject: u.Subject(), From: u.State}))
	u.Tenant = other
	must(t, o.stores.Identity.Apply(t.Context(), identity.NewUser{User: u}))
	// Whoever is here has the same id as somebody there: the answer is no other.
	twin := o.person("twin@example.org")
	there := twin
	there.Tenant, there.WebAuthnHandle, there.AuditHandle = other, entropy.Bytes32(o.entropy), entropy.Bytes16(o.entropy)
	for verb, do := range o.verbs() {
		x := o.order(u)
		x.Subject.Tenant, x.Subject.User = o.tenant, identity.NewUserID(o.entropy)
		o.work.take()
		absent, before := do(t.Context(), x), o.eventsOf("cross_tenant_refused")
		work := o.work.take()
		if before != 0 {
			before = o.eventsOf("cross_tenant_refused")
		}
		foreign := do(t.Context(), o.order(u))
		if got := o.work.take(); got != work || work == "" {
			t.Errorf("%s: absent %s\nforeign %s", verb, work, got)
		}
		if !errors.Is(absent, store.ErrNotFound) || fmt.Sprint(absent) != fmt.Sprint(foreign) {
			t.Errorf("%s: absent %v, foreign %v", verb, absent, foreign)
		}
		if n := o.eventsOf("cross_tenant_refused"); n != before+1 || !strings.Contains(o.audited(), `"operation":"account.`+verb+`"`) {
			t.Errorf("%s: %d events after %d", verb, n, before)
		}
		if err := do(t.Context(), o.order(there)); !errors.Is(err, store.ErrNotFound) || o.read(twin).State != identity.Active {
			t.Errorf("%s of a twin: %v", verb, err)
		}
	}
	if strings.Contains(o.audited(), other.String()) || o.read(u).State != identity.Active {
		t.Error("the event names the other tenant, or the account was touched")
	}
	x := o.order(u)
	x.Actor = operator(t)
	must(t, o.admin.Suspend(t.Context(), x))
	if o.read(u).State != identity.Suspended {
		t.Error("the system does not reach the other tenant")
	}
}
