package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/store"
)

// What is refused, and what holds when many guess at once.
func testLedgerArguments(t *testing.T, f Factory) {
	t.Helper()
	runCases(t, f, []testCase{
		{"malformed_arguments_are_ErrBadArgument", ledgerArguments},
		{"a_cancelled_context_leaves_nothing", ledgerCancelled},
		{"race/parallel_guesses_take_the_allowance", raceGuesses},
		{"race/one_attempt_of_a_flow_is_reserved", raceFlow},
		{"race/an_attempt_is_settled_once", raceSettle},
		{"every_sequence_ends_as_the_model_says", ledgerModel},
	})
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
		"release, nothing":      l.Release(ctx, authn.Reservation{}, at(0)),
		"release, zero time":    l.Release(ctx, r, time.Time{}),
		"clear, zero key":       l.Clear(ctx, authn.Key{}, at(0)),
		"clear, zero time":      l.Clear(ctx, lv.Key, time.Time{}),
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
		"release": l.Release(ctx, r, at(10*time.Second)),
		"clear":   l.Clear(ctx, lv.Key, at(10*time.Second)),
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
