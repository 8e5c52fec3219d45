package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/store"
)

func testThrottle(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"the_failure_that_fills_the_threshold_locks", lockAtThreshold},
		{"failures_older_than_the_window_do_not_count", windowSlides},
		{"locks_double_up_to_the_cap", lockDoubles},
		{"the_level_decays_without_failure", levelDecays},
		{"a_lock_is_not_extended", lockStays},
		{"the_first_and_every_tenth_refusal_are_marked", refusalMarks},
		{"attempts_in_flight_count", inFlightCounts},
		{"an_unsettled_attempt_becomes_a_failure_after_30_s", pendingFails},
		{"unsettled_attempts_lock_from_their_start", pendingLocks},
		{"one_attempt_of_a_flow_at_a_time", flowBusy},
		{"passing_charges_nothing_and_forgives_nothing", passedCharges},
		{"a_completed_login_clears_the_last_lever_alone", clearedLast},
		{"releasing_gives_the_attempt_back", releaseGives},
		{"settling_twice_changes_nothing", settleTwice},
		{"the_first_refusal_wins_and_nobody_is_charged", refusalOrder},
		{"clearing_unlocks_one_key", clearKey},
		{"time_moving_backwards_does_not_shorten_a_lock", lockBackwards},
		{"keys_are_apart", keysApart},
		{"malformed_arguments_are_ErrBadArgument", ledgerArguments},
		{"a_cancelled_context_leaves_nothing", ledgerCancelled},
		{"race/parallel_guesses_take_the_allowance", raceGuesses},
		{"race/one_attempt_of_a_flow_is_reserved", raceFlow},
		{"race/an_attempt_is_settled_once", raceSettle},
		{"every_sequence_ends_as_the_model_says", ledgerModel},
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
	k.must(k.s.Throttle.Release(k.ctx(), r))
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
	for _, want := range []time.Duration{15, 30, 60, 120, 240, 480, 960, 1440} {
		locks := k.fail(5, now, lv)
		now += 4 * time.Second // the fifth failure
		equal(k, "lock", locks, []authn.Lock{{Until: at(now + want*time.Minute), Failures: 5}})
		now += want * time.Minute
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
		k.must(k.s.Throttle.Clear(k.ctx(), lv.Key))
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
	k.must(k.s.Throttle.Release(k.ctx(), o))
	k.must(k.s.Throttle.Release(k.ctx(), settled))
	k.settle(settled, authn.Failed, 2*time.Second, lv)
	k.fails("still busy", first(reserve(flow, 2*time.Second)), authn.ErrBusy)
	k.must(k.s.Throttle.Release(k.ctx(), r))
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
		k.must(k.s.Throttle.Release(k.ctx(), r))
		k.must(k.s.Throttle.Release(k.ctx(), r))
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
	k.must(k.s.Throttle.Release(k.ctx(), r))
	if locks := k.fail(1, 12*time.Second, lv); len(locks) != 1 {
		k.Errorf("settling again has forgiven: %v", locks)
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
	k.must(k.s.Throttle.Clear(k.ctx(), a.Key))
	k.must(k.s.Throttle.Clear(k.ctx(), k.key()))
	k.throttled("the other", time.Minute, 15*time.Minute+4*time.Second, 0, b)
	equal(k, "from the first level on", k.fail(5, time.Minute, a),
		[]authn.Lock{{Until: at(16*time.Minute + 4*time.Second), Failures: 5}})
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

// AUN-050
func ledgerArguments(k *kit) {
	lv, ctx, l := k.lever(), k.ctx(), k.s.Throttle
	r := k.reserved(0, lv)
	reserve := func(levers ...authn.Lever) error { return first(k.reserve(0, levers...)) }
	odd := func(edit func(*authn.LockPolicy)) error {
		lv := k.lever()
		edit(&lv.Policy)
		return reserve(lv)
	}
	commit := func(r authn.Reservation, v authn.Verdict, now time.Time, levers ...authn.Lever) error {
		return first(l.Commit(ctx, r, v, levers, now))
	}
	for what, err := range map[string]error{
		"no lever":              reserve(),
		"five levers":           reserve(k.lever(), k.lever(), k.lever(), k.lever(), k.lever()),
		"zero key":              reserve(authn.Lever{Policy: userPolicy()}),
		"one key twice":         reserve(lv, lv),
		"no policy":             reserve(authn.Lever{Key: k.key()}),
		"threshold 0":           odd(func(p *authn.LockPolicy) { p.Threshold = 0 }),
		"window 0":              odd(func(p *authn.LockPolicy) { p.Window = 0 }),
		"lock 0":                odd(func(p *authn.LockPolicy) { p.Lock = 0 }),
		"factor 0":              odd(func(p *authn.LockPolicy) { p.Factor = 0 }),
		"cap 0":                 odd(func(p *authn.LockPolicy) { p.Cap = 0 }),
		"negative decay":        odd(func(p *authn.LockPolicy) { p.Decay = -1 }),
		"reserve, zero time":    first(l.Reserve(ctx, authn.Attempt{Levers: []authn.Lever{k.lever()}}, time.Time{})),
		"commit, nothing":       commit(authn.Reservation{}, authn.Passed, at(0), lv),
		"commit, no verdict":    commit(r, 0, at(0), lv),
		"commit, odd verdict":   commit(r, authn.Cleared+1, at(0), lv),
		"commit, zero time":     commit(r, authn.Passed, time.Time{}, lv),
		"commit, no lever":      commit(r, authn.Passed, at(0)),
		"commit, another lever": commit(r, authn.Passed, at(0), k.lever()),
		"commit, more levers":   commit(r, authn.Passed, at(0), lv, k.lever()),
		"release, nothing":      l.Release(ctx, authn.Reservation{}),
		"clear, zero key":       l.Clear(ctx, authn.Key{}),
	} {
		k.fails(what, err, store.ErrBadArgument)
	}
	k.fail(4, 0, lv)
	k.throttled("the reservation still stands", 10*time.Second, 11*time.Second, 0, lv)
}

// IDN-060, AUN-050
func ledgerCancelled(k *kit) {
	lv, ctx, l := k.lever(), k.cancelled(), k.s.Throttle
	k.fail(4, 0, lv)
	r := k.reserved(10*time.Second, lv)
	for what, err := range map[string]error{
		"reserve": first(l.Reserve(ctx, authn.Attempt{Levers: []authn.Lever{lv}}, at(10*time.Second))),
		"commit":  first(l.Commit(ctx, r, authn.Passed, []authn.Lever{lv}, at(10*time.Second))),
		"release": l.Release(ctx, r),
		"clear":   l.Clear(ctx, lv.Key),
	} {
		k.fails(what, err, context.Canceled)
	}
	k.throttled("still in flight", 11*time.Second, 12*time.Second, 0, lv)
}

// AUN-044, AUN-I4, AUN-I10, IDN-067
func raceGuesses(k *kit) {
	lv := k.lever()
	rs := make([]authn.Reservation, racers)
	errs := race(func(i int) (err error) {
		rs[i], err = k.reserve(0, lv)
		return err
	})
	evaluated := 0
	for i, err := range errs {
		if err == nil {
			evaluated++
			k.settle(rs[i], authn.Failed, time.Second, lv)
		} else if refused := (*authn.ThrottledError)(nil); !errors.As(err, &refused) {
			k.Errorf("racer %d: %v", i, err)
		}
	}
	if evaluated != lv.Policy.Threshold {
		k.Errorf("%d guesses were evaluated, want %d", evaluated, lv.Policy.Threshold)
	}
	k.throttled("locked", 2*time.Second, 15*time.Minute+time.Second, 0, lv)

	// Reserved and settled at once, by everybody: still no more than the threshold.
	lv = k.lever()
	errs = race(func(int) error {
		r, err := k.reserve(0, lv)
		if err != nil {
			return err
		}
		_, err = k.s.Throttle.Commit(k.ctx(), r, authn.Failed, []authn.Lever{lv}, at(0))
		return err
	})
	evaluated = 0
	for _, err := range errs {
		if err == nil {
			evaluated++
		}
	}
	if evaluated != lv.Policy.Threshold {
		k.Errorf("%d guesses were evaluated, want %d", evaluated, lv.Policy.Threshold)
	}
}

// AUN-042, IDN-067
func raceFlow(k *kit) {
	lv := k.lever()
	lv.Policy.Threshold = 2 * racers
	k.winners(race(func(int) error {
		return first(k.s.Throttle.Reserve(k.ctx(), authn.Attempt{Flow: [16]byte{7}, Levers: []authn.Lever{lv}}, at(0)))
	}), 1, authn.ErrBusy)
}

// AUN-050, IDN-067
func raceSettle(k *kit) {
	lv := k.lever()
	k.fail(4, 0, lv)
	r := k.reserved(10*time.Second, lv)
	locks := make([][]authn.Lock, racers)
	k.winners(race(func(i int) (err error) {
		locks[i], err = k.s.Throttle.Commit(k.ctx(), r, authn.Failed, []authn.Lever{lv}, at(10*time.Second))
		return err
	}), racers)
	told := 0
	for _, l := range locks {
		told += len(l)
	}
	if told != 1 {
		k.Errorf("the lock was reported %d times, want once", told)
	}
}
