package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// The names of a user.
func testNames(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"names_are_replaced_together", namesReplaced},
		{"a_name_is_one_persons_of_a_tenant_whatever_is_done", namesModel},
		{"race/one_change_of_names_wins", raceNames},
		{"race/a_name_that_two_ask_for", raceNameTaken},
	})
}

func (w *world) renamed(was, next []identity.Identifier) identity.SetIdentifiers {
	return identity.SetIdentifiers{
		Subject: w.user.Subject(), Was: was, Next: next, EmailVerifiedAt: at(2 * time.Hour), By: w.user.ID, At: at(2 * time.Hour),
	}
}

// AUN-127, IDN-027
func namesReplaced(k *kit) {
	w := newWorld(k)
	id := w.user.Identifiers
	fresh := identity.Identifier{Kind: identity.Email, Typed: "New@Example.test", Canonical: "new@example.test"}
	// One stays and moves to another place, one comes, the others go; what was is
	// named in another order.
	was := slices.Clone(id)
	slices.Reverse(was)
	next := []identity.Identifier{fresh, id[1]}
	k.apply(w.renamed(was, next))
	want := w.user
	want.Identifiers, want.EmailVerifiedAt, want.UpdatedBy, want.UpdatedAt = next, at(2*time.Hour), w.user.ID, at(2*time.Hour)
	equal(k, "renamed", w.account().User, want)
	got, err := k.s.Identity.AccountByIdentifier(k.ctx(), w.tenant.ID, fresh.Kind, fresh.Canonical)
	k.must(err)
	equal(k, "by the new name", got.User, want)
	k.fails("by the old name", first(k.s.Identity.AccountByIdentifier(k.ctx(), w.tenant.ID, id[0].Kind, id[0].Canonical)), store.ErrNotFound)
	twin, err := k.s.Identity.AccountByIdentifier(k.ctx(), w.foreign.ID, id[0].Kind, id[0].Canonical)
	k.must(err)
	equal(k, "another tenant's", twin.User, w.twin)
	// The old name is free; a change without a time of verification keeps that.
	heir := k.user(w.tenant, "heir@example.test", "heir")
	heir.Identifiers = id[:1]
	k.apply(identity.NewUser{User: heir})
	c := w.renamed(next, next[:1])
	c.EmailVerifiedAt = time.Time{}
	k.apply(c)
	want.Identifiers = next[:1]
	equal(k, "renamed again", w.account().User, want)
}

// IDN-067
func raceNames(k *kit) {
	w := newWorld(k)
	k.winners(k.raceApply(func(i int) []identity.Change {
		name := identity.Identifier{Kind: identity.Email, Typed: racer(i), Canonical: racer(i) + "@example.test"}
		return []identity.Change{w.renamed(w.user.Identifiers, []identity.Identifier{name})}
	}), 1, store.ErrConflict)
}

// IDN-I5
func raceNameTaken(k *kit) {
	w := newWorld(k)
	users := make([]identity.User, racers)
	for i := range users {
		users[i] = k.user(w.tenant, racer(i)+"@example.test", racer(i))
		k.apply(identity.NewUser{User: users[i]})
	}
	one := []identity.Identifier{{Kind: identity.Email, Typed: "one@example.test", Canonical: "one@example.test"}}
	errs := k.raceApply(func(i int) []identity.Change {
		c := w.renamed(users[i].Identifiers, one)
		c.Subject = users[i].Subject()
		return []identity.Change{c}
	})
	k.winners(errs, 1, store.ErrExists)
	got, err := k.s.Identity.AccountByIdentifier(k.ctx(), w.tenant.ID, one[0].Kind, one[0].Canonical)
	k.must(err)
	equal(k, "owner", got.User.ID, users[slices.Index(errs, nil)].ID)
	for i, u := range users {
		if errs[i] != nil {
			k.must(first(k.s.Identity.AccountByIdentifier(k.ctx(), w.tenant.ID, identity.Username, racer(i))))
			_ = u
		}
	}
}
