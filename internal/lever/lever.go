package lever

import (
	"slices"
	"time"

	"github.com/axess-go/axess/authn"
)

// Lever is what the ledger knows about one key. The zero Lever knows nothing. A
// Lever is not safe for concurrent use.
type Lever struct {
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

// Reserve puts an attempt in flight.
func (l *Lever) Reserve(id [16]byte, now time.Time, p authn.LockPolicy) {
	l.policy = p
	l.flight = append(l.flight, inFlight{id, now, p})
}

// Locked says that the key has been locked since it was cleared and that the
// policy has not forgotten it.
func (l *Lever) Locked(p authn.LockPolicy, now time.Time) bool {
	return l.level > 0 && now.Sub(l.last) < p.Decay
}

// Until is the end of the last lock; zero if there was none.
func (l *Lever) Until() time.Time { return l.until }

// Lapse turns reservations that nobody settled into failures, each at the
// moment at which it became one: the state does not depend on when somebody
// looks (AUN-050).
func (l *Lever) Lapse(now time.Time) {
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
		l.count(f.at, f.policy, f.at.Add(authn.PendingFor))
	}
}

// Take removes a reservation and says whether it was still in flight.
func (l *Lever) Take(id [16]byte) bool {
	before := len(l.flight)
	l.flight = slices.DeleteFunc(l.flight, func(f inFlight) bool { return f.id == id })
	return len(l.flight) < before
}

// Fail counts a failure at now. It returns the number of failures that have locked the
// lever now, 0 if it did not lock.
func (l *Lever) Fail(p authn.LockPolicy, now time.Time) int { return l.count(now, p, now) }

// count counts a failure made at one time and noticed at another.
func (l *Lever) count(when time.Time, p authn.LockPolicy, now time.Time) int {
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
func (l *Lever) judge(p authn.LockPolicy, now time.Time) int {
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

// Refuse says why no attempt may be reserved now; nil if one may.
func (l *Lever) Refuse(p authn.LockPolicy, now time.Time, index int) *authn.ThrottledError {
	l.Lapse(now)
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

// Clear forgets failures, level and lock; attempts in flight stay in flight.
func (l *Lever) Clear() {
	l.fails, l.level, l.until, l.last, l.refused = nil, 0, time.Time{}, time.Time{}, 0
}

// Idle says that nothing is left to remember. A lock that is over is remembered
// for the decay time, because a clock that moves back must find it again.
func (l *Lever) Idle(now time.Time) bool {
	keep := max(l.policy.Window, l.policy.Decay)
	return len(l.flight) == 0 && now.Sub(l.until) > keep && now.Sub(l.last) > keep
}

// Forget is when nothing of the lever matters any more, not even to a clock that
// lags behind: a backend may remove it then, and not before. A reservation in
// flight counts as the failure that locks for longest.
func (l *Lever) Forget() time.Time {
	keep := max(l.policy.Window, l.policy.Decay)
	end := l.last
	if l.until.After(end) {
		end = l.until
	}
	for _, f := range l.flight {
		keep = max(keep, f.policy.Window, f.policy.Decay)
		if lock := f.at.Add(authn.PendingFor + f.policy.Cap); lock.After(end) {
			end = lock
		}
	}
	return end.Add(keep)
}
