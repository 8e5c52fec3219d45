package approval_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/approval"
)

func subject() identity.Subject {
	src := entropy.Seeded(1)
	return identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)}
}

func TestToken_is_good_for_its_action_alone(t *testing.T) {
	t.Parallel()
	who := subject()
	token := approval.Mint("impersonate", who)
	if by, err := token.For("impersonate"); err != nil || by != who {
		t.Fatalf("%v, %v", by, err)
	}
	for name, c := range map[string]struct {
		t      approval.Token
		action string
	}{"another action": {token, "erase"}, "no action": {token, ""}, "zero": {approval.Token{}, "erase"}, "zero for nothing": {approval.Token{}, ""}} {
		if by, err := c.t.For(c.action); !errors.Is(err, approval.ErrNotApproved) || !by.IsZero() {
			t.Errorf("%s: %v, %v", name, by, err)
		}
	}
}

func TestMint_needs_something_to_approve(t *testing.T) {
	t.Parallel()
	for name, mint := range map[string]func(){
		"no action": func() { approval.Mint("", subject()) },
		"nobody":    func() { approval.Mint("erase", identity.Subject{}) },
		"half":      func() { approval.Mint("erase", identity.Subject{Tenant: subject().Tenant}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: minted", name)
				}
			}()
			mint()
		}()
	}
}

func ExampleToken_For() {
	_, err := approval.Token{}.For("impersonate")
	fmt.Println(err)
	// Output: approval: this action was not approved
}
