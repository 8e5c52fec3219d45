package authn_test

import (
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// FAC-007, AUN-104, AUN-124, AUN-130: servers have clocks of their own. What one of
// them has stored is there for another whose clock is behind: a change does not miss
// the password, a step-up does not fall back to a weaker factor, and a sign-up finds
// what was typed. Only a login asks whether a factor is older than itself.
func TestCredentials_of_a_server_whose_clock_is_ahead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	behind := func() { r.clock.Set(r.clock.Now().Add(-2 * time.Second)) }

	link := r.browser()
	mailed := link.asks(bob, goodPassword)
	behind()
	if _, err := link.confirm(mailed, ""); err != nil || !link.signedIn() {
		t.Errorf("a sign-up that was begun ahead: %v", err)
	}
	behind()
	if out, err := link.changes(goodPassword, "another fine passphrase"); err != nil || !is[authn.Completed](out) {
		t.Errorf("a change of the password: %T, %v", out, err)
	}

	r.person(ada)
	b := r.browser()
	b.begin(ada)
	b.try(pw(goodPassword))
	b.enrols("phone")
	behind()
	acct, _ := r.account(ada)
	if got := r.accounts.Strongest(t.Context(), acct).AnyOf; !slices.Equal(got, []identity.Kind{factor.TOTP}) {
		t.Errorf("the strongest factor is %v", got)
	}
}
