package authn_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

const (
	inside  = "198.51.100.7:1"
	outside = "203.0.113.9:1"
)

// fenced is a tenant whose people sign in from one network alone.
func fenced(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	r.person(ada)
	r.sets(identity.TenantSettings{Network: identity.NetworkPolicy{
		Allow: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}, Deny: []netip.Prefix{netip.MustParsePrefix("198.51.100.66/32")},
	}})
	return r
}

// IDN-038: a rule holds for what an address is, not for how it is written; no
// address is no leave.
func TestNetwork_decides_who_signs_in(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{
		inside: true, "[::ffff:198.51.100.7]:1": true, outside: false, "198.51.100.66:1": false,
		"[::ffff:198.51.100.66]:1": false, "[::ffff:203.0.113.9]:1": false, "[fe80::1%eth0]:1": false, "": false,
	} {
		r := fenced(t)
		b := r.browser()
		b.addr = addr
		if out := b.begin(ada); !is[authn.StepRequired](out) {
			t.Errorf("%q: %T", addr, out)
		}
		if out := b.try(pw(goodPassword)); is[authn.Completed](out) != want || b.signedIn() != want {
			t.Errorf("%q: %T", addr, out)
		}
		if told := strings.Contains(strings.Join(r.reasons(), ","), "failure network"); told == want {
			t.Errorf("%q: %q", addr, r.reasons())
		}
	}
}

// IDN-038: a login that was begun inside is not carried on from outside, at no step
// of it; the attempt is a failed one, and the event says why.
func TestNetwork_is_asked_at_every_factor(t *testing.T) {
	t.Parallel()
	r := fenced(t)
	acct, _ := r.account(ada)
	show := r.app(acct.User)
	b := r.browser()
	b.addr = inside
	b.begin(ada)
	b.addr = outside
	if out := b.try(pw(goodPassword)); !is[authn.Rejected](out) {
		t.Errorf("first factor: %T", out)
	}
	b.addr = inside
	if out := b.try(pw(goodPassword)); !is[authn.StepRequired](out) {
		t.Fatalf("inside: %T", out)
	}
	b.addr = outside
	if out := b.try(code(show())); !is[authn.Rejected](out) || b.signedIn() {
		t.Errorf("second factor: %T", out)
	}
	if got := strings.Count(strings.Join(r.story(nil), "\n"), "factor_verified failure network"); got != 2 {
		t.Errorf("%d events", got)
	}
	b.addr = inside
	if out := b.try(code(show())); !is[authn.Completed](out) {
		t.Errorf("inside again: %T", out) // the code was not spent outside
	}
}

// IDN-038: a step-up is asked too, also when the rule is younger than the login.
func TestNetwork_is_asked_at_a_step_up(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser()
	b.addr = outside
	b.signIn(ada)
	r.clock.Advance(600e9)
	r.sets(identity.TenantSettings{Network: identity.NetworkPolicy{Deny: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}}})
	if out, err := b.stepsUp(authn.Requirement{MaxAge: 1e9, AnyOf: []identity.Kind{"password"}}); err != nil || !is[authn.StepRequired](out) {
		t.Fatalf("%T, %v", out, err)
	}
	if out := b.try(pw(goodPassword)); !is[authn.Rejected](out) {
		t.Errorf("%T", out)
	}
}

// IDN-038, AUN-030, AUN-I2: who is refused for the network does the work of
// nobody, call for call, at the begin and at the factor; and so does nobody inside.
func TestNetwork_refusal_works_like_nobody(t *testing.T) {
	t.Parallel()
	for _, from := range []string{inside, outside} {
		var begins, factors []string
		for _, who := range []string{ada, "nobody@example.org"} {
			r := fenced(t)
			b := r.browser()
			b.addr = from
			r.work.take()
			b.begin(who)
			begins = append(begins, r.work.take())
			b.try(pw("wrong horse battery staple"))
			factors = append(factors, r.work.take())
		}
		if begins[0] != begins[1] || factors[0] != factors[1] || !strings.Contains(factors[0], "TenantByID=1") {
			t.Errorf("from %s: %q, %q", from, begins, factors)
		}
	}
	var refused []string
	for _, who := range []string{ada, "nobody@example.org"} {
		r := fenced(t)
		b := r.browser()
		b.addr = inside
		b.begin(who)
		b.addr = outside
		r.work.take()
		b.try(pw(goodPassword))
		refused = append(refused, r.work.take())
	}
	if refused[0] != refused[1] {
		t.Errorf("right password outside %q, nobody %q", refused[0], refused[1])
	}
}

// IDN-038: from outside nobody signs up, and no link to a new password is sent.
func TestNetwork_is_asked_at_sign_up_and_reset(t *testing.T) {
	t.Parallel()
	r := fenced(t)
	b := r.browser()
	b.addr = outside
	if _, err := b.signUp("new@example.org", goodPassword); err == nil {
		t.Error("signed up from outside")
	}
	b.addr = inside
	if _, err := b.signUp("new@example.org", goodPassword); err != nil {
		t.Error(err)
	}
	for from, want := range map[string]string{inside: "password_reset_requested success", outside: "password_reset_requested failure network"} {
		b.addr = from
		var err error
		b.do(func(ctx context.Context, _ *session.Session) { _, err = r.accounts.BeginReset(ctx, ada) })
		must(t, err)
		if got := strings.Join(r.story(nil), "\n"); strings.Count(got, want) != 1 {
			t.Errorf("from %s:\n%s", from, got)
		}
	}
}

// IDN-038: nor is a sign-up finished from outside, or a password chosen behind a link;
// both links go on working inside.
func TestNetwork_is_asked_when_links_are_used(t *testing.T) {
	t.Parallel()
	r := fenced(t)
	b := r.browser()
	b.addr = inside
	signUp := b.asks("new@example.org", goodPassword)
	var err error
	b.do(func(ctx context.Context, _ *session.Session) { _, err = r.accounts.BeginReset(ctx, ada) })
	must(t, err)
	reset := r.linkTo(ada, authn.NoteReset)
	resets := func() (err error) {
		b.do(func(ctx context.Context, _ *session.Session) {
			err = r.accounts.CompleteReset(ctx, reset, secret("a staple that no horse has eaten"))
		})
		return err
	}
	b.addr = outside
	if _, err := b.confirm(signUp, ""); !errors.Is(err, authn.ErrSignUpClosed) {
		t.Errorf("confirmed from outside: %v", err)
	}
	if err := resets(); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("a password from outside: %v", err)
	}
	b.addr = inside
	if err := resets(); err != nil {
		t.Errorf("a password from inside: %v", err)
	}
	if _, err := b.confirm(signUp, ""); err != nil {
		t.Errorf("confirmed from inside: %v", err)
	}
}

// IDN-038: a tenant that does not answer at a factor is an outage, charged to nobody.
func TestNetwork_that_cannot_be_asked_is_unavailable(t *testing.T) {
	t.Parallel()
	r := fenced(t)
	b := r.browser()
	b.addr = inside
	b.begin(ada)
	r.failing(map[string]error{"TenantByID": errPlug})
	if out := b.try(pw(goodPassword)); !is[authn.Unavailable](out) {
		t.Errorf("%T", out)
	}
	r.mend()
	if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
		t.Errorf("%T", out)
	}
}
