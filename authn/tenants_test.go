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
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

func (c *countedAdmin) Tenants(ctx context.Context, op identity.OperatorScope, after string, limit int) ([]identity.Tenant, error) {
	if err := c.at("Tenants"); err != nil {
		return nil, err
	}
	return c.Admin.Tenants(ctx, op, after, limit)
}

func (c *countedAdmin) Users(ctx context.Context, t identity.TenantID, after identity.UserCursor, limit int) ([]identity.User, error) {
	if err := c.at("Users"); err != nil {
		return nil, err
	}
	return c.Admin.Users(ctx, t, after, limit)
}

// opScope is leave to do what operators do.
func opScope(t testing.TB) identity.OperatorScope {
	t.Helper()
	h, err := identity.System("a ticket")
	if err != nil {
		t.Fatal(err)
	}
	op, err := identity.Operate(h)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

func (r *rig) tenants() *authn.Tenants { return authn.NewTenants(r.accounts) }

func (r *rig) tenantNow() identity.Tenant {
	r.t.Helper()
	v, err := r.stores.Identity.TenantByID(r.t.Context(), r.tenant)
	must(r.t, err)
	return v.Tenant
}

// kinds counts the events of a kind.
func (r *rig) events(kind string) int {
	r.t.Helper()
	n := 0
	for _, line := range r.story(nil) {
		if strings.HasPrefix(line, kind+" ") {
			n++
		}
	}
	return n
}

// IDN-034, IDN-I8, SES-197: after the verb nobody of the tenant is signed in or
// signs in, also from a login in its middle; its end gives no session back.
func TestSuspendTenant_ends_everything_and_gives_nothing_back(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	signedIn, midway := r.browser().signIn(ada), r.browser()
	midway.begin(ada)
	must(t, r.tenants().SuspendTenant(t.Context(), opScope(t), r.tenant))
	if got := r.tenantNow(); got.Status != identity.TenantSuspended || got.Detail.Reason != "a ticket" || !got.Detail.Since.Equal(r.clock.Now()) {
		t.Errorf("%+v", got)
	}
	if signedIn.signedIn() {
		t.Error("a session outlives the tenant's suspension")
	}
	if out, err := midway.verify(pw(goodPassword)); is[authn.Completed](out) || midway.signedIn() {
		t.Errorf("a login was completed: %T, %v", out, err)
	}
	if out := r.browser().begin(ada); !is[authn.TenantSuspended](out) {
		t.Errorf("%T", out)
	}
	must(t, r.tenants().SuspendTenant(t.Context(), opScope(t), r.tenant))
	must(t, r.tenants().UnsuspendTenant(t.Context(), opScope(t), r.tenant))
	must(t, r.tenants().UnsuspendTenant(t.Context(), opScope(t), r.tenant))
	if signedIn.signedIn() || midway.signedIn() {
		t.Error("a session came back")
	}
	r.browser().signIn(ada)
	if got := fmt.Sprint(r.events("tenant_suspended"), r.events("tenant_unsuspended")); got != "1 1" {
		t.Errorf("events %s", got)
	}
}

// AUN-023: a tenant may say itself that its suspension shall not show.
func TestSuspendTenant_is_hidden_where_the_tenant_says_so(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	r.sets(identity.TenantSettings{HideStatus: true})
	must(t, r.tenants().SuspendTenant(t.Context(), opScope(t), r.tenant))
	b := r.browser()
	if out := b.begin(ada); !is[authn.StepRequired](out) {
		t.Errorf("%T", out)
	}
	if out := b.try(pw(goodPassword)); !is[authn.Rejected](out) || b.signedIn() {
		t.Errorf("%T", out)
	}
}

// IDN-035, IDN-030: a deletion acts as a suspension with a date, is taken back to
// Suspended before it and not after, and keeps its date when it is asked for again.
func TestDeleteTenant_can_be_taken_back_until_its_time(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b, ctx, op, at := r.browser().signIn(ada), t.Context(), opScope(t), r.clock.Now()
	due, err := r.tenants().DeleteTenant(ctx, op, r.tenant, 0)
	must(t, err)
	if got := r.tenantNow(); !due.Equal(at.Add(30*24*time.Hour)) || got.Status != identity.TenantDeleting || !got.Detail.PurgeAt.Equal(due) {
		t.Errorf("due %v, %+v", due, got)
	}
	if b.signedIn() || r.opens(ada, goodPassword) {
		t.Error("somebody of a tenant that is being deleted is signed in")
	}
	r.clock.Advance(time.Hour)
	if again, err := r.tenants().DeleteTenant(ctx, op, r.tenant, 25*time.Hour); err != nil || !again.Equal(due) {
		t.Errorf("again: %v, %v", again, err)
	}
	for name, verb := range map[string]func(context.Context, identity.OperatorScope, identity.TenantID) error{
		"suspend": r.tenants().SuspendTenant, "unsuspend": r.tenants().UnsuspendTenant,
	} {
		if err := verb(ctx, op, r.tenant); !errors.Is(err, authn.ErrTenantStatus) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, r.tenants().RestoreTenant(ctx, op, r.tenant))
	if got := r.tenantNow(); got.Status != identity.TenantSuspended || !got.Detail.PurgeAt.IsZero() || b.signedIn() {
		t.Errorf("restored: %+v", got)
	}
	must(t, r.tenants().RestoreTenant(ctx, op, r.tenant))
	must(t, r.tenants().UnsuspendTenant(ctx, op, r.tenant))
	if err := r.tenants().RestoreTenant(ctx, op, r.tenant); !errors.Is(err, authn.ErrTenantStatus) {
		t.Errorf("of an active tenant: %v", err)
	}
	due, err = r.tenants().DeleteTenant(ctx, op, r.tenant, 24*time.Hour)
	must(t, err)
	r.clock.Set(due)
	if err := r.tenants().RestoreTenant(ctx, op, r.tenant); !errors.Is(err, authn.ErrTenantStatus) {
		t.Errorf("when its time has come: %v", err)
	}
	if got := r.events("tenant_deleted"); got != 2 {
		t.Errorf("%d events", got)
	}
}

// IDN-034, IDN-035, IDN-036: what is refused is refused before any I/O.
func TestTenants_refuse_before_any_call(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, op, ts := t.Context(), opScope(t), r.tenants()
	named := authn.TenantUpdate{Slug: "x", Expect: 1}
	verbs := map[string]func(op identity.OperatorScope, id identity.TenantID) error{
		"suspend":   func(op identity.OperatorScope, id identity.TenantID) error { return ts.SuspendTenant(ctx, op, id) },
		"unsuspend": func(op identity.OperatorScope, id identity.TenantID) error { return ts.UnsuspendTenant(ctx, op, id) },
		"restore":   func(op identity.OperatorScope, id identity.TenantID) error { return ts.RestoreTenant(ctx, op, id) },
		"delete": func(op identity.OperatorScope, id identity.TenantID) error {
			_, err := ts.DeleteTenant(ctx, op, id, 0)
			return err
		},
		"update": func(op identity.OperatorScope, id identity.TenantID) error {
			u := named
			u.Tenant = id
			return ts.UpdateTenant(ctx, op, u)
		},
	}
	r.work.take()
	for name, verb := range verbs {
		if err := verb(identity.OperatorScope{}, r.tenant); !errors.Is(err, store.ErrBadArgument) {
			t.Errorf("%s without a scope: %v", name, err)
		}
		if err := verb(op, identity.SystemTenant); !errors.Is(err, identity.ErrSystemTenant) {
			t.Errorf("%s of the system tenant: %v", name, err)
		}
		if err := verb(op, identity.TenantID{}); !errors.Is(err, identity.ErrInvalidID) {
			t.Errorf("%s of no tenant: %v", name, err)
		}
	}
	for _, grace := range []time.Duration{-1, time.Second, 24*time.Hour - 1, 367 * 24 * time.Hour} {
		var fe *authn.FieldError
		if _, err := ts.DeleteTenant(ctx, op, r.tenant, grace); !errors.As(err, &fe) || fe.Field != "grace" {
			t.Errorf("grace %v: %v", grace, err)
		}
	}
	var inv *identity.InvalidError
	for name, u := range map[string]authn.TenantUpdate{
		"slug": {Slug: "Root!"}, "name": {Slug: "x", DisplayName: "a\x00b"},
		"settings": {Slug: "x", Settings: identity.TenantSettings{DeviceRetention: -1}},
	} {
		u.Tenant = r.tenant
		if err := ts.UpdateTenant(ctx, op, u); !errors.As(err, &inv) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ts.Tenants(ctx, identity.OperatorScope{}, "", 10); !errors.Is(err, store.ErrBadArgument) {
		t.Errorf("list: %v", err)
	}
	for name, b := range map[string]authn.Bootstrap{
		"slug": {Slug: "system"}, "name": {Slug: "x", DisplayName: "a\x00b"},
		"methods":  {Slug: "x", Methods: []identity.Method{{Name: "m"}}},
		"settings": {Slug: "x", Settings: identity.TenantSettings{DeviceRetention: -1}},
	} {
		if _, err := ts.CreateTenant(ctx, op, b); err == nil {
			t.Errorf("created with a bad %s", name)
		}
	}
	if _, err := ts.CreateTenant(ctx, identity.OperatorScope{}, authn.Bootstrap{Slug: "x"}); !errors.Is(err, store.ErrBadArgument) {
		t.Errorf("created without a scope: %v", err)
	}
	if got := r.work.take(); got != "" {
		t.Errorf("calls: %s", got)
	}
	absent := identity.NewTenantID(r.entropy)
	for name, verb := range verbs {
		if err := verb(op, absent); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s of a tenant that is not there: %v", name, err)
		}
	}
	if r.audited() != "" {
		t.Error("a refusal left an event")
	}
}

// IDN-050, IDN-051: a tenant comes with its methods and its event, once per slug.
func TestCreateTenant_makes_a_whole_tenant(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made, err := r.tenants().CreateTenant(t.Context(), opScope(t), authn.Bootstrap{Slug: "acme", DisplayName: "Acme", Methods: authn.MFAMethods()})
	must(t, err)
	v, err := r.stores.Identity.TenantBySlug(t.Context(), "acme")
	must(t, err)
	if v.Tenant.ID != made.ID || v.Tenant.Status != identity.TenantActive || v.Tenant.DisplayName != "Acme" || len(v.Methods) != 1 {
		t.Errorf("%+v", v)
	}
	if _, err := r.tenants().CreateTenant(t.Context(), opScope(t), authn.Bootstrap{Slug: "acme"}); !errors.Is(err, store.ErrExists) {
		t.Errorf("twice: %v", err)
	}
	if r.events("tenant_created") != 1 {
		t.Error("not one event")
	}
}

// FAC-020: no tenant lets a short password sign in alone.
func TestCreateTenant_keeps_short_passwords_from_signing_in_alone(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(_ *authn.Config, a *authn.AccountsConfig) { a.Policy = password.Policy{Min: 8} })
	var fe *authn.FieldError
	if _, err := r.tenants().CreateTenant(t.Context(), opScope(t), authn.Bootstrap{Slug: "acme"}); !errors.As(err, &fe) {
		t.Errorf("%v", err)
	}
	_, err := r.tenants().CreateTenant(t.Context(), opScope(t), authn.Bootstrap{Slug: "acme", Methods: authn.MFAMethods()})
	must(t, err)
}

// sets gives the tenant other settings.
func (r *rig) sets(s identity.TenantSettings) {
	r.t.Helper()
	was := r.tenantNow()
	must(r.t, r.tenants().UpdateTenant(r.t.Context(), opScope(r.t), authn.TenantUpdate{
		Tenant: r.tenant, Expect: was.Version, Slug: was.Slug, DisplayName: was.DisplayName, Settings: s,
	}))
}

// IDN-030: settings change from the version that was seen, keep the secrets, and
// the event names what changed; what changes nothing writes nothing.
func TestUpdateTenant_changes_from_what_was_seen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.tenant = identity.NewTenantID(r.entropy)
	must(t, r.stores.Identity.Apply(t.Context(), identity.NewTenant{Tenant: identity.Tenant{
		ID: r.tenant, Slug: "old", Status: identity.TenantActive, Secrets: []byte("sealed"), CreatedAt: r.clock.Now(), UpdatedAt: r.clock.Now(),
	}}))
	u := authn.TenantUpdate{
		Tenant: r.tenant, Expect: 1, Slug: "new", DisplayName: "New",
		Settings: identity.TenantSettings{Friendly: true, HideStatus: true, DeviceRetention: time.Hour, Methods: identity.MethodsInherit},
	}
	must(t, r.tenants().UpdateTenant(t.Context(), opScope(t), u))
	if got := r.tenantNow(); got.Slug != "new" || got.DisplayName != "New" || !got.Settings.Friendly || string(got.Secrets) != "sealed" || got.Version != 2 {
		t.Errorf("%+v", got)
	}
	if err := r.tenants().UpdateTenant(t.Context(), opScope(t), u); !errors.Is(err, store.ErrConflict) {
		t.Errorf("from a version that is gone: %v", err)
	}
	u.Expect = 2
	must(t, r.tenants().UpdateTenant(t.Context(), opScope(t), u))
	u.Slug = "default"
	if err := r.tenants().UpdateTenant(t.Context(), opScope(t), u); !errors.Is(err, store.ErrExists) {
		t.Errorf("a slug that is taken: %v", err)
	}
	if got := strings.Join(r.story(nil), "\n"); got !=
		"tenant_config_changed success by=system by:system settings:[device_retention display_name friendly hide_status methods slug]" {
		t.Errorf("events:\n%s", got)
	}
}

// IDN-031: the list of tenants shows no secrets, and nothing without its event.
func TestTenants_are_listed_with_an_event_or_not(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, slug := range []string{"b", "a", "c"} {
		must(t, r.stores.Identity.Apply(t.Context(), identity.NewTenant{Tenant: identity.Tenant{
			ID: identity.NewTenantID(r.entropy), Slug: slug, Status: identity.TenantActive, Secrets: []byte("sealed"),
		}}))
	}
	list, err := r.tenants().Tenants(t.Context(), opScope(t), "a", 2)
	must(t, err)
	if len(list) != 2 || list[0].Slug != "b" || list[1].Slug != "c" || list[0].Secrets != nil {
		t.Errorf("%+v", list)
	}
	if r.events("tenants_listed") != 1 || !strings.Contains(r.audited(), identity.SystemTenant.String()) {
		t.Errorf("told %s", r.audited())
	}
	r.failing(map[string]error{"Record/identity.Append": errPlug})
	if list, err := r.tenants().Tenants(t.Context(), opScope(t), "", 10); list != nil || !errors.Is(err, errPlug) {
		t.Errorf("shown without an event: %v, %v", list, err)
	}
}

// IDN-034, IDN-067: of 64 that move a tenant at once one does, and all succeed;
// deletion and suspension never mix.
func TestTenants_move_once_of_many(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	op, ts := opScope(t), r.tenants()
	errs := make([]error, 64)
	var start, over sync.WaitGroup
	start.Add(1)
	for i := range errs {
		over.Go(func() {
			start.Wait()
			errs[i] = ts.SuspendTenant(context.Background(), op, r.tenant)
		})
	}
	start.Done()
	over.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	if got := r.events("tenant_suspended"); got != 1 {
		t.Errorf("%d events", got)
	}
	due := make([]time.Time, 64)
	for i := range due {
		over.Go(func() {
			due[i], errs[i] = ts.DeleteTenant(context.Background(), op, r.tenant, 24*time.Hour+time.Duration(i)*time.Hour)
		})
	}
	over.Wait()
	must(t, errors.Join(errs...))
	for i := range due {
		if !due[i].Equal(r.tenantNow().Detail.PurgeAt) {
			t.Errorf("told %v, is %v", due[i], r.tenantNow().Detail.PurgeAt)
		}
	}
}

// lostAck makes the nth Apply and loses its answer.
type lostAck struct {
	identity.Admin
	nth int
}

func (l *lostAck) Apply(ctx context.Context, changes ...identity.Change) error {
	err := l.Admin.Apply(ctx, changes...)
	if l.nth--; l.nth == 0 && err == nil {
		return store.ErrUnavailable
	}
	return err
}

// IDN-034, IDN-035, IDN-I9: with any call failing, before its effect or after it, a
// verb says so, has done all or nothing, and done again it is done once.
func TestTenants_do_all_or_nothing_whatever_fails(t *testing.T) {
	t.Parallel()
	op := opScope(t)
	deleting := func(r *rig) {
		_, err := r.tenants().DeleteTenant(t.Context(), op, r.tenant, 0)
		must(t, err)
	}
	suspended := func(r *rig) { must(t, r.tenants().SuspendTenant(t.Context(), op, r.tenant)) }
	for name, tc := range map[string]struct {
		before func(r *rig)
		verb   func(r *rig) error
		to     identity.TenantStatus
		kind   string
		events int
	}{
		"suspend": {func(*rig) {}, func(r *rig) error { return r.tenants().SuspendTenant(t.Context(), op, r.tenant) },
			identity.TenantSuspended, "tenant_suspended", 1},
		"unsuspend": {suspended, func(r *rig) error { return r.tenants().UnsuspendTenant(t.Context(), op, r.tenant) },
			identity.TenantActive, "tenant_unsuspended", 1},
		"delete": {func(*rig) {}, func(r *rig) error {
			_, err := r.tenants().DeleteTenant(t.Context(), op, r.tenant, 0)
			return err
		}, identity.TenantDeleting, "tenant_deleted", 1},
		"restore": {deleting, func(r *rig) error { return r.tenants().RestoreTenant(t.Context(), op, r.tenant) },
			identity.TenantSuspended, "tenant_suspended", 1},
	} {
		for nth := 1; ; nth++ {
			r := newRig(t)
			tc.before(r)
			was := r.tenantNow().Status
			hit := r.cut(nth)
			err := tc.verb(r)
			r.mend()
			if hit() == "" {
				must(t, err)
				break
			}
			if err == nil || r.tenantNow().Status != was || r.events(tc.kind) != 0 {
				t.Errorf("%s without %s: %v, status %d", name, hit(), err, r.tenantNow().Status)
			}
		}
		r := newRig(t)
		tc.before(r)
		inner := r.ident.Admin
		r.ident.Admin = &lostAck{inner, 1}
		if err := tc.verb(r); !errors.Is(err, store.ErrUnavailable) || r.tenantNow().Status != tc.to {
			t.Errorf("%s with its answer lost: %v", name, err)
		}
		r.ident.Admin = inner
		must(t, tc.verb(r))
		if got := r.events(tc.kind); got != tc.events {
			t.Errorf("%s: %d events", name, got)
		}
	}
	r := newRig(t)
	r.cut(1)
	_, err := r.tenants().CreateTenant(t.Context(), op, authn.Bootstrap{Slug: "acme"})
	r.mend()
	if _, gone := r.stores.Identity.TenantBySlug(t.Context(), "acme"); !errors.Is(err, errPlug) || !errors.Is(gone, store.ErrNotFound) || r.audited() != "" {
		t.Errorf("created by half: %v, %v", err, gone)
	}
}

// SES-199: sessions kept elsewhere: the change stands, and the verb says that their
// end is owed.
func TestSuspendTenant_says_when_the_end_of_sessions_is_owed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.ident.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Apply") {
			return fmt.Errorf("%w: %w", identity.ErrNotRevoked, store.ErrUnavailable)
		}
		return nil
	})
	var re *authn.RevocationError
	if err := r.tenants().SuspendTenant(t.Context(), opScope(t), r.tenant); !errors.As(err, &re) || !re.Changed || re.Revoked {
		t.Errorf("%v", err)
	}
}

// IDN-033: where a tenant is stopped, nobody of it is looked for.
func TestBeginLogin_asks_for_the_tenant_before_anybody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	must(t, r.tenants().SuspendTenant(t.Context(), opScope(t), r.tenant))
	b := r.browser()
	r.work.take()
	if out := b.begin(ada); !is[authn.TenantSuspended](out) {
		t.Errorf("%T", out)
	}
	if w := r.work.take(); w != "TenantByID=1" {
		t.Errorf("work: %s", w)
	}
}

// IDN-031, AUN-132: a request that names a tenant is about that one, in every verb that
// names none itself; its links lead to that tenant's own origin and open nowhere else.
func TestWithTenant_holds_for_every_verb(t *testing.T) {
	t.Parallel()
	var acme identity.TenantID
	r := newRig(t, func(_ *authn.Config, a *authn.AccountsConfig) {
		a.BaseOf = func(id identity.TenantID) string {
			if id == acme {
				return "https://acme.example/auth"
			}
			return ""
		}
	})
	r.person(ada)
	row, err := r.tenants().CreateTenant(t.Context(), opScope(t), authn.Bootstrap{Slug: "acme"})
	must(t, err)
	acme = row.ID
	there := func(ctx context.Context) context.Context { return authn.WithTenant(ctx, acme) }
	if _, err := r.accounts.BeginReset(there(t.Context()), ada); err != nil || len(r.mails()) != 0 {
		t.Errorf("a reset for somebody of another tenant is mailed: %v", err)
	}
	b := r.browser()
	b.do(func(ctx context.Context, s *session.Session) {
		_, err = r.accounts.BeginSignup(there(ctx), s, authn.NewUser{Email: ada, Password: secret(goodPassword)})
	})
	must(t, err)
	if m := r.mails(); len(m) != 1 || !strings.Contains(m[0].Text, "https://acme.example/auth/verify") {
		t.Errorf("%d mails", len(m))
	}
	link := r.link()
	for name, ctx := range map[string]func(context.Context) context.Context{
		"the tenant itself": there, "no tenant": func(ctx context.Context) context.Context { return ctx },
		"another one": func(ctx context.Context) context.Context { return authn.WithTenant(ctx, r.tenant) },
	} {
		b.do(func(c context.Context, s *session.Session) { _, err = r.accounts.ViewLink(ctx(c), s, link) })
		if refused := errors.Is(err, authn.ErrTokenInvalid); refused != (name == "another one") {
			t.Errorf("a link at %s: %v", name, err)
		}
	}
	claim, err := r.accounts.ClaimLink(there(t.Context()))
	if err != nil || !strings.HasPrefix(claim, "https://acme.example/auth/activate") {
		t.Errorf("%s, %v", claim, err)
	}
	var out authn.LoginOutcome
	b.do(func(ctx context.Context, s *session.Session) {
		out, err = r.accounts.BeginLogin(there(ctx), s, authn.LoginRequest{Identifier: ada})
	})
	if err != nil || !is[authn.StepRequired](out) {
		t.Fatalf("%T, %v", out, err)
	}
	if out := b.try(pw(goodPassword)); !is[authn.Rejected](out) {
		t.Errorf("somebody of another tenant: %T", out)
	}
}
