package memory

import (
	"slices"
	"time"

	"github.com/axess-go/axess/authn"
)

// lever is what the ledger knows about one key.
type lever struct {
	policy  authn.LockPolicy // the last one seen; purging judges by it
	fails   []time.Time      // ascending; those that still count
	flight  []inFlight
	level   int
	until   time.Time
	last    time.Time // the newest failure, counted or not
	refused int       // refusals of the present lock
}

// inFlight is a reservation that nobody has settled.
type inFlight struct {
	id     [16]byte
	at     time.Time
	policy authn.LockPolicy
}

// lapse turns reservations that nobody settled into failures, each at the
// moment at which it became one: the state does not depend on when somebody
// looks (AUN-050).
func (l *lever) lapse(now time.Time) {
	for {
		oldest := -1
		for i, f := range l.flight {
			if !now.Before(f.at.Add(authn.PendingFor)) && (oldest < 0 || f.at.Before(l.flight[oldest].at)) {
				oldest = i
			}
		}
		if oldest < 0 {
			return
		}
		f := l.flight[oldest]
		l.flight = slices.Delete(l.flight, oldest, oldest+1)
		l.fail(f.at, f.policy, f.at.Add(authn.PendingFor))
	}
}

// take removes a reservation and says whether it was still in flight.
func (l *lever) take(id [16]byte) bool {
	before := len(l.flight)
	l.flight = slices.DeleteFunc(l.flight, func(f inFlight) bool { return f.id == id })
	return len(l.flight) < before
}

// fail counts a failure. It returns the number of failures that have locked the
// lever now, 0 if it did not lock.
func (l *lever) fail(when time.Time, p authn.LockPolicy, now time.Time) int {
	if !l.last.IsZero() && when.Sub(l.last) >= p.Decay {
		l.level = 0
	}
	if when.After(l.last) {
		l.last = when
	}
	at, _ := slices.BinarySearchFunc(l.fails, when, time.Time.Compare)
	l.fails = slices.Insert(l.fails, at, when)
	return l.judge(p, now)
}

// judge locks the lever if enough failures count. The failures that locked it
// are spent: when it opens, the whole allowance is there again, and the next
// lock is longer.
func (l *lever) judge(p authn.LockPolicy, now time.Time) int {
	if now.Before(l.until) {
		return 0 // a lock is not extended (AUN-053)
	}
	l.fails = slices.DeleteFunc(l.fails, func(f time.Time) bool { return now.Sub(f) > p.Window })
	n := len(l.fails)
	if n < p.Threshold {
		return 0
	}
	if until := l.fails[n-1].Add(lockFor(p, l.level)); until.After(l.until) {
		l.until = until
	}
	l.fails, l.refused = nil, 0
	l.level++
	return n
}

func lockFor(p authn.LockPolicy, level int) time.Duration {
	d, ceiling := int64(min(p.Lock, p.Cap)), int64(p.Cap)
	if p.Factor == 1 {
		return time.Duration(d)
	}
	for range level {
		if d > ceiling/int64(p.Factor) { // checked before multiplying: it might overflow
			return p.Cap
		}
		d *= int64(p.Factor)
	}
	return time.Duration(d)
}

// refuse says why no attempt may be reserved now; nil if one may.
func (l *lever) refuse(p authn.LockPolicy, now time.Time, index int) *authn.ThrottledError {
	l.lapse(now)
	l.judge(p, now)
	if now.Before(l.until) {
		l.refused++
		return &authn.ThrottledError{Until: l.until, Lever: index, First: l.refused == 1 || l.refused%10 == 0}
	}
	if len(l.fails)+len(l.flight) >= p.Threshold {
		return &authn.ThrottledError{Until: now.Add(time.Second), Lever: index}
	}
	return nil
}

// clear forgets failures, level and lock; attempts in flight stay in flight.
func (l *lever) clear() {
	l.fails, l.level, l.until, l.last, l.refused = nil, 0, time.Time{}, time.Time{}, 0
}

// idle says that nothing is left to remember. A lock that is over is remembered
// for the decay time, because a clock that moves back must find it again.
func (l *lever) idle(now time.Time) bool {
	keep := max(l.policy.Window, l.policy.Decay)
	return len(l.flight) == 0 && now.Sub(l.until) > keep && now.Sub(l.last) > keep
}
