package authn_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// asksStrongest begins the step-up that a change of the account asks for.
func (b *browser) asksStrongest(email string) (out authn.StepUpOutcome, err error) {
	b.r.t.Helper()
	acct, _ := b.r.account(email)
	b.do(func(ctx context.Context, s *session.Session) {
		out, err = b.r.accounts.RequireStepUp(ctx, s, b.r.accounts.Strongest(ctx, acct))
	})
	return out, err
}

// proves steps up with the strongest factor of the account; show is nil for somebody
// who has a password alone.
func (b *browser) proves(email string, show func() string) *browser {
	b.r.t.Helper()
	out, err := b.asksStrongest(email)
	must(b.r.t, err)
	if is[authn.Satisfied](out) {
		return b
	}
	c := authn.Credential(pw(goodPassword))
	if show != nil {
		c = code(show())
	}
	if out := b.try(c); !is[authn.Completed](out) {
		b.r.t.Fatalf("step-up: %T", out)
	}
	return b
}

// AUN-101, AUN-103, AUN-104: a stolen cookie is no factor of the thief's.
func TestEnrol_late_asks_for_the_password_through_a_step_up(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser().signIn(ada)
	r.clock.Advance(6 * time.Minute)
	e, err := b.beginTOTP()
	must(t, err)
	show := r.codes(e)
	if out, err := b.confirmTOTP(show(), ""); !errors.Is(err, authn.ErrStepUpRequired) || out != nil {
		t.Fatalf("with an old sign-in: %T, %v", out, err)
	}
	b.mustStep(anyOf(factor.Password), factor.Password)
	if out, err := b.confirmTOTP(show(), ""); !errors.Is(err, authn.ErrStepUpRequired) || out != nil {
		t.Fatalf("with a step-up under way: %T, %v", out, err)
	}
	must(t, b.abandons())
	if out, err := b.confirmTOTP(show(), ""); !errors.Is(err, authn.ErrStepUpRequired) || len(r.apps(ada)) != 0 {
		t.Fatalf("with a step-up given up: %T, %v", out, err)
	}
	// What was begun waits while the person proves who they are.
	b.proves(ada, nil)
	if out, err := b.confirmTOTP(show(), ""); err != nil || !is[authn.Completed](out) {
		t.Fatalf("after it: %T, %v", out, err)
	}
	if list, err := r.sessions.Sessions(t.Context(), u.Subject(), session.Ref{}, 10); err != nil || len(list) != 1 {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
}

// AUN-101, AUN-044: the step-up is no place to guess at.
func TestEnrol_late_goes_through_the_ledger(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser().signIn(ada)
	r.clock.Advance(6 * time.Minute)
	b.mustStep(anyOf(factor.Password), factor.Password)
	for _, guess := range []string{"", strings.Repeat("x", authn.MaxPassword+1), "wrong one", "wrong two", "wrong three"} {
		if out := b.try(pw(guess)); !is[authn.Rejected](out) {
			t.Fatalf("%.10q: %T", guess, out)
		}
	}
	hashes := r.hasher.Evaluations()
	b.mustStep(anyOf(factor.Password), factor.Password)
	out := b.try(pw(goodPassword))
	if locked, ok := out.(authn.Throttled); !ok || locked.Until.Sub(r.clock.Now()) < 14*time.Minute {
		t.Fatalf("the right password after five wrong ones: %T", out)
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
	must(t, b.abandons())
	if len(r.apps(ada)) != 0 || !b.signedIn() {
		t.Fatal("something was enrolled, or the session ended")
	}
	if n := strings.Count(r.audited(), `"lockout_triggered"`); n != 1 {
		t.Fatalf("%d events of a lock", n)
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
	b.proves(ada, nil).enrols("")
	for _, want := range []bool{false, true} {
		guesser.begin(ada)
		if out := guesser.try(pw("not the right password")); is[authn.Throttled](out) != want {
			t.Fatalf("throttled should be %v: %T", want, out)
		}
	}
}

// AUN-104: who has an app proves that; the password alone, however fresh, changes
// nothing.
func TestChanges_ask_for_the_strongest_kind(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b, show := r.mfa(6 * time.Minute)
	b.mustStep(anyOf(factor.Password), factor.Password)
	if out := b.try(pw(goodPassword)); !is[authn.Completed](out) {
		t.Fatalf("%T", out)
	}
	e, err := b.beginTOTP()
	must(t, err)
	if out, err := b.confirmTOTP(r.codes(e)(), "second"); !errors.Is(err, authn.ErrStepUpRequired) {
		t.Errorf("adds: %T, %v", out, err)
	}
	for name, id := range map[string]identity.CredentialID{"its own": r.apps(ada)[0], "nobody's": identity.NewCredentialID(r.entropy)} {
		if out, err := b.removeTOTP(id); !errors.Is(err, authn.ErrStepUpRequired) {
			t.Errorf("removes %s: %T, %v", name, out, err)
		}
	}
	b.proves(ada, show)
	if out, err := b.confirmTOTP(r.codes(e)(), "second"); err != nil || !is[authn.Completed](out) {
		t.Errorf("adds, with the app: %T, %v", out, err)
	}
	if out, err := b.removeTOTP(r.apps(ada)[0]); err != nil || !is[authn.Completed](out) {
		t.Errorf("removes, with the app: %T, %v", out, err)
	}
}

// AUN-104, AUN-105: an app that cannot be read is not asked for; its owner proves
// the password, and may put it away.
func TestStrongest_is_one_that_works(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser().signIn(ada)
	broken := r.unreadable(u)
	r.clock.Advance(6 * time.Minute)
	b.proves(ada, nil)
	if out, err := b.removeTOTP(broken); err != nil || !is[authn.Completed](out) {
		t.Errorf("%T, %v", out, err)
	}
}

// AUN-060, AUN-105: what cannot be judged is not passed.
func TestEnrol_late_fails_closed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	u := r.person(ada)
	b := r.browser().signIn(ada)
	r.clock.Advance(6 * time.Minute)
	e, err := b.beginTOTP()
	must(t, err)
	show := r.codes(e)
	b.mustStep(anyOf(factor.Password), factor.Password)
	r.ledger.down = true
	if out := b.try(pw(goodPassword)); !is[authn.Unavailable](out) {
		t.Fatalf("without a ledger: %T", out)
	}
	r.ledger.down = false
	must(t, b.abandons())
	must(t, r.stores.Identity.Apply(t.Context(), identity.VoidCredentials{Subject: u.Subject()}))
	if out, err := b.asksStrongest(ada); err != nil || !is[authn.StepUpImpossible](out) {
		t.Fatalf("without a password: %T, %v", out, err)
	}
	if out, err := b.confirmTOTP(show(), ""); !errors.Is(err, authn.ErrStepUpRequired) || len(r.apps(ada)) != 0 {
		t.Fatalf("enrolled: %T, %v", out, err)
	}
	r.ident.hook(func(string) error { return store.ErrUnavailable })
	if out, err := b.confirmTOTP(show(), ""); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("without an account: %T, %v", out, err)
	}
}

// AUN-103: a factor is fresh up to and including its five minutes, and nobody who is
// not signed in has one.
func TestStrongest_is_fresh_for_five_minutes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser()
	acct, _ := r.account(ada)
	fresh := func() (ok bool) {
		b.do(func(ctx context.Context, s *session.Session) {
			ok = r.accounts.Meets(s.State(), r.accounts.Strongest(ctx, acct))
		})
		return ok
	}
	if fresh() {
		t.Error("a guest is fresh")
	}
	b.signIn(ada)
	for _, step := range []struct {
		after time.Duration
		want  bool
	}{{0, true}, {5 * time.Minute, true}, {time.Microsecond, false}} {
		r.clock.Advance(step.after)
		if got := fresh(); got != step.want {
			t.Errorf("after %v more: fresh %v", step.after, got)
		}
	}
}
