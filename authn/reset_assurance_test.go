package authn_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// reaches is the highest level to which these secrets sign somebody in; show is nil
// for whoever has no app.
func (r *rig) reaches(name, password string, show func() string) identity.AAL {
	r.t.Helper()
	r.clock.Advance(31 * time.Second) // a code counts once
	b := r.browser()
	b.begin(name)
	out := b.try(pw(password))
	if is[authn.StepRequired](out) && show != nil {
		out = b.try(code(show()))
	}
	if !is[authn.Completed](out) {
		return identity.AAL0
	}
	return identity.Assess(b.login().Evidence()).AAL
}

// AUN-I8: whatever is done on the way, a mailbox and a password that was chosen behind
// its link reach no more than they did before: who has not the app does not get past
// it, and who has it reaches what they reached.
func TestReset_never_weakens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := newRig(t)
		u := r.person(ada)
		password, address := goodPassword, ada
		var show func() string
		if rapid.Bool().Draw(rt, "app") {
			show = r.app(u)
			r.clock.Advance(time.Minute)
		}
		withApp, without := r.reaches(address, password, show), r.reaches(address, password, nil)
		for i := range rapid.IntRange(1, 5).Draw(rt, "verbs") {
			next := fmt.Sprintf("a staple that no horse has eaten %d", i)
			r.clock.Advance(2 * time.Hour)
			switch rapid.SampledFrom([]string{"reset", "undo", "lock", "sign up"}).Draw(rt, "verb") {
			case "reset":
				_, err := r.accounts.BeginReset(t.Context(), address)
				must(t, err)
				must(t, r.resets(r.linkTo(address, authn.NoteReset), next))
				password = next
			case "undo": // a change of address, undone, and the reset that follows
				b := r.browser()
				b.begin(address)
				out := b.try(pw(password))
				if is[authn.StepRequired](out) {
					out = b.try(code(show()))
				}
				if !is[authn.Completed](out) {
					rt.Fatalf("sign-in: %T", out)
				}
				undo := b.moves(address, fmt.Sprintf("ada-%d@example.net", i))
				must(t, r.accounts.UndoAddress(t.Context(), undo))
				must(t, r.resets(r.linkTo(address, authn.NoteReset), next))
				password = next
			case "lock":
				for range 5 {
					b := r.browser()
					b.begin(address)
					b.try(pw("not the right password"))
				}
				_, err := r.accounts.BeginReset(t.Context(), address)
				must(t, err)
				must(t, r.resets(r.linkTo(address, authn.NoteReset), next))
				password = next
				if got := r.reaches(address, password, show); got != identity.AAL0 {
					rt.Errorf("a reset has lifted a lock: %v", got)
				}
			case "sign up":
				b := r.browser()
				_, err := b.signUp(address, next)
				must(t, err)
			}
		}
		r.clock.Advance(48 * time.Hour)
		if got := r.reaches(address, password, nil); got > without {
			rt.Errorf("without the app: %v, before it was %v", got, without)
		}
		if got := r.reaches(address, password, show); got > withApp || got == identity.AAL0 {
			rt.Errorf("with the app: %v, before it was %v", got, withApp)
		}
	})
}

// AUN-036: what state an account is in is told to nobody before a factor of theirs was
// verified in this flow, and after the password alone no more than "another step".
func TestState_is_told_after_proof_alone(t *testing.T) {
	t.Parallel()
	for _, guess := range []string{goodPassword, "not the right password"} {
		var first string
		for _, state := range []string{"nobody", "suspended", "terminated", "without factors", "for whom an app was set up that is gone"} {
			r := newRig(t)
			name := "nobody@example.org"
			if state != "nobody" {
				u := r.person(ada)
				name = ada
				switch state {
				case "suspended":
					must(t, r.suspend(u.Subject(), identity.Active))
				case "terminated":
					must(t, r.stores.Identity.Apply(t.Context(), identity.Transition{
						Subject: u.Subject(), From: identity.Active, To: identity.Terminated, Detail: identity.StateDetail{Since: r.clock.Now()},
					}))
				case "without factors":
					must(t, r.stores.Identity.Apply(t.Context(), identity.VoidCredentials{Subject: u.Subject()}))
				default:
					r.app(u)
					r.clock.Advance(time.Minute)
					must(t, r.stores.Identity.Apply(t.Context(), identity.DropCredential{
						Subject: u.Subject(), ID: r.apps(ada)[0], Expect: 1,
					}))
				}
			}
			b := r.browser()
			out := b.begin(name)
			step := b.try(pw(guess))
			if state != "nobody" && guess == goodPassword && is[authn.StepRequired](step) {
				continue // proven, and no state is told but that a step is left
			}
			var st string
			b.do(func(_ context.Context, s *session.Session) { st = fmt.Sprintf("%T", s.State()) })
			got := fmt.Sprintf("%T %T %s", out, step, st)
			if first == "" {
				first = got
			}
			if got != first {
				t.Errorf("%s, %q: %s, nobody gets %s", state, guess, got, first)
			}
		}
	}
}
