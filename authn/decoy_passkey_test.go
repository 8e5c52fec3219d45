package authn_test

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/identity"
)

// AUN-035: the same for the same name in any spelling, other ones in another tenant,
// for another name and under another key; one or two, in the forms of authenticators.
func TestDecoyPasskeys_are_stable_and_plausible(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	other := identity.NewTenantID(r.entropy)
	if !reflect.DeepEqual(r.accounts.DecoyPasskeys(r.tenant, "Ada@Example.org"), r.accounts.DecoyPasskeys(r.tenant, ada)) {
		t.Error("one name has two answers")
	}
	r.person(ada)
	rapid.Check(t, func(rt *rapid.T) {
		typed := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z]{1,9}@example\.org`)).Draw(rt, "typed")
		got := r.accounts.DecoyPasskeys(r.tenant, typed)
		if !reflect.DeepEqual(got, r.accounts.DecoyPasskeys(r.tenant, typed)) {
			rt.Fatal("not stable")
		}
		if len(got) < 1 || len(got) > 2 {
			rt.Fatalf("%d passkeys", len(got))
		}
		for _, p := range got {
			if n := len(p.ID); n < 16 || n > 64 || len(p.Transports) == 0 {
				rt.Fatalf("%d bytes, %v", n, p.Transports)
			}
		}
		if bytes.Equal(got[0].ID, r.accounts.DecoyPasskeys(other, typed)[0].ID) {
			rt.Fatal("two tenants share a passkey")
		}
	})
	seen, twos := map[string]bool{}, 0
	for i := range 400 {
		list := r.accounts.DecoyPasskeys(r.tenant, fmt.Sprintf("p%d@example.org", i))
		twos += len(list) - 1
		for _, p := range list {
			seen[string(p.ID)] = true
		}
	}
	if len(seen) != 400+twos || twos < 50 || twos > 150 {
		t.Errorf("%d different passkeys, %d of 400 have two", len(seen), twos)
	}
}
