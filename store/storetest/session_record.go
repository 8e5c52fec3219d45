package storetest

import (
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// The life of one record: created, loaded, updated, touched, deleted.
func testRecords(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"what_was_created_is_loaded", createLoad},
		{"the_bytes_are_those_of_every_backend", goldenBytes},
		{"absent_is_ErrNotFound_and_a_zero_record", absentRecord},
		{"dead_is_absent_for_every_verb", deadIsAbsent},
		{"a_known_ref_is_ErrExists", knownRef},
		{"the_largest_body_fits_and_a_larger_one_does_not", bodySize},
		{"the_body_is_copied_in", bodyCopied},
		{"update_replaces_body_and_header", updateReplaces},
		{"update_is_conditioned_on_the_rev", updateRev},
		{"update_never_recreates", updateAbsent},
		{"touch_moves_forward_only", touchForward},
		{"touch_of_nothing_succeeds", touchNothing},
		{"touch_does_not_revive", touchDead},
		{"delete_is_idempotent", deleteTwice},
		{"delete_spares_another_subjects_record", deleteForeign},
	})
}

// STO-001, STO-002
func createLoad(k *kit) {
	for _, s := range []identity.Subject{{}, k.subject()} {
		r := k.create(k.rec(s))
		k.holds(r, at(0))
		_, e, err := k.s.Session.Load(k.ctx(), r.Ref, at(0))
		k.must(err)
		equal(k, "epochs", e.Epochs, identity.Epochs{})
	}
}

// STO-004
func absentRecord(k *kit) { k.lacks("never created", k.ref(), at(0)) }

// STO-004, SES-228
func deadIsAbsent(k *kit) {
	for _, c := range []struct {
		name     string
		idle     time.Duration
		absolute time.Duration
		dies     time.Duration
	}{
		{"idle", time.Hour, 2 * time.Hour, time.Hour},
		{"absolute", 2 * time.Hour, time.Hour, time.Hour},
	} {
		s := k.subject()
		r := k.rec(s)
		r.IdleUntil, r.AbsUntil = at(c.idle), at(c.absolute)
		k.create(r)
		last, over := at(c.dies-time.Millisecond), at(c.dies)
		k.holds(r, last)
		equal(k, c.name+": listed before", k.listed(s, last), []session.Ref{r.Ref})

		k.lacks(c.name, r.Ref, over)
		equal(k, c.name+": listed after", k.listed(s, over), []session.Ref{})
		u := r
		u.Rev, u.IdleUntil = 2, at(3*time.Hour)
		k.fails(c.name+": update", k.s.Session.Update(k.ctx(), u, 1, over), store.ErrNotFound)
		next := k.rec(s)
		claim := claimOf(next)
		claim.Now = over
		_, err := k.s.Session.Rotate(k.ctx(), r.Ref, 1, next, claim, 0)
		k.fails(c.name+": rotate", err, store.ErrNotFound)
		k.lacks(c.name+": successor", next.Ref, at(0))
	}
}

// STO-005, SES-100
func knownRef(k *kit) {
	r := k.create(k.rec(k.subject()))
	again := k.rec(k.subject())
	again.Ref = r.Ref
	_, err := k.s.Session.Create(k.ctx(), again, claimOf(again))
	k.fails("create", err, store.ErrExists)
	k.holds(r, at(0))
	equal(k, "listed", k.listed(again.Subject, at(0)), []session.Ref{})
}

// STO-006
func bodySize(k *kit) {
	r := k.rec(k.subject())
	r.Sealed = tooLong(session.MaxSealed)[1:]
	k.holds(k.create(r), at(0))

	large := k.rec(k.subject())
	large.Sealed = tooLong(session.MaxSealed)
	_, err := k.s.Session.Create(k.ctx(), large, claimOf(large))
	k.fails("create", err, store.ErrTooLarge)
	_, err = k.s.Session.Rotate(k.ctx(), r.Ref, 1, large, claimOf(large), 0)
	k.fails("rotate", err, store.ErrTooLarge)
	large.Ref, large.Rev = r.Ref, 2
	k.fails("update", k.s.Session.Update(k.ctx(), large, 1, at(0)), store.ErrTooLarge)
	k.holds(r, at(0))
}

// STO-020
func bodyCopied(k *kit) {
	r := k.rec(k.subject())
	r.Sealed = []byte("as it was")
	k.create(r)
	copy(r.Sealed, "garbage!!")
	r.Sealed = []byte("as it was")
	k.holds(r, at(0))

	r.Rev, r.Sealed = 2, []byte("now other")
	k.must(k.s.Session.Update(k.ctx(), r, 1, at(0)))
	copy(r.Sealed, "garbage!!")
	r.Sealed = []byte("now other")
	k.holds(r, at(0))
}

// STO-002
func updateReplaces(k *kit) {
	r := k.create(k.rec(k.subject()))
	u := r
	u.Rev, u.AuthAt, u.IdleUntil = 2, at(time.Minute), at(2*idle)
	u.Kid, u.Sealed = seal.KeyID{9, 9, 9, 9}, []byte("another body")
	want := u
	// What a record is bound to does not change under an update, whatever it says.
	u.Subject, u.Login = k.subject(), identity.NewLoginID(k.src)
	u.CreatedAt, u.AbsUntil = at(time.Hour), at(2*absolute)
	u.Epochs = identity.Epochs{Global: 7, Tenant: 7, User: 7}
	k.must(k.s.Session.Update(k.ctx(), u, 1, at(time.Minute)))
	k.holds(want, at(time.Minute))
	equal(k, "still listed", k.listed(r.Subject, at(0)), []session.Ref{r.Ref})
	equal(k, "not listed elsewhere", k.listed(u.Subject, at(0)), []session.Ref{})
}

// SES-100
func updateRev(k *kit) {
	r := k.create(k.rec(k.subject()))
	r.Rev = 2
	k.must(k.s.Session.Update(k.ctx(), r, 1, at(0)))
	for _, prev := range []uint64{1, 3} {
		u := r
		u.Rev, u.Sealed = prev+1, []byte("lost")
		k.fails("update", k.s.Session.Update(k.ctx(), u, prev, at(0)), store.ErrConflict)
	}
	k.holds(r, at(0))
}

// SES-100
func updateAbsent(k *kit) {
	r := k.rec(k.subject())
	r.Rev = 2
	k.fails("never there", k.s.Session.Update(k.ctx(), r, 1, at(0)), store.ErrNotFound)
	k.lacks("never there", r.Ref, at(0))

	r = k.create(k.rec(k.subject()))
	k.must(k.s.Session.Delete(k.ctx(), r.Ref, identity.Subject{}))
	r.Rev = 2
	k.fails("deleted", k.s.Session.Update(k.ctx(), r, 1, at(0)), store.ErrNotFound)
	k.lacks("deleted", r.Ref, at(0))
}

// SES-229
func touchForward(k *kit) {
	r := k.create(k.rec(k.subject()))
	touch := func(until, now time.Duration) {
		k.Helper()
		k.must(k.s.Session.Touch(k.ctx(), r.Ref, at(until), at(now)))
	}
	touch(time.Hour, time.Minute)
	r.IdleUntil = at(time.Hour)
	k.holds(r, at(time.Minute))
	touch(45*time.Minute, 2*time.Minute)
	k.holds(r, at(2*time.Minute))
	touch(absolute+time.Hour, 3*time.Minute)
	r.IdleUntil = at(absolute)
	k.holds(r, at(3*time.Minute))
	k.lacks("after the absolute end", r.Ref, at(absolute))
}

// STO-005
func touchNothing(k *kit) {
	ref := k.ref()
	k.must(k.s.Session.Touch(k.ctx(), ref, at(idle), at(0)))
	k.lacks("touched", ref, at(0))
}

// SES-228, SES-229
func touchDead(k *kit) {
	r := k.create(k.rec(k.subject()))
	k.must(k.s.Session.Touch(k.ctx(), r.Ref, at(2*idle), at(idle)))
	k.lacks("touched at its deadline", r.Ref, at(idle))

	old := k.create(k.rec(k.subject()))
	k.rotate(old, 10*time.Second)
	k.must(k.s.Session.Touch(k.ctx(), old.Ref, at(idle), at(time.Second)))
	k.lacks("superseded, after its grace", old.Ref, at(10*time.Second))
}

// STO-005, SES-198
func deleteTwice(k *kit) {
	r := k.create(k.rec(k.subject()))
	for range 2 {
		k.must(k.s.Session.Delete(k.ctx(), r.Ref, r.Subject))
		k.lacks("deleted", r.Ref, at(0))
	}
	equal(k, "listed", k.listed(r.Subject, at(0)), []session.Ref{})

	guest := k.create(k.rec(identity.Subject{}))
	k.must(k.s.Session.Delete(k.ctx(), guest.Ref, identity.Subject{}))
	k.lacks("guest", guest.Ref, at(0))
}

// IDN-031
func deleteForeign(k *kit) {
	r := k.create(k.rec(k.subject()))
	for _, s := range []identity.Subject{
		k.subject(),
		{Tenant: r.Subject.Tenant, User: identity.NewUserID(k.src)},
		{Tenant: identity.NewTenantID(k.src), User: r.Subject.User},
	} {
		k.must(k.s.Session.Delete(k.ctx(), r.Ref, s))
		k.holds(r, at(0))
	}
	k.must(k.s.Session.Delete(k.ctx(), r.Ref, identity.Subject{}))
	k.lacks("deleted without subject", r.Ref, at(0))
}
