package storetest

import (
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
)

// What becomes of an attempt.
func testAttempts(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"attempts_in_flight_count", inFlightCounts},
		{"an_unsettled_attempt_becomes_a_failure_after_30_s", pendingFails},
		{"unsettled_attempts_lock_from_their_start", pendingLocks},
		{"one_attempt_of_a_flow_at_a_time", flowBusy},
		{"passing_charges_nothing_and_forgives_nothing", passedCharges},
		{"a_completed_login_clears_the_last_lever_alone", clearedLast},
		{"an_attempt_knows_whether_its_last_key_was_locked", lockedBefore},
		{"releasing_gives_the_attempt_back", releaseGives},
		{"settling_twice_changes_nothing", settleTwice},
		{"a_late_release_gives_nothing_back", lateRelease},
		{"clearing_forgets_what_has_failed_by_itself", clearLapsed},
	})
}

// AUN-044, AUN-052
func inFlightCounts(k *kit) {
	lv := k.lever()
	k.fail(3, 0, lv)
	a := k.reserved(10*time.Second, lv)
	b := k.reserved(10*time.Second, lv)
	refused := k.throttled("full", 10*time.Second, 11*time.Second, 0, lv)
	if refused.First {
		k.Error("a full allowance is marked like the first refusal of a lock")
	}
	k.settle(a, authn.Passed, 11*time.Second, lv)
	k.open("one has passed", 11*time.Second, lv)
	if locks := k.settle(b, authn.Failed, 12*time.Second, lv); len(locks) > 0 {
		k.Errorf("locked by the fourth failure: %v", locks)
	}
}

// AUN-050, AUN-I10
func pendingFails(k *kit) {
	lv := k.lever()
	k.fail(4, 0, lv)
	late := k.reserved(10*time.Second, lv)
	k.throttled("in flight", 40*time.Second-time.Millisecond, 41*time.Second-time.Millisecond, 0, lv)
	k.throttled("failed", 40*time.Second, 15*time.Minute+10*time.Second, 0, lv)
	// Whoever settles it now is too late, whatever the verdict.
	for _, v := range []authn.Verdict{authn.Passed, authn.Cleared, authn.Failed} {
		if locks := k.settle(late, v, 41*time.Second, lv); len(locks) > 0 {
			k.Errorf("a late verdict locks: %v", locks)
		}
		k.throttled("still failed", 42*time.Second, 15*time.Minute+10*time.Second, 0, lv)
	}
	// Too late also if nobody has looked in between.
	other := k.lever()
	k.fail(4, 0, other)
	r := k.reserved(10*time.Second, other)
	k.settle(r, authn.Cleared, 40*time.Second, other)
	k.throttled("failed", 41*time.Second, 15*time.Minute+10*time.Second, 0, other)
}

// AUN-162: who passes after a lock is told, so the attempt has to know.
func lockedBefore(k *kit) {
	address, user := k.lever(), k.lever()
	says := func(what string, want bool, now time.Duration, levers ...authn.Lever) {
		k.Helper()
		r := k.reserved(now, levers...)
		if r.Locked != want {
			k.Errorf("%s: locked is %v", what, r.Locked)
		}
		k.settle(r, authn.Passed, now, levers...)
	}
	says("a new key", false, 0, address, user)
	k.fail(4, 0, user)
	says("failures without a lock", false, time.Minute, address, user)
	k.fail(1, 2*time.Minute, user)
	says("after the lock", true, 20*time.Minute, address, user)
	says("another key is last", false, 20*time.Minute, user, address)
	says("passing clears nothing", true, 21*time.Minute, address, user)
	k.settle(k.reserved(22*time.Minute, address, user), authn.Cleared, 22*time.Minute, address, user)
	says("cleared", false, 23*time.Minute, address, user)
	k.fail(5, 24*time.Minute, user)
	says("locked again", true, time.Hour, address, user)
	says("forgotten", false, 25*time.Hour, address, user)
}

// AUN-050: giving back what has become a failure gives nothing back, whether or
// not somebody has looked in between.
func lateRelease(k *kit) {
	lv := k.lever()
	k.fail(4, 0, lv)
	r := k.reserved(10*time.Second, lv)
	k.must(k.s.Throttle.Release(k.ctx(), r, at(40*time.Second)))
	k.throttled("failed", 41*time.Second, 15*time.Minute+10*time.Second, 0, lv)
	intime := k.lever()
	k.fail(4, 0, intime)
	r = k.reserved(10*time.Second, intime)
	k.must(k.s.Throttle.Release(k.ctx(), r, at(40*time.Second-time.Millisecond)))
	k.open("given back in time", 41*time.Second, intime)
}

// AUN-050, AUN-059: what has failed by itself when a key is cleared is forgotten
// with the rest; what is in flight then is not.
func clearLapsed(k *kit) {
	lv := k.lever()
	for range 5 {
		k.reserved(0, lv)
	}
	k.must(k.s.Throttle.Clear(k.ctx(), lv.Key, at(30*time.Second)))
	k.open("the lock is forgotten", 31*time.Second, lv)
	equal(k, "the first lock", k.fail(5, time.Minute, lv),
		[]authn.Lock{{Until: at(16*time.Minute + 4*time.Second), Failures: 5}})
	flying := k.lever()
	for range 5 {
		k.reserved(0, flying)
	}
	k.must(k.s.Throttle.Clear(k.ctx(), flying.Key, at(29*time.Second)))
	k.throttled("failed since", 30*time.Second, 15*time.Minute, 0, flying)
}

// AUN-050, AUN-I4, AUN-I10
func pendingLocks(k *kit) {
	lv := k.lever()
	for range 5 {
		k.reserved(0, lv) // five crashes
	}
	k.throttled("in flight", 29*time.Second, 30*time.Second, 0, lv)
	k.throttled("failed", 30*time.Second, 15*time.Minute, 0, lv)
	// It does not matter when somebody looks.
	unseen := k.lever()
	for range 5 {
		k.reserved(0, unseen)
	}
	k.open("the lock is over", 15*time.Minute, unseen)
	equal(k, "the next lock is longer", k.fail(5, 20*time.Minute, unseen),
		[]authn.Lock{{Until: at(50*time.Minute + 4*time.Second), Failures: 5}})
}

// AUN-042
func flowBusy(k *kit) {
	lv := k.lever()
	flow := authn.Attempt{Flow: [16]byte{1}, Levers: []authn.Lever{lv}}
	reserve := func(a authn.Attempt, now time.Duration) (authn.Reservation, error) {
		return k.s.Throttle.Reserve(k.ctx(), a, at(now))
	}
	r, err := reserve(flow, 0)
	k.must(err)
	_, err = reserve(flow, 29*time.Second)
	k.fails("second", err, authn.ErrBusy)
	elsewhere := authn.Attempt{Flow: flow.Flow, Levers: []authn.Lever{k.lever()}}
	k.fails("second, on another key", first(reserve(elsewhere, 0)), authn.ErrBusy)
	other := authn.Attempt{Flow: [16]byte{2}, Levers: flow.Levers}
	o, err := reserve(other, 0)
	k.must(err)
	k.settle(r, authn.Passed, time.Second, lv)
	settled := r
	r, err = reserve(flow, time.Second)
	k.must(err)
	// Settling one flow does not free another, nor does settling twice.
	k.must(k.s.Throttle.Release(k.ctx(), o, at(time.Second)))
	k.must(k.s.Throttle.Release(k.ctx(), settled, at(time.Second)))
	k.settle(settled, authn.Failed, 2*time.Second, lv)
	k.fails("still busy", first(reserve(flow, 2*time.Second)), authn.ErrBusy)
	k.must(k.s.Throttle.Release(k.ctx(), r, at(2*time.Second)))
	_, err = reserve(flow, 2*time.Second)
	k.must(err)
	_, err = reserve(flow, 32*time.Second)
	k.must(err) // the crashed one holds the flow no longer than it is in flight
}

// AUN-059
func passedCharges(k *kit) {
	lv := k.lever()
	for i := range 20 {
		k.settle(k.reserved(time.Duration(i), lv), authn.Passed, time.Duration(i), lv)
	}
	k.fail(4, 0, lv)
	k.settle(k.reserved(10*time.Second, lv), authn.Passed, 10*time.Second, lv)
	if locks := k.fail(1, 11*time.Second, lv); len(locks) != 1 {
		k.Errorf("a correct step between has forgiven four failures: %v", locks)
	}
}

// AUN-052, AUN-059
func clearedLast(k *kit) {
	address, user := k.lever(), k.lever()
	k.fail(4, 0, address)
	k.fail(4, 0, user)
	k.settle(k.reserved(10*time.Second, address, user), authn.Cleared, 10*time.Second, address, user)
	if locks := k.fail(4, 11*time.Second, user); len(locks) > 0 {
		k.Errorf("the last lever was not cleared: %v", locks)
	}
	if locks := k.fail(1, 20*time.Second, address); len(locks) != 1 {
		k.Errorf("another lever than the last was cleared: %v", locks)
	}
	// The level is forgotten with the failures.
	lv := k.lever()
	k.fail(5, 0, lv)
	k.settle(k.reserved(time.Hour, lv), authn.Cleared, time.Hour, lv)
	equal(k, "lock", k.fail(5, 2*time.Hour, lv), []authn.Lock{{Until: at(2*time.Hour + 15*time.Minute + 4*time.Second), Failures: 5}})
}

// AUN-045, AUN-050
func releaseGives(k *kit) {
	lv := k.lever()
	for i := range 20 {
		r := k.reserved(time.Duration(i), lv)
		k.must(k.s.Throttle.Release(k.ctx(), r, at(time.Duration(i))))
		k.must(k.s.Throttle.Release(k.ctx(), r, at(time.Duration(i))))
	}
	k.open("nothing was charged", time.Minute, lv)
}

// AUN-050
func settleTwice(k *kit) {
	lv := k.lever()
	k.fail(3, 0, lv)
	r := k.reserved(10*time.Second, lv)
	for range 3 {
		if locks := k.settle(r, authn.Failed, 10*time.Second, lv); len(locks) > 0 {
			k.Errorf("one failure told three times has locked: %v", locks)
		}
	}
	for _, v := range []authn.Verdict{authn.Cleared, authn.Passed} {
		k.settle(r, v, 11*time.Second, lv)
	}
	k.must(k.s.Throttle.Release(k.ctx(), r, at(11*time.Second)))
	if locks := k.fail(1, 12*time.Second, lv); len(locks) != 1 {
		k.Errorf("settling again has forgiven: %v", locks)
	}
}
