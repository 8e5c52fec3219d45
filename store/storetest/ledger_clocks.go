package storetest

import (
	"errors"
	"time"

	"pgregory.net/rapid"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/draws"
)

// ledgerClocks lets clocks go back and forth at random, as those of several servers
// do: whoever has been told of a lock, by a verdict or by a refusal, is refused until
// its end, with that end or a later one, unless the key was cleared in between. The
// clocks are never further apart than the decay of the policy: for so long a lock that
// is over is remembered, and a server that is ahead by more takes it away.
//
// AUN-I12, AUN-052
func ledgerClocks(k *kit) {
	locked := 0
	draws.OneIn(k.T, 3, func(rt *rapid.T) {
		w := &clocks{T: rt, k: k, now: at(0), until: map[authn.Key]time.Time{}}
		for range 2 {
			w.levers = append(w.levers, authn.Lever{Key: authn.Key(entropy.Bytes32(k.src)), Policy: authn.LockPolicy{
				Threshold: rapid.IntRange(1, 3).Draw(rt, "threshold"), Window: time.Hour,
				Lock: time.Duration(rapid.IntRange(1, 15).Draw(rt, "lock")) * time.Minute, Factor: rapid.IntRange(1, 2).Draw(rt, "factor"),
				Cap: time.Hour, Decay: time.Duration(rapid.IntRange(24, 30).Draw(rt, "decay")) * time.Hour,
			}})
		}
		for range rapid.IntRange(10, 60).Draw(rt, "steps") {
			w.now = w.now.Add(rapid.SampledFrom([]time.Duration{
				0, 0, 0, time.Second, -time.Second, 31 * time.Second, time.Minute, -time.Minute, 10 * time.Minute, -10 * time.Minute,
				40 * time.Minute, -time.Hour, -26 * time.Hour, 25 * time.Hour,
			}).Draw(rt, "step of the clock"))
			if w.now.After(w.ahead) {
				w.ahead = w.now
			}
			if slowest := w.ahead.Add(-24 * time.Hour); w.now.Before(slowest) {
				w.now = slowest
			}
			w.step()
		}
		locked += len(w.until)
	})
	if locked == 0 {
		k.Error("no key was ever locked")
	}
}

// clocks is one sequence: who holds an attempt, and when each lock that was spoken of
// ends.
type clocks struct {
	*rapid.T
	k      *kit
	now    time.Time
	ahead  time.Time // of the clock that is ahead
	levers []authn.Lever
	open   []modelReservation
	until  map[authn.Key]time.Time
}

// hears remembers the end of a lock, which must not be before the one known so far.
func (w *clocks) hears(k authn.Key, until time.Time) {
	if known, ok := w.until[k]; ok && until.Before(known) && w.now.Before(known) {
		w.Fatalf("a lock until %v is until %v at %v", known, until, w.now)
	}
	if until.After(w.until[k]) {
		w.until[k] = until
	}
}

func (w *clocks) step() {
	verb := rapid.SampledFrom([]string{"reserve", "reserve", "reserve", "fail", "fail", "fail", "release", "pass", "clear"}).Draw(w.T, "verb")
	switch {
	case verb == "reserve":
		w.reserve(w.levers[rapid.IntRange(0, 1).Draw(w.T, "from"):])
	case verb == "clear":
		lv := w.levers[rapid.IntRange(0, 1).Draw(w.T, "key")]
		w.ok(w.k.s.Throttle.Clear(w.k.ctx(), lv.Key, w.now))
		delete(w.until, lv.Key)
	case len(w.open) > 0:
		i := rapid.IntRange(0, len(w.open)-1).Draw(w.T, "which")
		o := w.open[i]
		w.open = append(w.open[:i:i], w.open[i+1:]...)
		if verb == "release" {
			w.ok(w.k.s.Throttle.Release(w.k.ctx(), o.r, w.now))
			return
		}
		v := authn.Failed
		if verb == "pass" {
			v = authn.Passed
		}
		locks, err := w.k.s.Throttle.Commit(w.k.ctx(), o.r, v, o.levers, w.now)
		w.ok(err)
		for _, l := range locks {
			w.hears(o.levers[l.Lever].Key, l.Until)
		}
	}
}

func (w *clocks) reserve(of []authn.Lever) {
	r, err := w.k.s.Throttle.Reserve(w.k.ctx(), authn.Attempt{Levers: of}, w.now)
	var t *authn.ThrottledError
	switch {
	case errors.As(err, &t):
		for _, lv := range of[:t.Lever] {
			w.unlocked(lv.Key)
		}
		if flying := t.Until.Equal(w.now.Add(time.Second)); !flying || w.now.Before(w.until[of[t.Lever].Key]) {
			w.hears(of[t.Lever].Key, t.Until)
		}
	case err != nil:
		w.Fatal(err)
	default:
		for _, lv := range of {
			w.unlocked(lv.Key)
		}
		w.open = append(w.open, modelReservation{r: r, levers: of})
	}
}

// unlocked fails for a key that has been passed although its lock lasts.
func (w *clocks) unlocked(k authn.Key) {
	if until, ok := w.until[k]; ok && w.now.Before(until) {
		w.Fatalf("passed at %v, locked until %v", w.now, until)
	}
}

func (w *clocks) ok(err error) {
	if err != nil {
		w.Fatal(err)
	}
}
