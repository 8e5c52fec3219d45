package authn_test

import (
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
)

// AUN-042: a clock that is set back between the look at a credential and the last move of
// the sign-in stops it like anything else that came in between, and the sign-in
// goes on when the clock is right again.
func TestVerifyFactor_while_the_clock_is_set_back(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	b := r.browser()
	b.begin(ada)
	r.ident.hook(func(verb string) error {
		if verb == "AccountByID" {
			r.ident.hook(nil)
			r.clock.Set(r.clock.Now().Add(-10 * time.Minute))
		}
		return nil
	})
	if out, err := b.verify(pw(goodPassword)); !errors.Is(err, authn.ErrFlowSuperseded) || out != nil {
		t.Fatalf("%T, %v", out, err)
	}
	if b.signedIn() {
		t.Error("signed in by evidence from the future")
	}
	r.clock.Set(r.clock.Now().Add(10 * time.Minute))
	if out, err := b.verify(pw(goodPassword)); err != nil || !is[authn.Completed](out) {
		t.Errorf("once more: %T, %v", out, err)
	}
}

// AUN-141: whoever's own login runs out while they ask to act as somebody does not act,
// and is told what whoever comes too late is told.
func TestBeginImpersonation_when_the_own_login_runs_out(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.store.hook(func(verb string) error {
		if verb == "Epochs" {
			s.store.hook(nil)
			s.clock.Set(s.clock.Now().Add(366 * 24 * time.Hour))
		}
		return nil
	})
	if err := s.begins(s.as(s.bob), s.approved()); !errors.Is(err, authn.ErrFlowSuperseded) || errors.Is(err, authn.ErrImpersonationRefused) {
		t.Fatal(err)
	}
	if _, actor := s.actor(); !actor.User.IsZero() {
		t.Error("acts behind the end of their own login")
	}
}
