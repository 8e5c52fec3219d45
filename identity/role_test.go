package identity_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/axess-go/axess/identity"
)

func ExampleRole() {
	for _, r := range []identity.Role{identity.RoleAdmin, "editor", "axess.root"} {
		fmt.Println(r, r.IsConsole(), r.Validate())
	}
	// Output:
	// axess.admin true <nil>
	// editor false <nil>
	// axess.root true identity: role invalid: reserved
}

// PRD-060: the product's names are nobody else's, and no other spelling of one
// passes for it.
func TestRole_has_one_form(t *testing.T) {
	t.Parallel()
	for _, good := range []identity.Role{"a", "0", "editor", "billing.read-only_2", "axessory", "axess", identity.Role(strings.Repeat("r", 64))} {
		if err := good.Validate(); err != nil || good.IsConsole() {
			t.Errorf("%q: %v, console %t", good, err, good.IsConsole())
		}
	}
	for bad, want := range map[identity.Role]identity.Rule{
		"": identity.RuleCharacter, ".axess": identity.RuleCharacter, "-a": identity.RuleCharacter,
		"Axess.admin": identity.RuleCharacter, "axess.admin ": identity.RuleCharacter, "axess.admin\x00": identity.RuleCharacter,
		"axess․admin": identity.RuleCharacter, "a/b": identity.RuleCharacter, "a\nb": identity.RuleCharacter,
		"axess.": identity.RuleReserved, "axess.root": identity.RuleReserved, "axess.admin2": identity.RuleReserved,
		identity.Role(strings.Repeat("r", 65)): identity.RuleTooLong,
	} {
		var broke *identity.InvalidError
		if err := bad.Validate(); !errors.As(err, &broke) || broke.Rule != want || broke.Field != "role" {
			t.Errorf("%q: got %v, want %s", bad, err, want)
		}
	}
}

// PRD-017: a demand is made for any row.
func TestHoldsConsole_looks_at_every_grant(t *testing.T) {
	t.Parallel()
	editor, admin := identity.Grant{Role: "editor"}, identity.Grant{Role: identity.RoleAdmin}
	for _, c := range []struct {
		grants []identity.Grant
		want   bool
	}{{nil, false}, {[]identity.Grant{editor}, false}, {[]identity.Grant{editor, admin}, true}, {[]identity.Grant{admin}, true}} {
		if got := (identity.Account{Grants: c.grants}).HoldsConsole(); got != c.want {
			t.Errorf("%v: %t, want %t", c.grants, got, c.want)
		}
	}
}
