package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/jwt"
	"github.com/axess-go/axess/store"
)

// RunKV holds a backend to the contract of store.KV, and what jwt.Replays makes of it
// to that of jwt.ReplayStore. Each test gets an empty one.
func RunKV(t *testing.T, factory func(t *testing.T) store.KV) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(*kvKit)
	}{
		{"a_value_is_there_until_its_time_is_over", kvTime},
		{"a_value_is_replaced_only_by_who_may", kvConditions},
		{"a_dead_value_is_absent_to_every_verb", kvDead},
		{"take_removes_and_remove_is_idempotent", kvTake},
		{"names_are_apart_and_bytes_are_kept", kvNames},
		{"values_are_copied", kvCopies},
		{"the_largest_value_fits", kvLargest},
		{"malformed_arguments_are_refused", kvArguments},
		{"a_cancelled_context_leaves_nothing", kvCancelled},
		{"a_sweep_takes_what_is_long_dead_oldest_first", kvSweep},
		{"race/one_put_of_an_absent_value_wins", kvRacePut},
		{"race/one_put_over_a_dead_value_wins", kvRaceDead},
		{"race/one_swap_of_a_value_wins", kvRaceSwap},
		{"race/one_taker_gets_the_value", kvRaceTake},
		{"race/every_put_succeeds", kvRaceOverwrite},
		{"race/a_counter_by_swaps_counts_each", kvRaceCount},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&kvKit{kit{T: t}, factory(t)})
		})
	}
	t.Run("replays", func(t *testing.T) {
		t.Parallel()
		RunReplay(t, func(t *testing.T) jwt.ReplayStore {
			r, err := jwt.NewReplays(factory(t))
			if err != nil {
				t.Fatal(err)
			}
			return r
		})
	})
}

type kvKit struct {
	kit
	kv store.KV
}

const kvName = "axess/test/a"

func (k *kvKit) put(name, v string, until time.Duration) {
	k.Helper()
	k.must(k.kv.Put(k.ctx(), name, []byte(v), at(until), at(0)))
}

func (k *kvKit) is(name string, now time.Duration, want string) {
	k.Helper()
	got, err := k.kv.Get(k.ctx(), name, at(now))
	if err != nil || string(got) != want {
		k.Errorf("%q at %v: %q, %v; want %q", name, now, got, err, want)
	}
}

func (k *kvKit) gone(name string, now time.Duration) {
	k.Helper()
	got, err := k.kv.Get(k.ctx(), name, at(now))
	k.fails("get", err, store.ErrNotFound)
	if got != nil {
		k.Errorf("an error with a value: %q", got)
	}
}

// STO-004, STO-007, STO-008
func kvTime(k *kvKit) {
	k.gone(kvName, 0)
	k.put(kvName, "v", 900*time.Millisecond)
	k.is(kvName, 900*time.Millisecond-time.Microsecond, "v")
	k.gone(kvName, 900*time.Millisecond)
	k.put(kvName, "w", store.MaxTTL) // a longer life, a shorter one
	k.is(kvName, store.MaxTTL-time.Millisecond, "w")
	k.put(kvName, "x", time.Millisecond)
	k.gone(kvName, time.Millisecond)
}

// STO-007
func kvConditions(k *kvKit) {
	end := at(time.Minute)
	k.fails("swap of nothing", k.kv.Swap(k.ctx(), kvName, nil, []byte("v"), end, at(0)), store.ErrNotFound)
	k.gone(kvName, 0)
	k.must(k.kv.PutIfAbsent(k.ctx(), kvName, []byte("first"), end, at(0)))
	k.fails("put absent", k.kv.PutIfAbsent(k.ctx(), kvName, []byte("first"), at(time.Hour), at(0)), store.ErrExists)
	k.gone(kvName, time.Minute) // the loser has not made it live longer
	for _, other := range []string{"", "firs", "first ", "FIRST"} {
		k.fails("swap", k.kv.Swap(k.ctx(), kvName, []byte(other), []byte("v"), end, at(0)), store.ErrConflict)
	}
	k.is(kvName, 0, "first")
	k.must(k.kv.Swap(k.ctx(), kvName, []byte("first"), []byte("second"), at(time.Hour), at(0)))
	k.is(kvName, time.Minute, "second")
}

// STO-004, STO-007
func kvDead(k *kvKit) {
	k.put(kvName, "v", time.Second)
	dead, end := at(time.Second), at(time.Hour)
	k.fails("swap", k.kv.Swap(k.ctx(), kvName, []byte("v"), []byte("w"), end, dead), store.ErrNotFound)
	_, err := k.kv.Take(k.ctx(), kvName, dead)
	k.fails("take", err, store.ErrNotFound)
	k.must(k.kv.PutIfAbsent(k.ctx(), kvName, []byte("new"), end, dead))
	k.is(kvName, time.Second, "new")
}

// STO-005, STO-007
func kvTake(k *kvKit) {
	k.put(kvName, "v", time.Minute)
	got, err := k.kv.Take(k.ctx(), kvName, at(0))
	k.must(err)
	if string(got) != "v" {
		k.Errorf("took %q", got)
	}
	k.gone(kvName, 0)
	_, err = k.kv.Take(k.ctx(), kvName, at(0))
	k.fails("take again", err, store.ErrNotFound)
	k.put(kvName, "v", time.Minute)
	for range 2 {
		k.must(k.kv.Remove(k.ctx(), kvName))
		k.gone(kvName, 0)
	}
}

// STO-009
func kvNames(k *kvKit) {
	long := "axess/test/" + strings.Repeat("x", store.MaxName-len("axess/test/"))
	names := []string{"axess/test/a", "axess/test/A", "axess/test/a ", "axess/test/a/b", "axess/tes_t/a", "axess/tes-t/a", "other/test/a", "axess/test/\x00\xff%_", long}
	for _, n := range names {
		k.put(n, "value of "+n, time.Minute)
	}
	for _, n := range names {
		k.is(n, 0, "value of "+n)
	}
	k.must(k.kv.Remove(k.ctx(), names[0]))
	for _, n := range names[1:] {
		k.is(n, 0, "value of "+n)
	}
}

// STO-020
func kvCopies(k *kvKit) {
	b := []byte("value")
	k.must(k.kv.Put(k.ctx(), kvName, b, at(time.Minute), at(0)))
	b[0] = 'X'
	got, err := k.kv.Get(k.ctx(), kvName, at(0))
	k.must(err)
	got[0] = 'Y'
	k.is(kvName, 0, "value")
}

// STO-006
func kvLargest(k *kvKit) {
	large := tooLong(store.MaxValue)
	end := at(time.Minute)
	k.put(kvName, "v", time.Minute)
	k.fails("put", k.kv.Put(k.ctx(), kvName, large, end, at(0)), store.ErrTooLarge)
	k.fails("swap", k.kv.Swap(k.ctx(), kvName, []byte("v"), large, end, at(0)), store.ErrTooLarge)
	k.is(kvName, 0, "v")
	k.must(k.kv.Put(k.ctx(), kvName, large[1:], end, at(0)))
	k.is(kvName, 0, string(large[1:]))
	k.must(k.kv.Put(k.ctx(), kvName, nil, end, at(0)))
	k.is(kvName, 0, "")
	k.must(k.kv.Swap(k.ctx(), kvName, nil, []byte("w"), end, at(0)))
}

// STO-003, STO-008, STO-009
func kvArguments(k *kvKit) {
	k.put(kvName, "v", time.Minute)
	v, end := []byte("w"), at(time.Minute)
	writes := map[string]func(name string, expires, now time.Time) error{
		"put":    func(n string, e, now time.Time) error { return k.kv.Put(k.ctx(), n, v, e, now) },
		"absent": func(n string, e, now time.Time) error { return k.kv.PutIfAbsent(k.ctx(), n, v, e, now) },
		"swap":   func(n string, e, now time.Time) error { return k.kv.Swap(k.ctx(), n, []byte("v"), v, e, now) },
	}
	bad := []string{
		"", "a", "axess/test", "axess/test/", "/test/a", "axess//a", "Axess/test/a", "axess/te.st/a",
		strings.Repeat("x", 33) + "/test/a", "axess/" + strings.Repeat("x", 33) + "/a", "axess/test/" + strings.Repeat("x", store.MaxName-10),
	}
	for what, write := range writes {
		for _, n := range bad {
			k.fails(fmt.Sprintf("%s %q", what, n), write(n, end, at(0)), store.ErrBadArgument)
		}
		k.fails(what+", no time", write(kvName, end, time.Time{}), store.ErrBadArgument)
		for _, ttl := range []time.Duration{-time.Hour, 0, time.Millisecond - 1, store.MaxTTL + 1} {
			k.fails(fmt.Sprint(what, " for ", ttl), write(kvName, at(ttl), at(0)), store.ErrBadTTL)
		}
	}
	for _, n := range bad {
		k.fails("get", first(k.kv.Get(k.ctx(), n, at(0))), store.ErrBadArgument)
		k.fails("take", first(k.kv.Take(k.ctx(), n, at(0))), store.ErrBadArgument)
		k.fails("remove", k.kv.Remove(k.ctx(), n), store.ErrBadArgument)
	}
	k.fails("get, no time", first(k.kv.Get(k.ctx(), kvName, time.Time{})), store.ErrBadArgument)
	k.fails("take, no time", first(k.kv.Take(k.ctx(), kvName, time.Time{})), store.ErrBadArgument)
	k.fails("sweep, no time", first(k.kv.Sweep(k.ctx(), time.Time{}, 1)), store.ErrBadArgument)
	k.fails("sweep, limit 0", first(k.kv.Sweep(k.ctx(), at(0), 0)), store.ErrBadArgument)
	k.is(kvName, 0, "v")
}

// STO-001
func kvCancelled(k *kvKit) {
	k.put(kvName, "v", time.Minute)
	ctx, v, end := k.cancelled(), []byte("w"), at(time.Hour)
	for what, err := range map[string]error{
		"get":    first(k.kv.Get(ctx, kvName, at(0))),
		"put":    k.kv.Put(ctx, kvName, v, end, at(0)),
		"absent": k.kv.PutIfAbsent(ctx, "axess/test/b", v, end, at(0)),
		"swap":   k.kv.Swap(ctx, kvName, []byte("v"), v, end, at(0)),
		"take":   first(k.kv.Take(ctx, kvName, at(0))),
		"remove": k.kv.Remove(ctx, kvName),
		"sweep":  first(k.kv.Sweep(ctx, end, 1)),
	} {
		k.fails(what, err, context.Canceled)
	}
	k.is(kvName, 0, "v")
	k.gone("axess/test/b", 0)
}

// STO-063
func kvSweep(k *kvKit) {
	for i, until := range []time.Duration{3 * time.Second, time.Second, 2 * time.Second, time.Minute} {
		k.put(fmt.Sprint(kvName, i), "v", until)
	}
	sweep := func(now time.Duration, limit, want int) {
		k.Helper()
		n, err := k.kv.Sweep(k.ctx(), at(now), limit)
		k.must(err)
		if n != want {
			k.Errorf("swept %d, want %d", n, want)
		}
	}
	sweep(store.KVLag+time.Second-time.Millisecond, 9, 0) // by one who is ahead
	k.is(kvName+"1", time.Second-time.Millisecond, "v")   // for one who is behind
	sweep(store.KVLag+3*time.Second, 2, 2)
	k.gone(kvName+"1", 0)
	k.gone(kvName+"2", 0)
	k.is(kvName+"0", 0, "v")
	sweep(store.KVLag+3*time.Second, 2, 1)
	sweep(store.KVLag+3*time.Second, 2, 0)
	k.is(kvName+"3", 0, "v")
}

func (k *kvKit) raceWrites(write func(v []byte) error, loser error) {
	k.Helper()
	errs := race(func(i int) error { return write([]byte(fmt.Sprint("racer ", i))) })
	k.winners(errs, 1, loser)
	k.is(kvName, 2*time.Second, fmt.Sprint("racer ", slices.Index(errs, nil)))
}

// STO-007
func kvRacePut(k *kvKit) {
	k.raceWrites(func(v []byte) error { return k.kv.PutIfAbsent(k.ctx(), kvName, v, at(time.Hour), at(0)) }, store.ErrExists)
}

// STO-007
func kvRaceDead(k *kvKit) {
	k.put(kvName, "dead", time.Second)
	k.raceWrites(func(v []byte) error {
		return k.kv.PutIfAbsent(k.ctx(), kvName, v, at(time.Hour), at(time.Second))
	}, store.ErrExists)
}

// STO-007
func kvRaceSwap(k *kvKit) {
	k.put(kvName, "v", time.Minute)
	k.raceWrites(func(v []byte) error {
		return k.kv.Swap(k.ctx(), kvName, []byte("v"), v, at(time.Hour), at(0))
	}, store.ErrConflict)
}

// STO-007
func kvRaceTake(k *kvKit) {
	k.put(kvName, "v", time.Minute)
	got := make([][]byte, racers)
	errs := race(func(i int) (err error) {
		got[i], err = k.kv.Take(k.ctx(), kvName, at(0))
		return err
	})
	k.winners(errs, 1, store.ErrNotFound)
	for i, err := range errs {
		if (err == nil) != bytes.Equal(got[i], []byte("v")) {
			k.Errorf("racer %d has %q, %v", i, got[i], err)
		}
	}
	k.gone(kvName, 0)
}

// STO-007
func kvRaceOverwrite(k *kvKit) {
	k.winners(race(func(int) error { return k.kv.Put(k.ctx(), kvName, []byte("v"), at(time.Hour), at(0)) }), racers)
	k.is(kvName, 0, "v")
}

// STO-007
func kvRaceCount(k *kvKit) {
	k.put(kvName, "", time.Hour)
	k.winners(race(func(int) error {
		for {
			was, err := k.kv.Get(k.ctx(), kvName, at(0))
			if err != nil {
				return err
			}
			err = k.kv.Swap(k.ctx(), kvName, was, append(bytes.Clone(was), 'x'), at(time.Hour), at(0))
			if err == nil || !isConflict(err) {
				return err
			}
		}
	}), racers)
	k.is(kvName, 0, strings.Repeat("x", racers))
}

func isConflict(err error) bool { return errors.Is(err, store.ErrConflict) }
