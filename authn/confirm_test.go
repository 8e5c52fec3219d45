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

// AUN-124, AUN-014, IDN-020
func TestConfirm_in_the_same_browser_activates_and_signs_in(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	link := b.asks(ada, goodPassword)
	before := b.cookie()
	asked := r.clock.Now()
	waiting, _ := r.account(ada)
	must(t, r.stores.Identity.Apply(t.Context(), identity.SetLanguage{ // somebody else touched it meanwhile
		Subject: waiting.User.Subject(), By: identity.SystemUser, At: asked,
	}))
	r.clock.Advance(time.Hour)
	if done, err := b.confirm(link, ""); err != nil || !done.SignedIn {
		t.Fatalf("%+v, %v", done, err)
	}
	st, ok := b.state().(session.Authenticated)
	if !ok || b.cookie() == before {
		t.Fatalf("state %T, new id %v", st, b.cookie() != before)
	}
	ev := st.Evidence()
	if len(ev) != 2 || ev[0].Kind != factor.EmailLink || ev[0].Class != 0 || ev[1].Kind != factor.Password || !ev[1].At.Equal(asked) {
		t.Fatalf("evidence: %+v", ev)
	}
	if a := identity.Assess(ev); a.AAL != identity.AAL1 {
		t.Fatalf("assurance: %+v", a)
	}
	acct, _ := r.account(ada)
	if acct.User.State != identity.Active || !acct.User.EmailVerifiedAt.Equal(r.clock.Now()) || !acct.User.LastLoginAt.Equal(r.clock.Now()) {
		t.Fatalf("account: %+v", acct.User)
	}
	if u := acct.User; u.UpdatedBy != u.ID || !u.UpdatedAt.Equal(r.clock.Now()) || !u.CreatedAt.Equal(asked) || !u.Detail.Since.Equal(r.clock.Now()) {
		t.Fatalf("who and when: %+v", u)
	}
	if !r.opens(ada, goodPassword) {
		t.Fatal("the password does not open the account")
	}
	for _, kind := range []string{"signup_completed", "user_updated", "authenticated"} {
		if !strings.Contains(r.audited(), `"`+kind+`"`) {
			t.Errorf("no event %s", kind)
		}
	}
}

// AUN-124, decisions on the link in another browser: it proves the address and
// nothing else.
func TestConfirm_in_another_browser_trusts_the_address_alone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mallory, owner := r.browser(), r.browser()
	link := mallory.asks(ada, mallorys)
	waiting, _ := r.account(ada)
	if v, err := owner.view(link); err != nil || !v.NeedsPassword || v.Address != "a•••@example.org" {
		t.Fatalf("view: %+v, %v", v, err)
	}
	// A password that is refused leaves the link usable.
	for _, bad := range []string{"", "short", ada, strings.Repeat("x", authn.MaxPassword+1)} {
		var policy *password.PolicyError
		if done, err := owner.confirm(link, bad); !errors.As(err, &policy) || done.SignedIn || owner.signedIn() {
			t.Fatalf("%d bytes: %+v, %v", len(bad), done, err)
		}
	}
	if done, err := owner.confirm(link, owners); err != nil || !done.SignedIn || !owner.signedIn() {
		t.Fatalf("%+v, %v", done, err)
	}
	if !strings.Contains(r.audited(), `"password_changed"`) {
		t.Error("no event says that the first password is not the one that counts")
	}
	acct, _ := r.account(ada)
	if acct.User.State != identity.Active || len(acct.Credentials) != 1 || acct.Credentials[0].ID == waiting.Credentials[0].ID {
		t.Fatalf("account: %+v", acct)
	}
	if st := owner.state().(session.Authenticated); st.Subject() != acct.User.Subject() || identity.Assess(st.Evidence()).AAL != identity.AAL1 {
		t.Fatalf("state: %+v", st)
	}
	if !acct.User.LastLoginAt.Equal(r.clock.Now()) {
		t.Fatal("the login was not recorded")
	}
	if r.opens(ada, mallorys) || !r.opens(ada, owners) {
		t.Fatal("the wrong password opens the account")
	}
	if _, err := mallory.confirm(link, mallorys); !errors.Is(err, authn.ErrTokenInvalid) || mallory.signedIn() {
		t.Fatalf("the browser that began: %v", err)
	}
	if got := fmt.Sprint(r.subjects()); got != "[verify password_set]" {
		t.Fatalf("mails: %s", got)
	}
}

// AUN-123, AUN-124, AUN-I14: the account pre-hijack, from its first step to its
// last.
func TestConfirm_prehijack_leaves_the_attacker_nothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mallory, victim := r.browser(), r.browser()
	link := mallory.asks(ada, mallorys)
	thief := mallory.jar()
	if v, err := mallory.view(link[:63] + "A"); err == nil {
		t.Fatalf("mallory guesses the link: %+v", v)
	}
	// The victim finds a mail and, without having asked for it, opens the link.
	if _, err := victim.confirm(link, mallorys); err != nil {
		t.Fatal(err) // the same password, even: it is the victim's own now
	}
	must(t, r.stores.Identity.Apply(t.Context(), identity.VoidTokens{Subject: victim.state().(session.Authenticated).Subject(), Purpose: identity.TokenSignUp}))
	for i, b := range []*browser{mallory, thief} {
		if b.signedIn() {
			t.Fatalf("browser %d became the victim's", i)
		}
		b.do(func(ctx context.Context, s *session.Session) {
			if _, err := r.accounts.Self(ctx, s); !errors.Is(err, authn.ErrNotAuthenticated) {
				t.Errorf("browser %d reads the account: %v", i, err)
			}
		})
	}
	// And a second one: mallory never had the mail, the victim chose otherwise.
	link = mallory.asks(bob, mallorys)
	if _, err := victim.jar().confirm(link, owners); err != nil {
		t.Fatal(err)
	}
	if r.opens(bob, mallorys) {
		t.Fatal("mallory's password opens the account of the victim")
	}
}

// AUN-I15, FAC-I11
func TestConfirm_in_parallel_has_one_winner(t *testing.T) {
	t.Parallel()
	for _, here := range []bool{true, false} {
		r := newRig(t)
		first := r.browser()
		link := first.asks(ada, goodPassword)
		const n = 64
		browsers := make([]*browser, n)
		var won, signedIn atomic.Int32
		var wg sync.WaitGroup
		for i := range browsers {
			browsers[i] = r.browser()
			if here && i%2 == 0 {
				browsers[i] = first // the same browser, many times over
			}
			wg.Go(func() {
				done, err := browsers[i].confirm(link, fmt.Sprintf("password of browser %d", i))
				switch {
				case err == nil && done.SignedIn:
					won.Add(1)
				case !errors.Is(err, authn.ErrTokenInvalid):
					t.Errorf("browser %d: %+v, %v", i, done, err)
				}
			})
		}
		wg.Wait()
		seen := map[*browser]bool{}
		for _, b := range browsers {
			if !seen[b] && b.signedIn() {
				signedIn.Add(1)
			}
			seen[b] = true
		}
		if won.Load() != 1 || signedIn.Load() != 1 {
			t.Fatalf("here %v: %d won, %d are signed in", here, won.Load(), signedIn.Load())
		}
		if acct, _ := r.account(ada); len(acct.Credentials) != 1 {
			t.Fatalf("%d credentials", len(acct.Credentials))
		}
		if n := strings.Count(r.audited(), `"signup_completed"`); n != 1 {
			t.Fatalf("%d events of one confirmation", n)
		}
	}
}

// AUN-124, SES-201: a revocation between the look at the account and its
// activation stops the activation.
func TestConfirm_elsewhere_racing_a_revocation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	link := r.browser().asks(ada, mallorys)
	acct, _ := r.account(ada)
	r.ident.hook(func(verb string) error {
		if strings.HasPrefix(verb, "Apply") {
			r.ident.hook(nil)
			return r.stores.Session.Raise(context.Background(), identity.UserScope(acct.User.Subject()))
		}
		return nil
	})
	b := r.browser()
	if _, err := b.confirm(link, owners); !errors.Is(err, authn.ErrTokenInvalid) || b.signedIn() {
		t.Fatalf("got %v", err)
	}
	if acct, _ := r.account(ada); acct.User.State != identity.Candidate || len(r.subjects()) != 1 {
		t.Fatal("activated all the same")
	}
}

// AUN-124: an account that may not begin cannot be completed.
func TestConfirm_of_an_account_that_was_stopped(t *testing.T) {
	t.Parallel()
	stop := map[string]func(r *rig, sub identity.Subject){
		"erased": func(r *rig, sub identity.Subject) {
			must(t, r.stores.Identity.Apply(t.Context(), identity.EraseUser{Subject: sub, From: identity.Candidate}))
		},
		"tenant": func(r *rig, _ identity.Subject) { r.ident.Admin = stoppedTenant{r.ident.Admin} },
		"no password": func(r *rig, sub identity.Subject) {
			must(t, r.stores.Identity.Apply(t.Context(), identity.VoidCredentials{Subject: sub}))
		},
	}
	for name, f := range stop {
		r := newRig(t)
		b := r.browser()
		link := b.asks(ada, goodPassword)
		acct, _ := r.account(ada)
		f(r, acct.User.Subject())
		if _, err := b.confirm(link, ""); !errors.Is(err, authn.ErrTokenInvalid) || b.signedIn() {
			t.Errorf("%s: %v", name, err)
		}
		if acct, ok := r.account(ada); ok && acct.User.State != identity.Candidate {
			t.Errorf("%s: activated", name)
		}
	}
}

type stoppedTenant struct{ identity.Admin }

func (s stoppedTenant) AccountByID(ctx context.Context, sub identity.Subject) (identity.Account, error) {
	acct, err := s.Admin.AccountByID(ctx, sub)
	acct.Tenant = identity.TenantSuspended
	return acct, err
}

// AUN-047, AUN-124: a suspension that lands while the link is confirmed leaves
// no session, wherever it lands.
func TestConfirm_racing_a_suspension(t *testing.T) {
	t.Parallel()
	for _, here := range []bool{true, false} {
		for _, at := range []string{"Update", "Rotate/1", "Create/1", "Record/identity.RecordLogin"} {
			r := newRig(t)
			b := r.browser()
			link := b.asks(ada, goodPassword)
			if !here {
				b = r.browser()
			}
			acct, _ := r.account(ada)
			landed := false
			strike := func(verb string) error {
				if verb != at || landed {
					return nil
				}
				landed = true
				return r.suspend(acct.User.Subject(), identity.Active)
			}
			r.store.hook(strike)
			r.ident.hook(strike)
			done, err := b.confirm(link, owners)
			r.store.hook(nil)
			if !landed {
				continue // this way does not pass there
			}
			if done.SignedIn || b.signedIn() {
				t.Errorf("here %v, %s: signed in, %v", here, at, err)
			}
			// Without an error it would look as if somebody else were signed in here.
			if !errors.Is(err, authn.ErrFlowSuperseded) {
				t.Errorf("here %v, %s: %v", here, at, err)
			}
		}
	}
}

// AUN-021: a session that somebody has in this browser is left alone.
func TestConfirm_beside_a_login_leaves_it_alone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(bob)
	link := r.browser().asks(ada, mallorys)
	b := r.browser().signIn(bob)
	before, cookie := b.state().(session.Authenticated), b.cookie()
	done, err := b.confirm(link, owners)
	if err != nil || done.SignedIn {
		t.Fatalf("%+v, %v", done, err)
	}
	after, ok := b.state().(session.Authenticated)
	if !ok || after.Subject() != before.Subject() || after.LoginID() != before.LoginID() || b.cookie() != cookie {
		t.Fatal("the login was touched")
	}
	if !r.opens(ada, owners) || r.opens(ada, mallorys) {
		t.Fatal("the account was not activated as it should")
	}
}

// FAC-I11: a confirmation that could not be stored can be tried again.
func TestConfirm_on_a_failing_store_leaves_the_link(t *testing.T) {
	t.Parallel()
	for _, here := range []bool{true, false} {
		r := newRig(t)
		b := r.browser()
		link := b.asks(ada, goodPassword)
		if !here {
			b = r.browser()
		}
		r.ident.hook(func(verb string) error {
			if strings.HasPrefix(verb, "Apply") {
				return store.ErrUnavailable
			}
			return nil
		})
		if done, err := b.confirm(link, owners); !errors.Is(err, store.ErrUnavailable) || done.SignedIn || b.signedIn() {
			t.Fatalf("%+v, %v", done, err)
		}
		r.ident.hook(nil)
		if _, err := b.confirm(link, owners); err != nil {
			t.Fatalf("again: %v", err)
		}
	}
}

// AUN-103: what was typed a while ago is no fresh factor.
func TestConfirm_late_is_a_stale_login(t *testing.T) {
	t.Parallel()
	for after, stale := range map[time.Duration]bool{time.Minute: false, 6 * time.Minute: true} {
		r := newRig(t)
		b := r.browser()
		link := b.asks(ada, goodPassword)
		r.clock.Advance(after)
		_, err := b.confirm(link, "")
		must(t, err)
		out, err := b.asksStrongest(ada)
		if err != nil || is[authn.Satisfied](out) == stale {
			t.Errorf("after %v: %T, %v", after, out, err)
		}
	}
}
