package authn_test

import (
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// AUN-101, AUN-103, AUN-044: a stolen cookie is no factor of the thief's, and no
// place to guess the password at.
func TestEnrol_late_asks_for_the_password_through_the_ledger(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser().signIn(ada)
	r.clock.Advance(6 * time.Minute)
	e, err := b.beginTOTP()
	must(t, err)
	if !e.NeedsPassword {
		t.Fatal("the page does not ask")
	}
	show := r.codes(e)
	guesses := []string{"", strings.Repeat("x", authn.MaxPassword+1), "wrong one", "wrong two", "wrong three"}
	for i, guess := range guesses {
		out, err := b.confirmTOTP(show(), "", guess)
		if rejected, ok := out.(authn.Rejected); err != nil || !ok || rejected.Of != factor.Password {
			t.Fatalf("guess %d: %T, %v", i, out, err)
		}
	}
	hashes := r.hasher.Evaluations()
	out, err := b.confirmTOTP(show(), "", goodPassword)
	if locked, ok := out.(authn.Throttled); err != nil || !ok || locked.Until.Sub(r.clock.Now()) < 14*time.Minute {
		t.Fatalf("the right password after five wrong ones: %T, %v", out, err)
	}
	if r.hasher.Evaluations() != hashes {
		t.Fatal("evaluated while locked")
	}
	// The lock is the person's: it holds for sign-ins too.
	in := r.browser()
	in.addr = "203.0.113.1:1"
	in.begin(ada)
	if out := in.try(pw(goodPassword)); !is[authn.Throttled](out) {
		t.Fatalf("a sign-in while locked: %T", out)
	}
	if len(r.apps(ada)) != 0 || !b.signedIn() {
		t.Fatal("something was enrolled, or the session ended")
	}
	if n := strings.Count(r.audited(), `"lockout_triggered"`); n != 1 {
		t.Fatalf("%d events of a lock", n)
	}
	r.clock.Advance(20 * time.Minute)
	b = r.browser().signIn(ada)
	r.clock.Advance(6 * time.Minute)
	b.enrols("late") // with the right password
	if list, err := r.sessions.Sessions(t.Context(), u.Subject(), session.Ref{}, 10); err != nil || len(list) != 1 {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
}

// AUN-060, AUN-103: what cannot be judged is not passed.
func TestEnrol_late_fails_closed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser().signIn(ada)
	r.clock.Advance(6 * time.Minute)
	e, err := b.beginTOTP()
	must(t, err)
	show := r.codes(e)
	r.ledger.down = true
	if out, err := b.confirmTOTP(show(), "", goodPassword); err != nil || !is[authn.Unavailable](out) {
		t.Fatalf("without a ledger: %T, %v", out, err)
	}
	r.ledger.down = false
	must(t, r.stores.Identity.Apply(t.Context(), identity.VoidCredentials{Subject: u.Subject()}))
	if out, err := b.confirmTOTP(show(), "", goodPassword); err != nil || !is[authn.Rejected](out) {
		t.Fatalf("without a password: %T, %v", out, err)
	}
	if len(r.apps(ada)) != 0 {
		t.Fatal("enrolled")
	}
}

// AUN-048, AUN-103
func TestEnrol_late_reports_the_password(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser().signIn(ada)
	r.clock.Advance(6 * time.Minute)
	before := strings.Count(r.audited(), `"factor_verified"`)
	b.enrols("")
	if n := strings.Count(r.audited(), `"factor_verified"`) - before; n != 1 {
		t.Fatalf("%d events of a verified password", n)
	}
}

// AUN-059: giving the password again is no login, and forgets no failures.
func TestEnrol_late_clears_no_failures(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b, guesser := r.browser().signIn(ada), r.browser()
	r.clock.Advance(6 * time.Minute)
	for range 4 {
		guesser.begin(ada)
		guesser.try(pw("not the right password"))
	}
	b.enrols("")
	for _, want := range []bool{false, true} {
		guesser.begin(ada)
		if out := guesser.try(pw("not the right password")); is[authn.Throttled](out) != want {
			t.Fatalf("throttled should be %v: %T", want, out)
		}
	}
}
