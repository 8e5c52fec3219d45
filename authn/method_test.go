package authn_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// twoMethods is a tenant that offers a password or an app, each alone.
func twoMethods(r *rig) {
	r.t.Helper()
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.PutMethod{
		Scope: identity.TenantScope(r.tenant), Method: identity.Method{
			Name: "app", Priority: 9, Enabled: true, Steps: []identity.Step{identity.Required(factor.TOTP)},
		},
	}))
}

func (b *browser) selects(name string) (out authn.PrepareOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) { out, err = b.r.accounts.SelectMethod(ctx, s, name) })
	return out, err
}

// AUN-012: a person may choose among what the tenant offers.
func TestSelect_changes_the_method(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	twoMethods(r)
	u := r.person(ada)
	rec, err := totp.New(r.entropy, totp.Policy{})
	must(t, err)
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutCredential{Credential: r.row(u.Subject(), factor.TOTP, rec.Encode())}))
	r.clock.Advance(time.Minute)
	b := r.browser()
	if _, err := b.selects("app"); !errors.Is(err, authn.ErrNoFlow) {
		t.Fatalf("without a login: %v", err)
	}
	first := b.begin(ada).(authn.StepRequired)
	if fmt.Sprint(first.Menu.Methods) != "[password app]" || first.Menu.Method != "password" {
		t.Fatalf("menu: %+v", first.Menu)
	}
	if _, err := b.selects("nothing"); !errors.Is(err, authn.ErrMethodUnknown) {
		t.Fatalf("got %v", err)
	}
	ready, err := b.selects("app")
	if m := ready.(authn.Ready).Menu; err != nil || m.Method != "app" || m.Options[0] != factor.TOTP {
		t.Fatalf("%+v, %v", ready, err)
	}
	if out := b.try(code(codeFor(rec, r.clock.Now()))); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
}

// IDN-073, AUN-030: who asked for a second step cannot be signed in through a
// method of the tenant that does not know it, and the answers say nothing.
func TestSelect_is_no_way_around_a_second_step(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	twoMethods(r)
	r.person(bob)
	u := r.person(ada)
	show := r.app(u) // password and app
	r.clock.Advance(time.Minute)
	trace := func(who string) string {
		b := r.browser()
		b.begin(who)
		out, err := b.selects("app")
		said := fmt.Sprintf("%T %v", out, err)
		res, err := b.verify(code(show()))
		if b.signedIn() {
			t.Errorf("%s: one factor signed in", who)
		}
		return fmt.Sprintf("%s; %T %v", said, res, err)
	}
	want := trace("nobody@example.org")
	for _, who := range []string{ada, bob} {
		if got := trace(who); got != want {
			t.Errorf("%s: %s, nobody: %s", who, got, want)
		}
	}
}

// AUN-030, AUN-031: the menu of an unknown tenant behaves like one.
func TestSelect_in_an_unknown_tenant(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, tenant := range []identity.TenantID{r.tenant, identity.NewTenantID(r.entropy)} {
		b := r.browser()
		b.do(func(ctx context.Context, s *session.Session) {
			out, err := r.accounts.BeginLogin(ctx, s, authn.LoginRequest{Tenant: tenant, Identifier: "nobody@example.org"})
			if !is[authn.StepRequired](out) || err != nil {
				t.Errorf("begin: %T, %v", out, err)
			}
		})
		if out, err := b.selects("password"); err != nil || !is[authn.Ready](out) {
			t.Errorf("%T, %v", out, err)
		}
	}
}

// AUN-012, AUN-042
func TestPrepare_says_whether_a_factor_can_be_asked_for(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser()
	prepare := func(kind identity.Kind) (out authn.PrepareOutcome, err error) {
		b.do(func(ctx context.Context, s *session.Session) { out, err = r.accounts.PrepareFactor(ctx, s, kind) })
		return out, err
	}
	if _, err := prepare(factor.Password); !errors.Is(err, authn.ErrNoFlow) {
		t.Fatalf("without a login: %v", err)
	}
	b.begin(ada)
	if out, err := prepare(factor.Password); err != nil || !is[authn.Ready](out) {
		t.Fatalf("%T, %v", out, err)
	}
	for _, kind := range []identity.Kind{factor.TOTP, factor.EmailLink, "nonsense"} {
		if _, err := prepare(kind); !errors.Is(err, authn.ErrStepMismatch) {
			t.Fatalf("%s: %v", kind, err)
		}
	}
}

// IDN-075: a method of one person that is over counts as absent from that moment on,
// swept or not.
func TestMethod_that_is_over(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	r.app(u)
	acct, _ := r.account(ada)
	brief := acct.Methods[0]
	brief.ExpiresAt = r.clock.Now().Add(time.Hour)
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutMethod{Scope: identity.UserScope(u.Subject()), Method: brief}))
	signIn := func() (out authn.FactorOutcome) {
		b := r.browser()
		b.begin(ada)
		return b.try(pw(goodPassword))
	}
	r.clock.Advance(time.Hour - time.Second)
	if out := signIn(); !is[authn.StepRequired](out) {
		t.Errorf("before its end: %T", out)
	}
	r.clock.Advance(time.Second)
	if out := signIn(); !is[authn.Completed](out) {
		t.Errorf("at its end: %T", out)
	}
}
