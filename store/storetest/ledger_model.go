package storetest

import (
	"errors"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/entropy"
	"pgregory.net/rapid"
)

// ledgerModel runs random sequences against the backend and against a model that
// is too simple to be wrong: it remembers every attempt for ever and works out
// each answer from all of them.
//
// AUN-050, AUN-052, AUN-I4, AUN-I10
func ledgerModel(k *kit) {
	rapid.Check(k.T, func(rt *rapid.T) {
		levers := make([]authn.Lever, 3)
		for i := range levers {
			levers[i] = authn.Lever{Key: authn.Key(entropy.Bytes32(k.src)), Policy: authn.LockPolicy{
				Threshold: rapid.IntRange(1, 4).Draw(rt, "threshold"),
				Window:    time.Duration(rapid.IntRange(1, 120).Draw(rt, "window")) * time.Second,
				Lock:      time.Duration(rapid.IntRange(1, 60).Draw(rt, "lock")) * time.Second,
				Factor:    rapid.IntRange(1, 3).Draw(rt, "factor"),
				Cap:       time.Duration(rapid.IntRange(60, 200).Draw(rt, "cap")) * time.Second,
				Decay:     time.Duration(rapid.IntRange(1, 400).Draw(rt, "decay")) * time.Second,
			}}
		}
		m := &modelLedger{keys: map[authn.Key]*modelKey{}}
		for _, lv := range levers {
			m.keys[lv.Key] = &modelKey{policy: lv.Policy}
		}
		var open []modelReservation
		now := at(0)
		steps := rapid.IntRange(1, 60).Draw(rt, "steps")
		for range steps {
			now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 1, 1, 2, 5, 10, 29, 30, 31, 120}).Draw(rt, "wait")) * time.Second)
			switch rapid.SampledFrom([]string{"reserve", "reserve", "reserve", "settle", "settle", "release", "clear"}).Draw(rt, "verb") {
			case "reserve":
				of := levers[rapid.IntRange(0, 1).Draw(rt, "from"):rapid.IntRange(2, 3).Draw(rt, "to")]
				r, err := k.s.Throttle.Reserve(k.ctx(), authn.Attempt{Levers: of}, now)
				want, id := m.reserve(of, now)
				if !sameRefusal(err, want) {
					rt.Fatalf("reserve %d levers at %v: got %v, the model says %+v", len(of), now, err, want)
				}
				if err == nil {
					open = append(open, modelReservation{r, id, of})
				}
			case "settle":
				if len(open) == 0 {
					continue
				}
				o := open[rapid.IntRange(0, len(open)-1).Draw(rt, "which")]
				v := rapid.SampledFrom([]authn.Verdict{authn.Failed, authn.Failed, authn.Failed, authn.Passed, authn.Cleared}).Draw(rt, "verdict")
				got, err := k.s.Throttle.Commit(k.ctx(), o.r, v, o.levers, now)
				if err != nil {
					rt.Fatal(err)
				}
				want := m.commit(o, v, now)
				if !sameLocks(got, want) {
					rt.Fatalf("verdict %d at %v: got locks %+v, the model says %+v", v, now, got, want)
				}
			case "release":
				if len(open) == 0 {
					continue
				}
				o := open[rapid.IntRange(0, len(open)-1).Draw(rt, "which")]
				if err := k.s.Throttle.Release(k.ctx(), o.r, now); err != nil {
					rt.Fatal(err)
				}
				m.release(o, now)
			case "clear":
				lv := levers[rapid.IntRange(0, 2).Draw(rt, "key")]
				if err := k.s.Throttle.Clear(k.ctx(), lv.Key, now); err != nil {
					rt.Fatal(err)
				}
				m.advance(now)
				m.keys[lv.Key].forget()
			}
		}
	})
}

type modelReservation struct {
	r      authn.Reservation
	id     int
	levers []authn.Lever
}

// modelLedger is the reference: attempts for ever, and what they mean for each key.
type modelLedger struct {
	attempts []modelAttempt
	keys     map[authn.Key]*modelKey
}

type modelAttempt struct {
	at      time.Time
	settled bool
	levers  []authn.Lever
}

type modelKey struct {
	policy  authn.LockPolicy
	fails   []time.Time // since the last lock
	last    time.Time
	locks   int // in a row
	until   time.Time
	refused int
}

func (k *modelKey) forget() { *k = modelKey{policy: k.policy} }

// advance lets time pass: what was in flight for 30 s has failed, and each such
// failure happens in its turn, before anything later.
func (m *modelLedger) advance(now time.Time) {
	for i := range m.attempts { // in the order of their start
		a := &m.attempts[i]
		if due := a.at.Add(authn.PendingFor); !a.settled && !due.After(now) {
			a.settled = true
			for _, lv := range a.levers {
				m.keys[lv.Key].fail(a.at, due)
			}
		}
	}
}

func (k *modelKey) counted(now time.Time) (n int, newest time.Time) {
	for _, f := range k.fails {
		if !f.Before(now.Add(-k.policy.Window)) {
			n++
			if f.After(newest) {
				newest = f
			}
		}
	}
	return n, newest
}

// fail reports the failures that locked the key, if it has locked.
func (k *modelKey) fail(when, now time.Time) int {
	if !k.last.IsZero() && when.Sub(k.last) >= k.policy.Decay {
		k.locks = 0
	}
	if k.last.Before(when) {
		k.last = when
	}
	k.fails = append(k.fails, when)
	n, newest := k.counted(now)
	if n < k.policy.Threshold || now.Before(k.until) {
		return 0
	}
	d := k.policy.Lock
	for range k.locks {
		d *= time.Duration(k.policy.Factor)
		d = min(d, k.policy.Cap)
	}
	k.until = newest.Add(min(d, k.policy.Cap))
	k.locks++
	k.fails, k.refused = nil, 0
	return n
}

func (m *modelLedger) flying(key authn.Key) int {
	n := 0
	for _, a := range m.attempts {
		for _, lv := range a.levers {
			if !a.settled && lv.Key == key {
				n++
			}
		}
	}
	return n
}

func (m *modelLedger) reserve(levers []authn.Lever, now time.Time) (*authn.ThrottledError, int) {
	m.advance(now)
	for i, lv := range levers {
		k := m.keys[lv.Key]
		if now.Before(k.until) {
			k.refused++
			return &authn.ThrottledError{Until: k.until, Lever: i, First: k.refused == 1 || k.refused%10 == 0}, 0
		}
		if n, _ := k.counted(now); n+m.flying(lv.Key) >= lv.Policy.Threshold {
			return &authn.ThrottledError{Until: now.Add(time.Second), Lever: i}, 0
		}
	}
	m.attempts = append(m.attempts, modelAttempt{at: now, levers: levers})
	return nil, len(m.attempts) - 1
}

func (m *modelLedger) commit(o modelReservation, v authn.Verdict, now time.Time) []authn.Lock {
	m.advance(now)
	a := &m.attempts[o.id]
	if a.settled {
		return nil
	}
	a.settled = true
	var locks []authn.Lock
	for i, lv := range o.levers {
		k := m.keys[lv.Key]
		if v == authn.Failed {
			if n := k.fail(now, now); n > 0 {
				locks = append(locks, authn.Lock{Lever: i, Until: k.until, Failures: n})
			}
		}
		if v == authn.Cleared && i == len(o.levers)-1 {
			k.forget()
		}
	}
	return locks
}

func (m *modelLedger) release(o modelReservation, now time.Time) {
	m.advance(now)
	m.attempts[o.id].settled = true
}

func sameRefusal(err error, want *authn.ThrottledError) bool {
	var got *authn.ThrottledError
	if !errors.As(err, &got) {
		return err == nil && want == nil
	}
	return want != nil && got.Until.Equal(want.Until) && got.Lever == want.Lever && got.First == want.First
}

func sameLocks(a, b []authn.Lock) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Lever != b[i].Lever || a[i].Failures != b[i].Failures || !a[i].Until.Equal(b[i].Until) {
			return false
		}
	}
	return true
}
