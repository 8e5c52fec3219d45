package authn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// strict makes the tenant ask everybody for an app.
func strict(r *rig) *rig {
	r.t.Helper()
	r.offers(authn.MFAMethods()[0])
	return r
}

func (r *rig) offers(m identity.Method) {
	r.t.Helper()
	must(r.t, r.stores.Identity.Apply(r.t.Context(), identity.PutMethod{Scope: identity.TenantScope(r.tenant), Method: m}))
}

// opensLink confirms a link and returns the app that waits to be set up.
func (b *browser) opensLink(link, password string) authn.Enrolment {
	b.r.t.Helper()
	done, err := b.confirm(link, password)
	if err != nil || !done.NeedsApp || done.SignedIn {
		b.r.t.Fatalf("%+v, %v", done, err)
	}
	return b.setsUp(link)
}

func (b *browser) setsUp(link string) authn.Enrolment {
	b.r.t.Helper()
	v, err := b.view(link)
	if err != nil || v.App == nil || v.NeedsPassword {
		b.r.t.Fatalf("%+v, %v", v, err)
	}
	return *v.App
}

func (b *browser) completes(link, typed string) (out authn.FactorOutcome, err error) {
	b.r.t.Helper()
	b.do(func(ctx context.Context, s *session.Session) {
		out, err = b.r.accounts.CompleteSignup(ctx, s, link, code(typed))
	})
	return out, err
}

// AUN-124, PRD-016: where everybody needs an app, a sign-up has one before it has
// an account, and the session has both factors.
func TestSignup_with_an_app(t *testing.T) {
	t.Parallel()
	r := strict(newRig(t))
	b := r.browser()
	link := b.asks(ada, goodPassword)
	r.clock.Advance(time.Hour)
	e := b.opensLink(link, "")
	// Nothing is written before the app is there: no account, no session, and the
	// link still works.
	acct, _ := r.account(ada)
	if acct.User.State != identity.Candidate || len(acct.Credentials) != 1 || b.signedIn() || r.opens(ada, goodPassword) {
		t.Fatalf("before the app: %+v", acct)
	}
	show, before := r.codes(e), b.cookie()
	if out, err := b.completes(link, "000000"); err != nil || !is[authn.Rejected](out) || b.signedIn() {
		t.Fatalf("a wrong code: %T, %v", out, err)
	}
	typed := show()
	if out, err := b.completes(link, typed); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	st, ok := b.state().(session.Authenticated)
	if !ok || b.cookie() == before {
		t.Fatalf("state %T, new id %v", b.state(), b.cookie() != before)
	}
	if ev := st.Evidence(); fmt.Sprint(kinds(ev)) != "[email_link password totp]" || identity.Assess(ev).AAL != identity.AAL2 {
		t.Fatalf("evidence: %+v", ev)
	}
	acct, _ = r.account(ada)
	if u := acct.User; u.State != identity.Active || !u.EmailVerifiedAt.Equal(r.clock.Now()) || !u.LastLoginAt.Equal(r.clock.Now()) || len(acct.Methods) != 0 {
		t.Fatalf("account: %+v, methods %v", u, acct.Methods)
	}
	for _, kind := range []string{"signup_completed", "factor_enabled", "authenticated"} {
		if !strings.Contains(r.audited(), `"`+kind+`"`) {
			t.Errorf("no event %s", kind)
		}
	}
	if _, err := b.completes(link, typed); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("twice: %v", err)
	}
	// From now on the password alone is half of it, and the code is spent.
	other := r.browser()
	other.begin(ada)
	if out := other.try(pw(goodPassword)); !is[authn.StepRequired](out) || other.signedIn() {
		t.Fatalf("the password alone: %T", out)
	}
	if out := other.try(code(typed)); !is[authn.Rejected](out) {
		t.Errorf("the code of the sign-up signs in: %T", out)
	}
	r.clock.Advance(30 * time.Second)
	if out := other.try(code(show())); !is[authn.Completed](out) {
		t.Errorf("%T", out)
	}
}

func kinds(ev []identity.Evidence) (out []identity.Kind) {
	for _, e := range ev {
		out = append(out, e.Kind)
	}
	return out
}

// AUN-032, AUN-124, AUN-I14: in another browser the link asks for a password of
// its own, and what waited from whoever began goes with the account's first write.
func TestSignup_with_an_app_in_another_browser(t *testing.T) {
	t.Parallel()
	r := strict(newRig(t))
	mallory, owner := r.browser(), r.browser()
	link := mallory.asks(ada, mallorys)
	if v, err := owner.view(link); err != nil || !v.NeedsPassword || v.App != nil {
		t.Fatalf("view: %+v, %v", v, err)
	}
	var policy *password.PolicyError
	if _, err := owner.confirm(link, "short"); !errors.As(err, &policy) {
		t.Fatalf("got %v", err)
	}
	e := owner.opensLink(link, owners)
	if r.opens(ada, owners) || r.opens(ada, mallorys) {
		t.Fatal("a password opens a candidate")
	}
	if out, err := owner.completes(link, r.codes(e)()); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	if _, err := mallory.confirm(link, ""); !errors.Is(err, authn.ErrTokenInvalid) || !owner.signedIn() || mallory.signedIn() {
		t.Fatalf("owner %T, mallory %T", owner.state(), mallory.state())
	}
	if n := len(r.held(ada, factor.Password)); n != 1 {
		t.Fatalf("%d passwords", n)
	}
	r.clock.Advance(time.Minute)
	b := r.browser()
	b.begin(ada)
	if out := b.try(pw(mallorys)); !is[authn.Rejected](out) {
		t.Fatalf("mallory's password: %T", out)
	}
	if out := b.try(pw(owners)); !is[authn.StepRequired](out) {
		t.Fatalf("the owner's password: %T", out)
	}
	if got := fmt.Sprint(r.subjects()); !strings.Contains(got, "password_set") {
		t.Errorf("mails %s", got)
	}
}

// AUN-032: nobody is shown the key of an app, or sets one up, without the mailed
// link and the password of this very sign-up in one browser.
func TestSignup_with_an_app_is_for_whoever_proved_the_link(t *testing.T) {
	t.Parallel()
	r := strict(newRig(t))
	b, other := r.browser(), r.browser()
	link := b.asks(ada, goodPassword)
	forged := strings.Repeat("A", len(link))
	for name, c := range map[string]struct {
		b    *browser
		link string
		want error
	}{
		"before the link was confirmed": {b, link, authn.ErrNoEnrolment},
		"without the link":              {b, forged, authn.ErrTokenInvalid},
		"no link":                       {b, "", authn.ErrTokenInvalid},
		"another browser":               {other, link, authn.ErrNoEnrolment},
	} {
		if out, err := c.b.completes(c.link, "123456"); !errors.Is(err, c.want) {
			t.Errorf("%s: %T, %v", name, out, err)
		}
	}
	// An app that somebody signed in is about to add is no app of a sign-up.
	member := strict(newRig(t))
	member.person(bob)
	member.offers(authn.DefaultMethods()[0])
	inside := member.browser().signIn(bob)
	pending, err := inside.beginTOTP()
	must(t, err)
	strict(member)
	if _, err := inside.completes(member.browser().asks(ada, goodPassword), member.codes(pending)()); !errors.Is(err, authn.ErrNoEnrolment) {
		t.Fatalf("signed in as somebody else: %v", err)
	}
	// The one that began has set up its app; a thief of the link alone has not.
	show := r.codes(b.opensLink(link, ""))
	if v, err := other.view(link); err != nil || v.App != nil {
		t.Fatalf("another browser sees the app: %+v, %v", v, err)
	}
	if _, err := other.completes(link, show()); !errors.Is(err, authn.ErrNoEnrolment) {
		t.Fatalf("another browser with a right code: %v", err)
	}
	// Who signs in with the password, guessed or known, gets nowhere.
	guesser := r.browser()
	guesser.begin(ada)
	if out := guesser.try(pw(goodPassword)); !is[authn.Rejected](out) {
		t.Fatalf("%T", out)
	}
	// The workflow of the second kind is nothing without what was entered in it.
	thief := r.browser()
	thief.opensLink(link, owners)
	second := r.browser().asks(bob, goodPassword)
	if v, err := thief.view(second); err != nil || v.App != nil || !v.NeedsPassword {
		t.Errorf("the link of another sign-up: %+v, %v", v, err)
	}
	if out, err := b.completes(link, show()); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	if _, err := thief.completes(link, show()); !errors.Is(err, authn.ErrTokenInvalid) || thief.signedIn() {
		t.Fatalf("after it was over: %v", err)
	}
	if !b.signedIn() {
		t.Error("signed out by the loser")
	}
}

// FAC-006, AUN-126: the key lives ten minutes, the link a day; confirming again
// makes another key, and the first is worth nothing.
func TestSignup_with_an_app_can_be_left_and_resumed(t *testing.T) {
	t.Parallel()
	for _, here := range []bool{true, false} {
		r := strict(newRig(t))
		b := r.browser()
		link := b.asks(ada, goodPassword)
		if !here {
			b = r.browser()
		}
		old := r.codes(b.opensLink(link, owners))
		r.clock.Advance(11 * time.Minute)
		if v, err := b.view(link); err != nil || v.App != nil || v.NeedsPassword {
			t.Fatalf("here %v: %+v, %v", here, v, err)
		}
		if _, err := b.completes(link, old()); !errors.Is(err, authn.ErrNoEnrolment) {
			t.Fatalf("here %v: %v", here, err)
		}
		show := r.codes(b.opensLink(link, ""))
		if out, err := b.completes(link, old()); err != nil || !is[authn.Rejected](out) {
			t.Fatalf("here %v: the old key: %T, %v", here, out, err)
		}
		if out, err := b.completes(link, show()); err != nil || !is[authn.Completed](out) {
			t.Fatalf("here %v: %T, %v", here, out, err)
		}
		late := strict(newRig(t))
		l := late.browser()
		link = l.asks(ada, goodPassword)
		show = late.codes(l.opensLink(link, ""))
		late.clock.Advance(24 * time.Hour)
		if _, err := l.completes(link, show()); !errors.Is(err, authn.ErrTokenInvalid) || l.signedIn() {
			t.Fatalf("a link of yesterday: %v", err)
		}
	}
}

// AUN-123: starting over ends what was under way.
func TestSignup_with_an_app_ends_when_the_address_starts_over(t *testing.T) {
	t.Parallel()
	for _, here := range []bool{true, false} {
		r := strict(newRig(t))
		b := r.browser()
		link := b.asks(ada, goodPassword)
		if !here {
			b = r.browser()
		}
		show := r.codes(b.opensLink(link, owners))
		r.browser().asks(ada, mallorys)
		if _, err := b.completes(link, show()); !errors.Is(err, authn.ErrTokenInvalid) || b.signedIn() {
			t.Errorf("here %v: %v", here, err)
		}
	}
}

// AUN-I15: of any number that complete one sign-up at once, in two browsers, one
// succeeds.
func TestSignup_with_an_app_in_parallel_is_one(t *testing.T) {
	t.Parallel()
	r := strict(newRig(t))
	one, two := r.browser(), r.browser()
	link := one.asks(ada, goodPassword)
	first, second := r.codes(one.opensLink(link, "")), r.codes(two.opensLink(link, owners))
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			b, show := one, first
			if i%2 == 1 {
				b, show = two, second
			}
			out, err := b.completes(link, show())
			switch {
			case is[authn.Completed](out):
				won.Add(1)
			case errors.Is(err, authn.ErrTokenInvalid), errors.Is(err, authn.ErrNoEnrolment), errors.Is(err, authn.ErrFlowSuperseded):
			default:
				t.Errorf("%T, %v", out, err)
			}
		})
	}
	wg.Wait()
	if acct, ok := r.account(ada); !ok || won.Load() > 1 || acct.User.State != identity.Active || len(acct.Credentials) != 3 {
		t.Fatalf("%d won, %+v", won.Load(), acct)
	}
	if one.signedIn() && two.signedIn() {
		t.Error("both are signed in")
	}
}

// AUN-124: a store that fails anywhere leaves a Candidate, or an account with both
// factors, and never a session with one.
func TestSignup_with_an_app_and_faults(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"Apply/", "Update", "Rotate", "Record/identity.RecordLogin"} {
		for _, here := range []bool{true, false} {
			r := strict(newRig(t))
			b := r.browser()
			link := b.asks(ada, goodPassword)
			if !here {
				b = r.browser()
			}
			show := r.codes(b.opensLink(link, owners))
			down := func(verb string) error {
				if strings.HasPrefix(verb, at) {
					return store.ErrUnavailable
				}
				return nil
			}
			r.ident.hook(down)
			r.store.hook(down)
			out, err := b.completes(link, show())
			r.ident.hook(nil)
			r.store.hook(nil)
			if err == nil && is[authn.Completed](out) {
				t.Errorf("%s, here %v: %T", at, here, out)
			}
			acct, _ := r.account(ada)
			switch acct.User.State {
			case identity.Candidate:
				if b.signedIn() || len(r.held(ada, factor.TOTP)) != 0 {
					t.Errorf("%s, here %v: a candidate is signed in or has an app", at, here)
				}
			default:
				if len(r.held(ada, factor.TOTP)) != 1 || len(r.held(ada, factor.Password)) != 1 || b.signedIn() {
					t.Errorf("%s, here %v: %+v, signed in %v", at, here, acct, b.signedIn())
				}
			}
		}
	}
}

// PRD-016: who is signed in keeps their session, and the link.
func TestSignup_with_an_app_under_a_login(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(bob)
	b := r.browser().signIn(bob)
	strict(r)
	link := r.browser().asks(ada, goodPassword)
	if _, err := b.confirm(link, owners); !errors.Is(err, authn.ErrSignedIn) || !b.signedIn() {
		t.Fatalf("got %v", err)
	}
	r.browser().opensLink(link, owners)
}

// FAC-013: a link buys a bounded number of hashes.
func TestSignup_with_an_app_bounds_what_a_link_hashes(t *testing.T) {
	t.Parallel()
	r := strict(newRig(t))
	link := r.browser().asks(ada, goodPassword)
	before := r.hasher.Evaluations()
	var stopped *authn.ThrottledError
	for range 40 {
		if _, err := r.browser().confirm(link, owners); errors.As(err, &stopped) {
			break
		}
	}
	if n := r.hasher.Evaluations() - before; stopped == nil || n > 20 {
		t.Fatalf("%d hashes, stopped %v", n, stopped)
	}
}

// AUN-122: a tenant in which nobody could sign in with what a sign-up sets up
// takes none, also between asking and confirming.
func TestSignup_where_nobody_could_sign_in(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	link := b.asks(ada, goodPassword)
	must(t, r.stores.Identity.Apply(t.Context(), identity.PutMethod{
		Scope: identity.TenantScope(r.tenant), Method: identity.Method{
			Name: "password", Enabled: true, Steps: []identity.Step{identity.Required(factor.Password), identity.Required("passkey")},
		},
	}))
	if _, err := b.confirm(link, ""); !errors.Is(err, authn.ErrSignUpClosed) || b.signedIn() {
		t.Fatalf("confirm: %v", err)
	}
	if _, err := r.browser().signUp(bob, goodPassword); !errors.Is(err, authn.ErrSignUpClosed) {
		t.Fatalf("sign up: %v", err)
	}
}

// FAC-005, PRD-016: where everybody needs an app the last one stays; a second one
// makes the first removable, and nobody gets a method of their own.
func TestRemove_of_the_last_app_where_everybody_needs_one(t *testing.T) {
	t.Parallel()
	r := strict(newRig(t))
	b := r.browser()
	link := b.asks(ada, goodPassword)
	if out, err := b.completes(link, r.codes(b.opensLink(link, ""))()); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	if out, err := b.removeTOTP(r.apps(ada)[0]); !errors.Is(err, authn.ErrLastFactor) || len(r.apps(ada)) != 1 {
		t.Fatalf("%T, %v", out, err)
	}
	r.clock.Advance(time.Minute)
	b.enrols("second")
	if acct, _ := r.account(ada); len(acct.Methods) != 0 {
		t.Fatalf("methods of their own: %v", acct.Methods)
	}
	if out, err := b.removeTOTP(r.apps(ada)[0]); err != nil || !is[authn.Completed](out) || len(r.apps(ada)) != 1 {
		t.Fatalf("%T, %v", out, err)
	}
	r.offers(authn.DefaultMethods()[0])
	if out, err := b.removeTOTP(r.apps(ada)[0]); err != nil || !is[authn.Completed](out) || len(r.apps(ada)) != 0 {
		t.Fatalf("where it is a choice: %T, %v", out, err)
	}
}

// AUN-124, PRD-016: what the tenant asks for when the account is made counts; an
// app that was set up is asked for.
func TestSignup_with_an_app_where_the_tenant_changed(t *testing.T) {
	t.Parallel()
	for _, here := range []bool{true, false} {
		r := strict(newRig(t))
		b, word := r.browser(), goodPassword
		link := b.asks(ada, word)
		if !here {
			b, word = r.browser(), owners
		}
		show := r.codes(b.opensLink(link, word))
		r.offers(identity.Method{
			Name: "password", Enabled: true, Steps: []identity.Step{identity.Required(factor.Password), identity.Required("passkey")},
		})
		if out, err := b.completes(link, show()); !errors.Is(err, authn.ErrSignUpClosed) || b.signedIn() {
			t.Fatalf("here %v: nobody could sign in: %T, %v", here, out, err)
		}
		r.offers(authn.DefaultMethods()[0])
		if out, err := b.completes(link, show()); err != nil || !is[authn.Completed](out) {
			t.Fatalf("here %v: %T, %v", here, out, err)
		}
		in := r.browser()
		in.begin(ada)
		if out := in.try(pw(word)); !is[authn.StepRequired](out) {
			t.Errorf("here %v: an app was set up, and the password alone leads to %T", here, out)
		}
	}
}

// UIX-086: the account reads the language of whoever proved the address.
func TestSignup_with_an_app_elsewhere_keeps_the_language_of_the_owner(t *testing.T) {
	t.Parallel()
	r := strict(newRig(t))
	link := r.browser().asks(ada, mallorys)
	owner := r.browser()
	show := r.codes(owner.opensLink(link, owners))
	owner.do(func(ctx context.Context, s *session.Session) {
		if out, err := r.accounts.CompleteSignup(authn.WithLanguage(ctx, "de"), s, link, code(show())); err != nil || !is[authn.Completed](out) {
			t.Errorf("%T, %v", out, err)
		}
	})
	if acct, _ := r.account(ada); acct.User.Language != "de" {
		t.Errorf("language %q", acct.User.Language)
	}
}

// AUN-124: one browser that goes from one sign-up to another takes nothing along.
func TestSignup_with_an_app_takes_nothing_from_another_sign_up(t *testing.T) {
	t.Parallel()
	r := strict(newRig(t))
	b := r.browser()
	one := b.asks(ada, goodPassword)
	show := r.codes(b.opensLink(one, ""))
	two := b.asks(bob, goodPassword)
	if v, err := b.view(two); err != nil || v.App != nil {
		t.Errorf("the second shows %+v, %v", v, err)
	}
	if out, err := b.completes(two, show()); !errors.Is(err, authn.ErrNoEnrolment) {
		t.Errorf("the app of the first completes the second: %T, %v", out, err)
	}
	if v, err := b.view(one); err != nil || v.App != nil || !v.NeedsPassword {
		t.Errorf("the first shows %+v, %v", v, err)
	}
	if out, err := b.completes(one, show()); !errors.Is(err, authn.ErrNoEnrolment) {
		t.Errorf("the first: %T, %v", out, err)
	}
	// The same where the links are opened and passwords chosen elsewhere.
	o := r.browser()
	show = r.codes(o.opensLink(one, owners))
	before := o.cookie()
	e := o.opensLink(two, owners)
	if o.cookie() == before {
		t.Error("the session id stays from one to the other")
	}
	if out, err := o.completes(one, show()); !errors.Is(err, authn.ErrNoEnrolment) {
		t.Errorf("%T, %v", out, err)
	}
	if out, err := o.completes(two, r.codes(e)()); err != nil || !is[authn.Completed](out) {
		t.Errorf("%T, %v", out, err)
	}
}
