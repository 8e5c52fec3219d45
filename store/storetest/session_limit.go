package storetest

import (
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// How many sessions a subject may have at once.
func testLimits(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"the_oldest_login_is_evicted", evictOldest},
		{"equal_logins_are_evicted_by_ref", evictByRef},
		{"a_lowered_limit_evicts_as_many_as_it_takes", evictSeveral},
		{"eviction_takes_the_predecessor_along", evictChain},
		{"RefuseNew_keeps_what_there_is", refuseNew},
		{"dead_revoked_and_superseded_sessions_do_not_count", countLive},
		{"a_rotation_claims_no_new_place", rotateAtLimit},
		{"a_login_over_a_guest_claims_a_place", loginAtLimit},
		{"guests_are_not_counted", guestsUncounted},
		{"other_subjects_are_not_counted", othersUncounted},
		{"without_policy_the_hard_ceiling_holds", hardCeiling},
	})
}

// limited logs in under a limit.
func (k *kit) limited(r session.Record, max int, now time.Time) ([]session.Ref, error) {
	k.Helper()
	c := claimOf(r)
	c.Limit.Max, c.Now = max, now
	return k.s.Session.Create(k.ctx(), r, c)
}

func (k *kit) loginAt(s identity.Subject, minutes int) session.Record {
	k.Helper()
	return k.login(s, at(time.Duration(minutes)*time.Minute))
}

// SES-203
func evictOldest(k *kit) {
	s := k.subject()
	middle, oldest, newest := k.loginAt(s, 2), k.loginAt(s, 1), k.loginAt(s, 3)
	next := k.rec(s)
	next.AuthAt = at(4 * time.Minute)
	evicted, err := k.limited(next, 3, at(0))
	k.must(err)
	equal(k, "evicted", evicted, []session.Ref{oldest.Ref})
	k.lacks("oldest", oldest.Ref, at(0))
	equal(k, "listed", k.listed(s, at(0)), []session.Ref{next.Ref, newest.Ref, middle.Ref})

	// The newcomer stays even if its login is the oldest.
	late := k.rec(s)
	late.AuthAt = at(-time.Hour)
	evicted, err = k.limited(late, 3, at(0))
	k.must(err)
	equal(k, "evicted", evicted, []session.Ref{middle.Ref})
	k.holds(late, at(0))
}

// SES-203
func evictByRef(k *kit) {
	s := k.subject()
	a, b := k.loginAt(s, 1), k.loginAt(s, 1)
	if before(b.Ref, a.Ref) {
		a, b = b, a
	}
	evicted, err := k.limited(k.rec(s), 2, at(0))
	k.must(err)
	equal(k, "evicted", evicted, []session.Ref{a.Ref})
	k.holds(b, at(0))
}

// before compares refs as bytes.
func before(x, y session.Ref) bool { return x.String() < y.String() }

// SES-202, SES-203
func evictSeveral(k *kit) {
	s := k.subject()
	first, second, third := k.loginAt(s, 1), k.loginAt(s, 2), k.loginAt(s, 3)
	next := k.rec(s)
	next.AuthAt = at(time.Hour)
	evicted, err := k.limited(next, 2, at(0))
	k.must(err)
	equal(k, "evicted", evicted, []session.Ref{first.Ref, second.Ref})
	equal(k, "listed", k.listed(s, at(0)), []session.Ref{next.Ref, third.Ref})
}

// SES-106, SES-203
func evictChain(k *kit) {
	s := k.subject()
	old := k.loginAt(s, 1)
	next := k.rotate(old, time.Minute)
	_, err := k.limited(k.rec(s), 1, at(0))
	k.must(err)
	k.lacks("evicted", next.Ref, at(0))
	k.lacks("its predecessor", old.Ref, at(0))
}

// SES-203
func refuseNew(k *kit) {
	s := k.subject()
	r := k.loginAt(s, 1)
	next := k.rec(s)
	c := claimOf(next)
	c.Limit = session.LimitPolicy{Max: 1, RefuseNew: true}
	evicted, err := k.s.Session.Create(k.ctx(), next, c)
	k.fails("create", err, session.ErrSessionLimit)
	if len(evicted) > 0 {
		k.Errorf("evicted %v", evicted)
	}
	k.lacks("refused", next.Ref, at(0))
	k.holds(r, at(0))

	guest := k.create(k.rec(identity.Subject{}))
	_, err = k.s.Session.Rotate(k.ctx(), guest.Ref, 1, next, c, 0)
	k.fails("rotate", err, session.ErrSessionLimit)
	k.holds(guest, at(0))

	c.Limit.Max = 2
	_, err = k.s.Session.Create(k.ctx(), next, c)
	k.must(err)
}

// SES-195, SES-202, SES-203
func countLive(k *kit) {
	s := k.subject()
	revoked := k.loginAt(s, 1)
	k.must(k.s.Session.Raise(k.ctx(), identity.UserScope(s)))
	e, err := k.s.Session.Epochs(k.ctx(), s)
	k.must(err)
	dead := k.rec(s)
	dead.Epochs, dead.IdleUntil = e, at(time.Minute)
	k.create(dead)
	rotated := k.rotate(k.loginAt(s, 3), 10*time.Minute)
	next := k.rec(s)
	next.Epochs, next.AuthAt = e, at(time.Hour)
	evicted, err := k.limited(next, 2, at(time.Minute))
	k.must(err)
	if len(evicted) > 0 {
		k.Errorf("evicted %v of revoked %v, dead %v, live %v", evicted, revoked.Ref, dead.Ref, rotated.Ref)
	}
	equal(k, "listed", k.listed(s, at(time.Minute)), []session.Ref{next.Ref, rotated.Ref})
}

// SES-209
func rotateAtLimit(k *kit) {
	s := k.subject()
	r, other := k.loginAt(s, 1), k.loginAt(s, 2)
	for _, limit := range []session.LimitPolicy{{Max: 1}, {Max: 1, RefuseNew: true}} {
		next := k.rec(s)
		next.AuthAt = r.AuthAt
		c := claimOf(next)
		c.Limit = limit
		evicted, err := k.s.Session.Rotate(k.ctx(), r.Ref, 1, next, c, time.Minute)
		k.must(err)
		if len(evicted) > 0 {
			k.Errorf("evicted %v", evicted)
		}
		equal(k, "listed", k.listed(s, at(0)), []session.Ref{other.Ref, next.Ref})
		r = next
	}
}

// SES-202
func loginAtLimit(k *kit) {
	s := k.subject()
	oldest := k.loginAt(s, 1)
	guest := k.create(k.rec(identity.Subject{}))
	next := k.rec(s)
	c := claimOf(next)
	c.Limit.Max = 1
	evicted, err := k.s.Session.Rotate(k.ctx(), guest.Ref, 1, next, c, 0)
	k.must(err)
	equal(k, "evicted", evicted, []session.Ref{oldest.Ref})
	equal(k, "listed", k.listed(s, at(0)), []session.Ref{next.Ref})
}

// SES-202
func guestsUncounted(k *kit) {
	for range 3 {
		r := k.rec(identity.Subject{})
		evicted, err := k.limited(r, 1, at(0))
		k.must(err)
		if len(evicted) > 0 {
			k.Errorf("evicted %v", evicted)
		}
		k.holds(r, at(0))
	}
}

// IDN-031, SES-202
func othersUncounted(k *kit) {
	s := k.subject()
	r := k.loginAt(s, 1)
	for _, other := range []identity.Subject{
		{Tenant: s.Tenant, User: identity.NewUserID(k.src)},
		{Tenant: identity.NewTenantID(k.src), User: s.User},
	} {
		evicted, err := k.limited(k.rec(other), 1, at(0))
		k.must(err)
		if len(evicted) > 0 {
			k.Errorf("evicted %v", evicted)
		}
	}
	k.holds(r, at(0))
}

// SES-202
func hardCeiling(k *kit) {
	s := k.subject()
	oldest := k.loginAt(s, 0)
	for range session.HardSessionLimit - 1 {
		k.loginAt(s, 1)
	}
	k.holds(oldest, at(0))
	next := k.rec(s)
	next.AuthAt = at(time.Hour)
	evicted, err := k.limited(next, 0, at(0))
	k.must(err)
	equal(k, "evicted", evicted, []session.Ref{oldest.Ref})
	if got := len(k.listed(s, at(0))); got != session.HardSessionLimit {
		k.Errorf("%d sessions, want %d", got, session.HardSessionLimit)
	}
}
