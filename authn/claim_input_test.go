package authn_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/session"
)

// PRD-062: nonsense in every field.
func TestBeginClaim_refuses_what_no_account_may_have(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	token := r.claimToken()
	taken := r.person("taken@example.org")
	for name, c := range map[string]struct {
		email, password string
		want            func(error) bool
	}{
		"no address":        {"", goodPassword, isField("email")},
		"two at signs":      {"a@b@c", goodPassword, isField("email")},
		"reserved":          {"admin@system", goodPassword, isField("email")},
		"a line break":      {"a@example.org\r\nBcc: b@example.org", goodPassword, isField("email")},
		"very long":         {strings.Repeat("a", 10_000) + "@example.org", goodPassword, isField("email")},
		"no password":       {boss, "", isPolicy},
		"a short password":  {boss, "short", isPolicy},
		"a huge password":   {boss, strings.Repeat("long password ", 10_000), isPolicy},
		"the own address":   {"someone-long-enough@example.org", "someone-long-enough@example.org", isPolicy},
		"not text":          {boss, "\xff\xfe correct horse battery", isPolicy},
		"somebody's":        {"taken@example.org", goodPassword, func(err error) bool { return errors.Is(err, authn.ErrIdentifierTaken) }},
		"somebody's, typed": {"TAKEN@Example.org", goodPassword, func(err error) bool { return errors.Is(err, authn.ErrIdentifierTaken) }},
	} {
		if err := b.beginClaim(token, c.email, c.password); err == nil || !c.want(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if b.cookie() != "" {
		t.Error("refused input gets a session")
	}
	r.nobody(boss)
	if acct, _ := r.account("taken@example.org"); acct.User.ID != taken.ID || len(acct.Grants) != 0 {
		t.Errorf("the account that was there: %+v", acct)
	}
	for _, wrong := range []string{"", "1", "1234567890123", "abcdef", "\x00", strings.Repeat("9", 100_000)} {
		other := r.browser()
		other.enters(token, boss)
		if out, err := other.completeClaim("", wrong); err != nil || !is[authn.Rejected](out) {
			t.Errorf("code %.10q: %T, %v", wrong, out, err)
		}
	}
	r.nobody(boss)
}

func isField(name string) func(error) bool {
	return func(err error) bool {
		var f *authn.FieldError
		return errors.As(err, &f) && f.Field == name
	}
}

func isPolicy(err error) bool {
	var p *password.PolicyError
	return errors.As(err, &p)
}

// FAC-013, PRD-062: one link buys 20 hashes an hour.
func TestBeginClaim_is_no_free_hash(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token := r.claimToken()
	for range 20 {
		must(t, r.browser().beginClaim(token, boss, goodPassword))
	}
	var stop *authn.ThrottledError
	if err := r.browser().beginClaim(token, boss, goodPassword); !errors.As(err, &stop) || !stop.Until.After(r.clock.Now()) {
		t.Fatalf("the 21st: %v", err)
	}
	r.clock.Advance(time.Hour + time.Second)
	r.browser().claims(token, boss)
}

// AUN-123: who waits for the address gives way, and keeps nothing; who has
// confirmed it meanwhile is not touched.
func TestClaim_and_a_sign_up_for_the_same_address(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	early := r.browser()
	link := early.asks(boss, "the password of somebody else")
	b := r.browser()
	app := b.enters(r.claimToken(), boss)
	if out, err := b.completeClaim("", app()); err != nil || !is[authn.Completed](out) {
		t.Fatalf("%T, %v", out, err)
	}
	if _, err := early.confirm(link, ""); !errors.Is(err, authn.ErrTokenInvalid) {
		t.Errorf("the sign-up goes on: %v", err)
	}
	if r.opens(boss, "the password of somebody else") {
		t.Error("the password of the sign-up opens the administrator's account")
	}

	r = newRig(t)
	early, b = r.browser(), r.browser()
	link = early.asks(boss, goodPassword)
	app = b.enters(r.claimToken(), boss)
	if done, err := early.confirm(link, ""); err != nil || !done.SignedIn {
		t.Fatalf("%+v, %v", done, err)
	}
	if _, err := b.completeClaim("", app()); !errors.Is(err, authn.ErrIdentifierTaken) {
		t.Errorf("claimed a confirmed account: %v", err)
	}
	acct, _ := r.account(boss)
	if len(acct.Grants) != 0 || !early.signedIn() {
		t.Errorf("the account that was confirmed: %+v", acct)
	}
	// The link is good for another address.
	b.claims("", "other@example.org")
}

// PRD-060: whoever is signed in signs out first.
func TestClaim_needs_a_browser_that_nobody_is_signed_in_with(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	token := r.claimToken()
	b := r.browser().signIn(ada)
	if _, err := b.viewClaim(token); !errors.Is(err, authn.ErrSignedIn) {
		t.Errorf("view: %v", err)
	}
	if err := b.beginClaim(token, boss, goodPassword); !errors.Is(err, authn.ErrSignedIn) {
		t.Errorf("begin: %v", err)
	}
	// Signing in gives up a claim, and what was entered is gone.
	c := r.browser()
	c.enters(token, boss)
	c.signIn(ada)
	c.do(func(ctx context.Context, s *session.Session) {
		for _, kind := range authn.ClaimCeremonies() {
			if _, ok := s.PeekCeremony(ctx, kind); ok {
				t.Errorf("%s is in the session of somebody else", kind)
			}
		}
	})
	r.nobody(boss)
}
