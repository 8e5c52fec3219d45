package storetest

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// Lists in pages.
func testPages(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"users_are_listed_in_pages", pageUsers},
		{"tenants_are_listed_in_pages", pageTenants},
	})
}

func operator(k *kit) identity.OperatorScope {
	k.Helper()
	system, err := identity.System("test of a backend")
	k.must(err)
	scope, err := identity.Operate(system)
	k.must(err)
	return scope
}

// IDN-061 row 7
func pageUsers(k *kit) {
	w := newWorld(k)
	want := []identity.User{w.user}
	add := func(i, minute int) {
		u := k.user(w.tenant, fmt.Sprintf("u%d@example.test", i), fmt.Sprintf("u%d", i))
		u.CreatedAt, u.State = at(time.Duration(minute)*time.Minute), identity.UserState(1+i%7)
		want = append(want, u)
		k.apply(identity.NewUser{User: u})
		slices.SortFunc(want, func(a, b identity.User) int {
			x, y := a.ID.Bytes(), b.ID.Bytes()
			return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), bytes.Compare(x[:], y[:]))
		})
	}
	for i, minute := range []int{5, 1, 3, 3, 3, 3, 2, 4, -1} { // some at one moment
		add(i, minute)
	}
	for _, limit := range []int{1, 3, 4, identity.MaxPage} {
		var got []identity.User
		after := identity.UserCursor{}
		for {
			page, err := k.s.Identity.Users(k.ctx(), w.tenant.ID, after, limit)
			k.must(err)
			if len(page) > limit {
				k.Fatalf("a page of %d, want at most %d", len(page), limit)
			}
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			after = page[len(page)-1].Cursor()
		}
		equal(k, "all pages", got, want)
	}
	// Whoever comes in between moves nobody; whoever goes is not there.
	page, err := k.s.Identity.Users(k.ctx(), w.tenant.ID, identity.UserCursor{}, 4)
	k.must(err)
	place := page[3].Cursor()
	add(20, 0)
	add(21, 9)
	k.apply(identity.EraseUser{Subject: page[3].Subject(), From: page[3].State})
	rest, err := k.s.Identity.Users(k.ctx(), w.tenant.ID, place, identity.MaxPage)
	k.must(err)
	at := slices.IndexFunc(want, func(u identity.User) bool { return u.ID == page[3].ID })
	equal(k, "behind a place whose user is gone", rest, want[at+1:])
	none, err := k.s.Identity.Users(k.ctx(), identity.NewTenantID(k.src), identity.UserCursor{}, 10)
	k.must(err)
	equal(k, "of no tenant", len(none), 0)
}

// IDN-031
func pageTenants(k *kit) {
	var want []identity.Tenant
	for _, slug := range []string{"m", "a-b", "a", "ab", "z9", "0", "a-a"} {
		t := k.tenant("x")
		t.Slug = slug
		if slug == "ab" {
			t.Status = identity.TenantSuspended
		}
		want = append(want, t)
		k.apply(identity.NewTenant{Tenant: t})
	}
	slices.SortFunc(want, func(a, b identity.Tenant) int { return cmp.Compare(a.Slug, b.Slug) })
	for _, limit := range []int{1, 2, identity.MaxPage} {
		var got []identity.Tenant
		after := ""
		for {
			page, err := k.s.Identity.Tenants(k.ctx(), operator(k), after, limit)
			k.must(err)
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			after = page[len(page)-1].Slug
		}
		equal(k, "all pages", got, want)
	}
	k.fails("without a scope", first(k.s.Identity.Tenants(k.ctx(), identity.OperatorScope{}, "", 10)), store.ErrBadArgument)
}
