package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/store"
)

func testThrottle(t *testing.T, f Factory) {
	t.Helper()
	testLocks(t, f)
	testAttempts(t, f)
	testLedgerArguments(t, f)
	testChallenges(t, f)
	t.Run("values", func(t *testing.T) {
		t.Parallel()
		RunKV(t, func(t *testing.T) store.KV { return f(t).Throttle.KV() })
	})
}

// When a lever locks, and when it opens.
func testLocks(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"the_failure_that_fills_the_threshold_locks", lockAtThreshold},
		{"failures_older_than_the_window_do_not_count", windowSlides},
		{"locks_double_up_to_the_cap", lockDoubles},
		{"the_level_decays_without_failure", levelDecays},
		{"a_lock_is_not_extended", lockStays},
		{"the_first_and_every_tenth_refusal_are_marked", refusalMarks},
		{"the_first_refusal_wins_and_nobody_is_charged", refusalOrder},
		{"clearing_unlocks_one_key", clearKey},
		{"time_moving_backwards_does_not_shorten_a_lock", lockBackwards},
		{"clocks_that_go_back_and_forth_shorten_no_lock", ledgerClocks},
		{"keys_are_apart", keysApart},
		{"any_success_ends_a_streak", streakEnds},
		{"a_streak_of_years", streakLasts},
	})
}

// userPolicy is the shape of AUN-052.
func userPolicy() authn.LockPolicy {
	return authn.LockPolicy{
		Threshold: 5, Window: time.Hour, Lock: 15 * time.Minute, Factor: 2, Cap: 24 * time.Hour, Decay: 24 * time.Hour,
	}
}

func (k *kit) key() authn.Key { return authn.Key(entropy.Bytes32(k.src)) }

func (k *kit) lever() authn.Lever { return authn.Lever{Key: k.key(), Policy: userPolicy()} }

func (k *kit) reserve(now time.Duration, levers ...authn.Lever) (authn.Reservation, error) {
	return k.s.Throttle.Reserve(k.ctx(), authn.Attempt{Levers: levers}, at(now))
}

func (k *kit) reserved(now time.Duration, levers ...authn.Lever) authn.Reservation {
	k.Helper()
	r, err := k.reserve(now, levers...)
	k.must(err)
	return r
}

func (k *kit) settle(r authn.Reservation, v authn.Verdict, now time.Duration, levers ...authn.Lever) []authn.Lock {
	k.Helper()
	locks, err := k.s.Throttle.Commit(k.ctx(), r, v, levers, at(now))
	k.must(err)
	return locks
}

// fail makes n failures, a second apart, and returns the locks of the last.
func (k *kit) fail(n int, now time.Duration, lv authn.Lever) []authn.Lock {
	k.Helper()
	var locks []authn.Lock
	for i := range n {
		if len(locks) > 0 {
			k.Fatalf("locked after %d of %d failures", i, n)
		}
		when := now + time.Duration(i)*time.Second
		locks = k.settle(k.reserved(when, lv), authn.Failed, when, lv)
	}
	return locks
}

// throttled checks that an attempt is refused until a moment.
func (k *kit) throttled(what string, now, until time.Duration, index int, levers ...authn.Lever) authn.ThrottledError {
	k.Helper()
	_, err := k.reserve(now, levers...)
	var refused *authn.ThrottledError
	if !errors.As(err, &refused) {
		k.Fatalf("%s: got %v, want a ThrottledError", what, err)
	}
	if !refused.Until.Equal(at(until)) || refused.Lever != index {
		k.Errorf("%s: refused by lever %d until %v, want %d until %v", what, refused.Lever, refused.Until, index, at(until))
	}
	return *refused
}

// open checks that an attempt may be made, without making it.
func (k *kit) open(what string, now time.Duration, levers ...authn.Lever) {
	k.Helper()
	r, err := k.reserve(now, levers...)
	if err != nil {
		k.Errorf("%s: %v", what, err)
		return
	}
	k.must(k.s.Throttle.Release(k.ctx(), r, at(now)))
}

// AUN-050, AUN-052
func lockAtThreshold(k *kit) {
	lv := k.lever()
	if locks := k.fail(4, 0, lv); len(locks) > 0 {
		k.Errorf("locked by the fourth failure: %v", locks)
	}
	equal(k, "locks", k.fail(1, 10*time.Second, lv), []authn.Lock{{
		Lever: 0, Until: at(15*time.Minute + 10*time.Second), Failures: 5,
	}})
	k.throttled("locked", 11*time.Second, 15*time.Minute+10*time.Second, 0, lv)
	k.throttled("last moment", 15*time.Minute+10*time.Second-time.Millisecond, 15*time.Minute+10*time.Second, 0, lv)
	k.open("over", 15*time.Minute+10*time.Second, lv)
	// The whole allowance is there again.
	if locks := k.fail(4, 16*time.Minute, lv); len(locks) > 0 {
		k.Errorf("locked after four failures: %v", locks)
	}
}

// AUN-052
func windowSlides(k *kit) {
	lv := k.lever()
	k.fail(4, 0, lv)
	if locks := k.fail(1, time.Hour+time.Millisecond, lv); len(locks) > 0 {
		k.Errorf("locked by a failure after the window of the first: %v", locks)
	}
	if locks := k.fail(1, time.Hour+time.Second, lv); len(locks) != 1 {
		// The failures at 1, 2 and 3 s, at 1 h and at 1 h 1 s.
		k.Errorf("five failures within the window: locks %v", locks)
	}
}

// AUN-052
func lockDoubles(k *kit) {
	lv := k.lever()
	now := time.Duration(0)
	for _, minutes := range []int{15, 30, 60, 120, 240, 480, 960, 1440} {
		want := time.Duration(minutes) * time.Minute
		locks := k.fail(5, now, lv)
		now += 4 * time.Second // the fifth failure
		equal(k, "lock", locks, []authn.Lock{{Until: at(now + want), Failures: 5}})
		now += want
	}
	flat := k.lever()
	flat.Policy.Factor, flat.Policy.Cap = 1, time.Minute
	for range 3 {
		equal(k, "flat", k.fail(5, now, flat), []authn.Lock{{Until: at(now + 64*time.Second), Failures: 5}})
		now += 10 * time.Minute
	}
}

// AUN-052
func levelDecays(k *kit) {
	lv := k.lever()
	k.fail(5, 0, lv)
	now := time.Hour
	locks := k.fail(5, now, lv)
	equal(k, "second", locks, []authn.Lock{{Until: at(now + 30*time.Minute + 4*time.Second), Failures: 5}})
	now += 4*time.Second + 24*time.Hour - time.Millisecond
	locks = k.fail(5, now, lv)
	equal(k, "just before", locks, []authn.Lock{{Until: at(now + 60*time.Minute + 4*time.Second), Failures: 5}})
	now += 4*time.Second + 24*time.Hour
	locks = k.fail(5, now, lv)
	equal(k, "decayed", locks, []authn.Lock{{Until: at(now + 15*time.Minute + 4*time.Second), Failures: 5}})

	// An old attempt that fails late does not make the newest failure older.
	lv = k.lever()
	lv.Policy.Threshold, lv.Policy.Lock, lv.Policy.Decay = 2, time.Second, time.Minute
	k.fail(2, 0, lv) // first lock, until 2 s
	k.reserved(2*time.Second, lv)
	settled := k.reserved(2*time.Second, lv)
	k.settle(settled, authn.Failed, 31*time.Second, lv)
	k.throttled("second lock", 32*time.Second, 33*time.Second, 0, lv)
	equal(k, "third lock", k.fail(2, 89*time.Second, lv), []authn.Lock{{Until: at(94 * time.Second), Failures: 2}})
}

// AUN-053
func lockStays(k *kit) {
	lv := k.lever()
	k.fail(5, 0, lv)
	until := 15*time.Minute + 4*time.Second
	for i := range 20 {
		k.throttled("locked", time.Duration(i)*30*time.Second+5*time.Second, until, 0, lv)
	}
	k.open("over", until, lv)

	// Nor by attempts that were in flight when a stricter policy locked.
	lv = k.lever()
	flight := []authn.Reservation{k.reserved(0, lv), k.reserved(0, lv), k.reserved(0, lv)}
	lv.Policy.Threshold = 1
	equal(k, "locks", k.settle(flight[0], authn.Failed, time.Second, lv),
		[]authn.Lock{{Until: at(15*time.Minute + time.Second), Failures: 1}})
	for _, r := range flight[1:] {
		if locks := k.settle(r, authn.Failed, 10*time.Second, lv); len(locks) > 0 {
			k.Errorf("a failure during a lock has locked: %v", locks)
		}
	}
	k.throttled("locked", 11*time.Second, 15*time.Minute+time.Second, 0, lv)
}

// AUN-053
func refusalMarks(k *kit) {
	lv := k.lever()
	for range 2 {
		k.must(k.s.Throttle.Clear(k.ctx(), lv.Key, at(0)))
		k.fail(5, 0, lv)
		var marked []int
		for i := 1; i <= 30; i++ {
			if k.throttled("locked", time.Minute, 15*time.Minute+4*time.Second, 0, lv).First {
				marked = append(marked, i)
			}
		}
		equal(k, "marked refusals", marked, []int{1, 10, 20, 30})
	}
}

// AUN-057
func refusalOrder(k *kit) {
	a, b, c := k.lever(), k.lever(), k.lever()
	k.fail(5, 0, b)
	k.fail(5, 30*time.Second, c)
	until := 15*time.Minute + 4*time.Second
	for range 20 {
		k.throttled("second of three", time.Minute, until, 1, a, b, c)
	}
	if !k.throttled("third alone", time.Minute, until+30*time.Second, 1, a, c).First {
		k.Error("a refusal by an earlier lever was counted for a later one")
	}
	k.fail(4, time.Minute, a) // not one of the refused attempts was charged
	k.open("first", 2*time.Minute, a)
	equal(k, "both lock", k.settle(k.reserved(20*time.Minute, a, b), authn.Failed, 20*time.Minute, a, b),
		[]authn.Lock{{Lever: 0, Until: at(35 * time.Minute), Failures: 5}})
}

// AUN-059
func clearKey(k *kit) {
	a, b := k.lever(), k.lever()
	k.fail(5, 0, a)
	k.fail(5, 0, b)
	k.must(k.s.Throttle.Clear(k.ctx(), a.Key, at(5*time.Second)))
	k.must(k.s.Throttle.Clear(k.ctx(), k.key(), at(0)))
	k.throttled("the other", time.Minute, 15*time.Minute+4*time.Second, 0, b)
	equal(k, "from the first level on", k.fail(5, time.Minute, a),
		[]authn.Lock{{Until: at(16*time.Minute + 4*time.Second), Failures: 5}})
}

// AUN-058
func streakEnds(k *kit) {
	first, streak, last := k.lever(), k.lever(), k.lever()
	streak.Policy.Streak = true
	all := []authn.Lever{first, streak, last}
	for _, v := range []authn.Verdict{authn.Passed, authn.Cleared} {
		for _, lv := range all {
			k.must(k.s.Throttle.Clear(k.ctx(), lv.Key, at(0)))
		}
		for i := range 4 {
			k.settle(k.reserved(time.Duration(i)*time.Second, all...), authn.Failed, time.Duration(i)*time.Second, all...)
		}
		k.settle(k.reserved(5*time.Second, all...), v, 5*time.Second, all...)
		want := []authn.Lock{{Lever: 0, Until: at(15*time.Minute + 6*time.Second), Failures: 5}}
		if v == authn.Passed {
			want = append(want, authn.Lock{Lever: 2, Until: at(15*time.Minute + 6*time.Second), Failures: 5})
		}
		equal(k, "locks after a success", k.settle(k.reserved(6*time.Second, all...), authn.Failed, 6*time.Second, all...), want)
	}
	// What was given back is no success.
	streak = k.lever()
	streak.Policy.Streak = true
	k.fail(4, 0, streak)
	k.must(k.s.Throttle.Release(k.ctx(), k.reserved(5*time.Second, streak), at(5*time.Second)))
	equal(k, "locks", len(k.fail(1, 6*time.Second, streak)), 1)
}

// AUN-058: a hundred failures in a row, over years.
func streakLasts(k *kit) {
	const years = 10 * 365 * 24 * time.Hour
	lv := k.lever()
	lv.Policy = authn.LockPolicy{Streak: true, Threshold: 100, Window: years, Lock: years, Factor: 1, Cap: years, Decay: years}
	now := time.Duration(0)
	for range 99 {
		if locks := k.settle(k.reserved(now, lv), authn.Failed, now, lv); len(locks) > 0 {
			k.Fatalf("locked at %v", now)
		}
		now += 20 * 24 * time.Hour
	}
	equal(k, "locks", k.settle(k.reserved(now, lv), authn.Failed, now, lv), []authn.Lock{{Until: at(now + years), Failures: 100}})
	k.must(k.s.Throttle.Clear(k.ctx(), lv.Key, at(now)))
	k.open("cleared", now, lv)
}

// AUN-I12
func lockBackwards(k *kit) {
	lv := k.lever()
	k.fail(5, time.Hour, lv)
	until := time.Hour + 15*time.Minute + 4*time.Second
	for _, now := range []time.Duration{2 * time.Minute, -24 * time.Hour, time.Hour, until - time.Millisecond} {
		k.throttled("earlier", now, until, 0, lv)
	}
	// Somebody's clock is ahead and finds the lock over; for the others it holds.
	k.open("ahead", 2*time.Hour, lv)
	k.throttled("behind", time.Hour+time.Minute, until, 0, lv)
	// Failures of the future count, and a lock runs from the newest.
	other := k.lever()
	k.fail(4, time.Hour, other)
	equal(k, "lock", k.fail(1, 30*time.Minute, other),
		[]authn.Lock{{Until: at(until - time.Second), Failures: 5}})
}

// AUN-051
func keysApart(k *kit) {
	lv := k.lever()
	k.fail(5, 0, lv)
	for bit := range 256 {
		near := lv
		near.Key[bit/8] ^= 1 << (bit % 8)
		k.open("another key", time.Minute, near)
	}
}
