package authn_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/session"
)

// acts lets somebody who is signed in act as another person.
func (b *browser) acts(target identity.User) *browser {
	b.r.t.Helper()
	_, err := b.act(func(ctx context.Context, s *session.Session) error {
		_, err := s.Transition(ctx, machine.Impersonate{
			By: machine.Subject(s.State()), Target: target.Subject(), Login: identity.NewLoginID(b.r.entropy),
			Reason: "ticket 7", Until: b.r.clock.Now().Add(time.Hour),
		}, session.Commit{})
		return err
	})
	must(b.r.t, err)
	return b
}

// AUN-142: whoever acts in a person's name changes none of their credentials, with
// a fresh sign-in of their own and with the person's password.
func TestActing_changes_no_credentials(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	target := r.person(bob)
	r.app(target)
	b := r.browser().signIn(ada).acts(target)
	if out, err := b.asksStrongest(bob); err != nil || !is[authn.StepUpImpossible](out) {
		t.Errorf("stepped up: %T, %v", out, err)
	}
	if e, err := b.beginTOTP(); !errors.Is(err, authn.ErrImpersonating) {
		t.Errorf("a seed was shown: %v, %v", e.Account, err)
	}
	if out, err := b.confirmTOTP("123456", "mine now"); !errors.Is(err, authn.ErrImpersonating) {
		t.Errorf("enrolled: %T, %v", out, err)
	}
	if out, err := b.removeTOTP(r.apps(bob)[0]); !errors.Is(err, authn.ErrImpersonating) {
		t.Errorf("removed: %T, %v", out, err)
	}
	if held := r.held(bob, factor.TOTP); len(held) != 1 {
		t.Errorf("%d apps", len(held))
	}
}

// AUN-142: nor do they end the person's other sessions, by any verb; their own
// they leave at will.
func TestActing_ends_no_session_of_the_person(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.person(ada)
	target := r.person(bob)
	theirs := r.browser().signIn(bob)
	b := r.browser().signIn(ada).acts(target)
	for name, end := range map[string]func(context.Context, *session.Session) error{
		"others":     r.accounts.LogoutOthers,
		"everywhere": r.accounts.LogoutEverywhere,
		"one": func(ctx context.Context, s *session.Session) error {
			return r.accounts.RevokeSession(ctx, s, theirs.ref())
		},
	} {
		if _, err := b.act(end); err == nil {
			t.Errorf("%s: allowed", name)
		}
		if !theirs.signedIn() || !b.signedIn() {
			t.Fatalf("%s: the person is signed in %v, who acts %v", name, theirs.signedIn(), b.signedIn())
		}
	}
	if err := b.revokes(b.ref()); err != nil || b.signedIn() || !theirs.signedIn() {
		t.Errorf("own: %v, signed in %v", err, b.signedIn())
	}
}
