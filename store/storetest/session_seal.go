package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Which key sealed what, and how a body gets under another one.
func testSeals(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"records_are_counted_by_key", sealCounts},
		{"records_under_a_key_are_listed_in_pages", sealPages},
		{"resealing_replaces_body_and_key_and_nothing_else", sealReplaces},
		{"resealing_needs_the_revision_and_the_key_that_were_read", sealConditions},
		{"malformed_seals_are_ErrBadArgument", sealArguments},
	})
}

// sealedBy is a new record under a key.
func (k *kit) sealedBy(kid seal.KeyID, s identity.Subject) session.Record {
	k.Helper()
	r := k.rec(s)
	r.Kid = kid
	return k.create(r)
}

// resealed is what a record looks like under another key.
func resealed(r session.Record, kid seal.KeyID) session.Record {
	r.Kid, r.Sealed = kid, []byte("anew")
	return r
}

// SES-157
func sealCounts(k *kit) {
	kids := func(want ...store.KidCount) {
		k.Helper()
		got, err := k.s.Session.Kids(k.ctx())
		k.must(err)
		equal(k, "kids", got, want)
	}
	got, err := k.s.Session.Kids(k.ctx())
	k.must(err)
	equal(k, "kids of nothing", len(got), 0)
	low, high := seal.KeyID{1}, seal.KeyID{200}
	s := k.subject()
	old := k.sealedBy(high, s)
	gone := k.sealedBy(high, s)
	k.sealedBy(low, identity.Subject{})
	kids(store.KidCount{Kid: low, Count: 1}, store.KidCount{Kid: high, Count: 2})
	k.must(k.s.Session.Delete(k.ctx(), gone.Ref, s))
	next := k.rec(s)
	next.Kid = low
	k.must(first(k.s.Session.Rotate(k.ctx(), old.Ref, 1, next, claimOf(next), time.Minute)))
	// The one that lives on for its grace needs its key still.
	kids(store.KidCount{Kid: low, Count: 2}, store.KidCount{Kid: high, Count: 1})
	k.must(k.s.Session.Reseal(k.ctx(), resealed(next, high), low, at(0)))
	kids(store.KidCount{Kid: low, Count: 1}, store.KidCount{Kid: high, Count: 2})
}

// SES-157
func sealPages(k *kit) {
	kid := seal.KeyID{7}
	var want []session.Ref
	for range 7 {
		want = append(want, k.sealedBy(kid, k.subject()).Ref)
		k.sealedBy(seal.KeyID{8}, k.subject())
	}
	old := k.sealedBy(kid, k.subject())
	next := k.rec(old.Subject)
	k.must(first(k.s.Session.Rotate(k.ctx(), old.Ref, 1, next, claimOf(next), time.Minute)))
	slices.SortFunc(want, func(x, y session.Ref) int {
		if before(x, y) {
			return -1
		}
		return 1
	})
	for _, size := range []int{1, 3, 7, session.MaxRefs} {
		var got []session.Ref
		var after session.Ref
		for {
			page, err := k.s.Session.UnderKid(k.ctx(), kid, after, size)
			k.must(err)
			if len(page) > size {
				k.Fatalf("a page of %d holds %d", size, len(page))
			}
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			after = page[len(page)-1]
		}
		equal(k, "refs", got, want)
	}
	none, err := k.s.Session.UnderKid(k.ctx(), seal.KeyID{9}, session.Ref{}, 10)
	k.must(err)
	equal(k, "under an unknown key", len(none), 0)
}

// SES-157: whoever was not here has not been active.
func sealReplaces(k *kit) {
	s, a := k.pair()
	k.must(k.s.Session.Raise(k.ctx(), identity.UserScope(a)))
	r := k.createActing(s, a)
	k.must(k.s.Session.Touch(k.ctx(), r.Ref, at(time.Hour), at(time.Minute)))
	r.IdleUntil = at(time.Hour)
	next := resealed(r, seal.KeyID{9})
	given := next
	given.IdleUntil, given.AuthAt, given.Subject, given.Actor = at(0), at(time.Hour), k.subject(), identity.Subject{}
	given.AbsUntil, given.Epochs = at(time.Second), identity.Epochs{User: 9}
	k.must(k.s.Session.Reseal(k.ctx(), given, r.Kid, at(10*time.Minute)))
	k.holds(next, at(0))
	page, err := k.s.Session.Sessions(k.ctx(), s, session.Ref{}, 10, at(0))
	k.must(err)
	equal(k, "page", page, []session.Listed{{Record: next, Seen: at(time.Minute)}})
	k.must(k.s.Session.Raise(k.ctx(), identity.UserScope(a)))
	equal(k, "after the actor's revocation", k.listed(s, at(0)), []session.Ref{})
}

// SES-100, SES-157
func sealConditions(k *kit) {
	s := k.subject()
	r := k.create(k.rec(s))
	kid := seal.KeyID{9}
	k.fails("absent", k.s.Session.Reseal(k.ctx(), resealed(k.rec(s), kid), r.Kid, at(0)), store.ErrNotFound)
	k.fails("dead", k.s.Session.Reseal(k.ctx(), resealed(r, kid), r.Kid, at(idle)), store.ErrNotFound)
	later := resealed(r, kid)
	later.Rev = 2
	k.fails("another revision", k.s.Session.Reseal(k.ctx(), later, r.Kid, at(0)), store.ErrConflict)
	k.fails("another key", k.s.Session.Reseal(k.ctx(), resealed(r, kid), kid, at(0)), store.ErrConflict)
	k.holds(r, at(0))
	k.must(k.s.Session.Reseal(k.ctx(), resealed(r, kid), r.Kid, at(0)))
	k.fails("twice", k.s.Session.Reseal(k.ctx(), resealed(r, kid), r.Kid, at(0)), store.ErrConflict)
	k.holds(resealed(r, kid), at(0))
	// Whoever read the body before it was sealed anew may write the next one.
	u := r
	u.Rev, u.Sealed = 2, []byte("next")
	k.must(k.s.Session.Update(k.ctx(), u, 1, at(0)))
	k.fails("over a later body", k.s.Session.Reseal(k.ctx(), resealed(r, kid), u.Kid, at(0)), store.ErrConflict)
	k.holds(u, at(0))
	// What lives on for its grace hangs on its successor as before.
	old := k.create(k.rec(s))
	next := k.rotate(old, time.Minute)
	k.must(k.s.Session.Reseal(k.ctx(), resealed(old, kid), old.Kid, at(0)))
	k.must(k.s.Session.Delete(k.ctx(), old.Ref, s))
	k.lacks("successor", next.Ref, at(0))
}

// SES-157
func sealArguments(k *kit) {
	st, ctx := k.s.Session, k.ctx()
	r := k.create(k.rec(k.subject()))
	reseal := func(edit func(*session.Record), now time.Time) error {
		rec := resealed(r, seal.KeyID{9})
		edit(&rec)
		return st.Reseal(ctx, rec, r.Kid, now)
	}
	same := func(*session.Record) {}
	for what, err := range map[string]error{
		"zero ref":   reseal(func(r *session.Record) { r.Ref = session.Ref{} }, at(0)),
		"rev 0":      reseal(func(r *session.Record) { r.Rev = 0 }, at(0)),
		"zero time":  reseal(same, time.Time{}),
		"limit 0":    first(st.UnderKid(ctx, r.Kid, session.Ref{}, 0)),
		"limit 1001": first(st.UnderKid(ctx, r.Kid, session.Ref{}, session.MaxRefs+1)),
	} {
		k.fails(what, err, store.ErrBadArgument)
	}
	k.fails("too large", reseal(func(r *session.Record) { r.Sealed = make([]byte, session.MaxSealed+1) }, at(0)), store.ErrTooLarge)
	gone := k.cancelled()
	for what, err := range map[string]error{
		"reseal":    st.Reseal(gone, resealed(r, seal.KeyID{9}), r.Kid, at(0)),
		"kids":      first(st.Kids(gone)),
		"under kid": first(st.UnderKid(gone, r.Kid, session.Ref{}, 1)),
	} {
		k.fails(what, err, context.Canceled)
	}
	k.holds(r, at(0))
}
