package authn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// AUN-020, AUN-030: whatever bytes come in, a login begins.
func TestBegin_takes_any_bytes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i, typed := range []string{
		"a\xff@example.org", "\xc3\x28", "a\u202eb@example.org", "\ufeff", "\ue000@example.org", "a\u0085b", "a\u2028b@example.org",
		strings.Repeat("\xff", 5000), strings.Repeat("é", 200), "@", "a@b@c", "\x00",
	} {
		b := r.browser()
		b.addr = fmt.Sprintf("203.0.113.%d:1", i)
		out, ok := b.begin(typed).(authn.StepRequired)
		if !ok {
			t.Errorf("%.20q: %T", typed, out)
			continue
		}
		if strings.ContainsAny(out.Menu.Identifier, "\u202e\ufeff\u2028\u0085\x00") || strings.Contains(out.Menu.Identifier, "\xff") {
			t.Errorf("%.20q: the page would repeat %q", typed, out.Menu.Identifier)
		}
		if res := b.try(pw(goodPassword)); !is[authn.Rejected](res) {
			t.Errorf("%.20q: %T", typed, res)
		}
	}
}

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

// FAC-015: a record with other parameters is renewed by a right password, also of
// somebody with a second step, and the login does not depend on it.
func TestRehash_follows_a_right_password(t *testing.T) {
	t.Parallel()
	for _, second := range []bool{false, true} {
		r := newRig(t)
		u := r.person(ada)
		show := func() string { return "" }
		if second {
			show = r.app(u)
		}
		other, err := password.New(password.Config{Params: password.Lean()})
		must(t, err)
		body, err := other.Hash(r.entropy, secret(goodPassword))
		must(t, err)
		must(t, r.stores.Identity.Apply(t.Context(),
			identity.DropCredential{Subject: u.Subject(), ID: r.held(ada, factor.Password)[0].ID, Expect: 1},
			identity.PutCredential{Credential: r.row(u.Subject(), factor.Password, body)}))
		r.clock.Advance(time.Minute)
		version := func() uint64 { return r.held(ada, factor.Password)[0].Version }
		b := r.browser()
		b.begin(ada)
		b.try(pw("not the right password"))
		if version() != 1 {
			t.Fatal("a wrong password renewed the record")
		}
		out := b.try(pw(goodPassword))
		if second {
			out = b.try(code(show()))
		}
		if !is[authn.Completed](out) || version() != 2 {
			t.Fatalf("second step %v: %T, version %d", second, out, version())
		}
		if !r.opens(ada, goodPassword) || version() != 2 {
			t.Fatal("the renewed record does not verify, or is renewed again")
		}
		if n := strings.Count(r.audited(), `"password_rehashed"`); n != 1 {
			t.Fatalf("%d events", n)
		}
	}
}
