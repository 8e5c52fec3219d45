package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// Whom issuers call what.
func testLinks(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"a_link_is_put_and_dropped", linkLife},
		{"a_user_has_so_many_links", linkBound},
		{"race/an_external_subject_has_one_user", raceLink},
		{"race/a_user_never_has_more_links", raceLinkBound},
		{"race/first_logins_make_one_account", raceProvision},
	})
}

// AUN-150, AUN-I16
func linkLife(k *kit) {
	w := newWorld(k)
	s := w.user.Subject()
	another, early := k.link(w.user, "issuer.example", "Ada"), k.link(w.user, "a.example", "zoe")
	k.apply(identity.PutLink{Link: another}, identity.PutLink{Link: early})
	equal(k, "by issuer, then subject", w.account().Links, []identity.Link{early, another, w.link})
	got, err := k.s.Identity.AccountByLink(k.ctx(), s.Tenant, "issuer.example", "Ada")
	k.must(err)
	equal(k, "found", got.User, w.user)
	k.apply(identity.DropLink{Subject: s, Issuer: w.link.Issuer, External: w.link.External})
	equal(k, "dropped", w.account().Links, []identity.Link{early, another})
	k.fails("dropped", first(k.s.Identity.AccountByLink(k.ctx(), s.Tenant, w.link.Issuer, w.link.External)), store.ErrNotFound)
	// It is free for somebody else, and so is that of an account that is gone.
	heir := k.user(w.tenant, "heir@example.test", "heir")
	k.apply(identity.NewUser{User: heir}, identity.PutLink{Link: k.link(heir, w.link.Issuer, w.link.External)},
		identity.EraseUser{Subject: s, From: identity.Active}, identity.PutLink{Link: k.link(heir, early.Issuer, early.External)})
	twin, err := k.s.Identity.AccountByLink(k.ctx(), w.foreign.ID, w.twinLink.Issuer, w.twinLink.External)
	k.must(err)
	equal(k, "another tenant's", twin.Links, []identity.Link{w.twinLink})
}

func linkBound(k *kit) {
	w := newWorld(k)
	for i := range identity.MaxLinks - 1 {
		k.apply(identity.PutLink{Link: k.link(w.user, "issuer.example", fmt.Sprintf("many-%d", i))})
	}
	w.changeFails("one too many", 0, store.ErrTooLarge, identity.PutLink{Link: k.link(w.user, "issuer.example", "straw")})
	k.apply(identity.DropLink{Subject: w.user.Subject(), Issuer: w.link.Issuer, External: w.link.External},
		identity.PutLink{Link: k.link(w.user, "issuer.example", "straw")})
}

// IDN-067
func raceLinkBound(k *kit) {
	w := newWorld(k)
	k.winners(k.raceApply(func(i int) []identity.Change {
		return []identity.Change{identity.PutLink{Link: k.link(w.user, "issuer.example", racer(i))}}
	}), identity.MaxLinks-1, store.ErrTooLarge)
	equal(k, "links", len(w.account().Links), identity.MaxLinks)
}

// IDN-067, AUN-152, AUN-I16: of many first logins of one person one makes the user.
func raceLink(k *kit) {
	w := newWorld(k)
	users := make([]identity.User, racers)
	errs := k.raceApply(func(i int) []identity.Change {
		users[i] = k.user(w.tenant, racer(i)+"@example.test", racer(i))
		return []identity.Change{identity.NewUser{User: users[i]}, identity.PutLink{Link: k.link(users[i], "issuer.example", "new")}}
	})
	k.winners(errs, 1, store.ErrExists)
	got, err := k.s.Identity.AccountByLink(k.ctx(), w.tenant.ID, "issuer.example", "new")
	k.must(err)
	equal(k, "owner", got.User, users[slices.Index(errs, nil)])
	list, err := k.s.Identity.Users(k.ctx(), w.tenant.ID, identity.UserCursor{}, identity.MaxPage)
	k.must(err)
	equal(k, "users", len(list), 2)
}
