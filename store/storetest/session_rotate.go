package storetest

import (
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// One record takes the place of another.
func testRotation(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"rotation_without_grace_deletes_the_old_record", rotateAtOnce},
		{"rotation_with_grace_supersedes_the_old_record", rotateWithGrace},
		{"grace_does_not_lengthen_a_life", graceIsNoTouch},
		{"a_rotated_session_is_never_unregistered", rotateRegistered},
		{"a_guest_becomes_a_subject", rotateGuest},
		{"only_a_live_unsuperseded_record_at_its_rev_rotates", rotateConditions},
		{"a_taken_successor_is_ErrExists", rotateTaken},
		{"at_most_one_predecessor_stays", onePredecessor},
		{"deleting_either_half_deletes_both", deleteBoth},
	})
}

// SES-106, SES-209, SES-225
func rotateAtOnce(k *kit) {
	old := k.create(k.rec(k.subject()))
	next := k.rotate(old, 0)
	k.lacks("old", old.Ref, at(0))
	k.holds(next, at(0))
	equal(k, "listed", k.listed(old.Subject, at(0)), []session.Ref{next.Ref})
}

// SES-106
func rotateWithGrace(k *kit) {
	old := k.create(k.rec(k.subject()))
	next := k.rotate(old, 10*time.Second)
	next.Prev = old.Ref
	k.holds(next, at(0))
	equal(k, "listed", k.listed(old.Subject, at(0)), []session.Ref{next.Ref})

	old.Superseded, old.IdleUntil = true, at(10*time.Second)
	k.holds(old, at(10*time.Second-time.Millisecond))
	k.lacks("old after its grace", old.Ref, at(10*time.Second))
	k.holds(next, at(10*time.Second))

	u := old
	u.Rev, u.Sealed = 2, []byte("late")
	k.fails("update of a superseded record", k.s.Session.Update(k.ctx(), u, 1, at(time.Second)), store.ErrConflict)
	k.holds(old, at(time.Second))
}

// SES-106, SES-228
func graceIsNoTouch(k *kit) {
	old := k.rec(k.subject())
	old.IdleUntil = at(5 * time.Second)
	k.rotate(k.create(old), time.Minute)
	k.lacks("old after its own deadline", old.Ref, at(5*time.Second))
}

// SES-209
func rotateRegistered(k *kit) {
	s := k.subject()
	r := k.create(k.rec(s))
	other := k.create(k.rec(s))
	for i := range 5 {
		r = k.rotate(r, time.Duration(i%2)*time.Minute)
		got := k.listed(s, at(0))
		if len(got) != 2 || got[0] != r.Ref && got[1] != r.Ref || got[0] != other.Ref && got[1] != other.Ref {
			k.Fatalf("after rotation %d: listed %v, want %v and %v", i+1, got, r.Ref, other.Ref)
		}
	}
}

// SES-225, SES-227
func rotateGuest(k *kit) {
	guest := k.create(k.rec(identity.Subject{}))
	next := k.rec(k.subject())
	_, err := k.s.Session.Rotate(k.ctx(), guest.Ref, 1, next, claimOf(next), 0)
	k.must(err)
	k.lacks("guest", guest.Ref, at(0))
	k.holds(next, at(0))
	equal(k, "listed", k.listed(next.Subject, at(0)), []session.Ref{next.Ref})

	after := k.rec(identity.Subject{})
	_, err = k.s.Session.Rotate(k.ctx(), next.Ref, 1, after, claimOf(after), 0)
	k.must(err)
	equal(k, "listed after leaving", k.listed(next.Subject, at(0)), []session.Ref{})
}

// SES-105, SES-225
func rotateConditions(k *kit) {
	s := k.subject()
	r := k.create(k.rec(s))
	next := k.rec(s)
	attempt := func(old session.Ref, prev uint64, now time.Time, want error) {
		k.Helper()
		claim := claimOf(next)
		claim.Now = now
		_, err := k.s.Session.Rotate(k.ctx(), old, prev, next, claim, time.Minute)
		k.fails("rotate", err, want)
		k.lacks("successor", next.Ref, now)
	}
	attempt(k.ref(), 1, at(0), store.ErrNotFound)
	attempt(r.Ref, 2, at(0), store.ErrConflict)
	attempt(r.Ref, 1, at(idle), store.ErrNotFound)
	k.holds(r, at(0))
	equal(k, "listed", k.listed(s, at(0)), []session.Ref{r.Ref})

	winner := k.rotate(r, time.Minute)
	attempt(r.Ref, 1, at(0), store.ErrConflict)
	equal(k, "listed", k.listed(s, at(0)), []session.Ref{winner.Ref})
}

// SES-100
func rotateTaken(k *kit) {
	s := k.subject()
	r, other := k.create(k.rec(s)), k.create(k.rec(s))
	for _, taken := range []session.Ref{other.Ref, r.Ref} {
		next := k.rec(s)
		next.Ref = taken
		_, err := k.s.Session.Rotate(k.ctx(), r.Ref, 1, next, claimOf(next), time.Minute)
		k.fails("rotate", err, store.ErrExists)
	}
	k.holds(r, at(0))
	k.holds(other, at(0))
}

// SES-106
func onePredecessor(k *kit) {
	first := k.create(k.rec(k.subject()))
	second := k.rotate(first, time.Minute)
	third := k.rotate(second, time.Minute)
	k.lacks("first", first.Ref, at(0))
	k.must(k.s.Session.Delete(k.ctx(), third.Ref, third.Subject))
	k.lacks("second", second.Ref, at(0))
	k.lacks("third", third.Ref, at(0))
}

// SES-106
func deleteBoth(k *kit) {
	for _, which := range []string{"successor", "predecessor"} {
		old := k.create(k.rec(k.subject()))
		next := k.rotate(old, time.Minute)
		target := next.Ref
		if which == "predecessor" {
			target = old.Ref
		}
		k.must(k.s.Session.Delete(k.ctx(), target, old.Subject))
		k.lacks(which+" deleted: old", old.Ref, at(0))
		k.lacks(which+" deleted: next", next.Ref, at(0))
		equal(k, "listed", k.listed(old.Subject, at(0)), []session.Ref{})
	}
}
