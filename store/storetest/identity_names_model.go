package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
	"pgregory.net/rapid"
)

// heldName is a name of the model.
type heldName struct {
	tenant    identity.TenantID
	kind      identity.IdentifierKind
	canonical string
}

// namesModel gives, replaces and takes names in two tenants at random, against a model
// that is one map: a name leads to one user of its tenant or to nobody, and what is done
// in one tenant, the other does not see.
//
// IDN-I5, IDN-I6, IDN-027
func namesModel(k *kit) {
	tenants := []identity.Tenant{k.tenant("one"), k.tenant("two")}
	k.apply(identity.NewTenant{Tenant: tenants[0]}, identity.NewTenant{Tenant: tenants[1]})
	runs := 0
	byKey := func(a, b identity.Identifier) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Canonical, b.Canonical))
	}
	rapid.Check(k.T, func(rt *rapid.T) {
		runs++ // each has names of its own
		var pool []identity.Identifier
		for i := range 3 {
			name := fmt.Sprintf("n%d-%d", i, runs)
			pool = append(pool,
				identity.Identifier{Kind: identity.Email, Typed: "N" + name[1:] + "@example.test", Canonical: name + "@example.test"},
				identity.Identifier{Kind: identity.Username, Typed: "N" + name[1:], Canonical: name})
		}
		owner := map[heldName]identity.UserID{}
		var users []identity.User
		some := func(what string) []identity.Identifier {
			first := rapid.IntRange(0, len(pool)-1).Draw(rt, what)
			more := rapid.IntRange(1, 3).Draw(rt, "of them")
			var out []identity.Identifier
			for i := range more {
				out = append(out, pool[(first+i)%len(pool)])
			}
			return out
		}
		taken := func(u identity.User, list []identity.Identifier) bool {
			return slices.ContainsFunc(list, func(i identity.Identifier) bool {
				who, had := owner[heldName{u.Tenant, i.Kind, i.Canonical}]
				return had && who != u.ID
			})
		}
		own := func(u identity.User, list []identity.Identifier) {
			for key, who := range owner {
				if who == u.ID {
					delete(owner, key)
				}
			}
			for _, i := range list {
				owner[heldName{u.Tenant, i.Kind, i.Canonical}] = u.ID
			}
		}
		is := func(verb string, err, want error) {
			if !errors.Is(err, want) || want == nil && err != nil {
				rt.Fatalf("%s: %v, the model says %v", verb, err, want)
			}
		}
		for range rapid.IntRange(2, 9).Draw(rt, "steps") {
			switch verb := rapid.SampledFrom([]string{"new", "new", "rename", "rename", "rename", "erase"}).Draw(rt, "verb"); {
			case verb == "new":
				u := k.user(rapid.SampledFrom(tenants).Draw(rt, "tenant"), "", "")
				u.Identifiers = some("names")
				var want error
				if taken(u, u.Identifiers) {
					want = store.ErrExists
				}
				is(verb, k.s.Identity.Apply(k.ctx(), identity.NewUser{User: u}), want)
				if want == nil {
					own(u, u.Identifiers)
					users = append(users, u)
				}
			case len(users) == 0:
			case verb == "rename":
				at := rapid.IntRange(0, len(users)-1).Draw(rt, "user")
				u := users[at]
				c := identity.SetIdentifiers{Subject: u.Subject(), Was: u.Identifiers, Next: some("next"), By: u.ID, At: u.CreatedAt}
				if rapid.Bool().Draw(rt, "as somebody remembers them") {
					c.Was = some("was")
				}
				var want error
				switch was, are := slices.SortedFunc(slices.Values(c.Was), byKey), slices.SortedFunc(slices.Values(u.Identifiers), byKey); {
				case slices.CompareFunc(was, are, byKey) != 0:
					want = store.ErrConflict
				case taken(u, c.Next):
					want = store.ErrExists
				}
				is(verb, k.s.Identity.Apply(k.ctx(), c), want)
				if want == nil {
					own(u, c.Next)
					users[at].Identifiers = c.Next
				}
			default:
				at := rapid.IntRange(0, len(users)-1).Draw(rt, "user")
				is(verb, k.s.Identity.Apply(k.ctx(), identity.EraseUser{Subject: users[at].Subject(), From: identity.Active}), nil)
				own(users[at], nil)
				users = slices.Delete(users, at, at+1)
			}
		}
		for _, t := range tenants {
			for _, i := range pool {
				acct, err := k.s.Identity.AccountByIdentifier(k.ctx(), t.ID, i.Kind, i.Canonical)
				who, had := owner[heldName{t.ID, i.Kind, i.Canonical}]
				switch {
				case !had:
					is("nobody's name", err, store.ErrNotFound)
				case err != nil || acct.User.ID != who:
					rt.Fatalf("%s leads to %v, %v; it is %v's", i.Canonical, acct.User.ID, err, who)
				}
			}
		}
		for _, u := range users {
			acct, err := k.s.Identity.AccountByID(k.ctx(), u.Subject())
			if err != nil || !slices.Equal(acct.User.Identifiers, u.Identifiers) {
				rt.Fatalf("has %v, %v; want %v", acct.User.Identifiers, err, u.Identifiers)
			}
		}
	})
}
