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
	const bob = "bob@example.org"
	r := newRig(t)
	r.person(ada)
	target := r.person(bob)
	r.app(target)
	b := r.browser().signIn(ada).acts(target)
	e, err := b.beginTOTP()
	must(t, err)
	if !e.NeedsPassword {
		t.Error("the administrator's sign-in counts as the person's")
	}
	if out, err := b.confirmTOTP(r.codes(e)(), "mine now", ""); err != nil || is[authn.Completed](out) {
		t.Errorf("enrolled without the password: %T, %v", out, err)
	}
	r.clock.Advance(time.Minute)
	if out, err := b.confirmTOTP(r.codes(e)(), "mine now", goodPassword); !errors.Is(err, authn.ErrNotAuthenticated) {
		t.Errorf("enrolled: %T, %v", out, err)
	}
	if out, err := b.removeTOTP(r.apps(bob)[0], goodPassword); !errors.Is(err, authn.ErrNotAuthenticated) {
		t.Errorf("removed: %T, %v", out, err)
	}
	if held := r.held(bob, factor.TOTP); len(held) != 1 {
		t.Errorf("%d apps", len(held))
	}
}
