package model

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/authn"
)

// lever is what is known of one key.
type lever struct {
	policy  authn.LockPolicy // the last one
	fails   []time.Time      // since the last lock, those that may still count
	flying  []attempt
	last    time.Time // the newest failure
	locks   int       // in a row
	until   time.Time
	refused int // in the present lock
	// fog says that a clock that is ahead may have had it forgotten.
	fog bool
}

// attempt is in flight.
type attempt struct {
	id     [16]byte
	at     time.Time
	policy authn.LockPolicy
}

// flow is the last attempt of a login.
type flow struct {
	id   [16]byte
	at   time.Time
	over bool // by some clock
}

func (l *lever) clone() *lever {
	c := *l
	c.fails, c.flying = slices.Clone(l.fails), slices.Clone(l.flying)
	return &c
}

// lapse lets what nobody has settled for so long become failures, each in its turn.
func (l *lever) lapse(now time.Time) {
	for {
		first := -1
		for i, a := range l.flying {
			if now.Sub(a.at) >= authn.PendingFor && (first < 0 || a.at.Before(l.flying[first].at)) {
				first = i
			}
		}
		if first < 0 {
			return
		}
		a := l.flying[first]
		l.flying = slices.Delete(l.flying, first, first+1)
		l.fail(a.policy, a.at, a.at.Add(authn.PendingFor))
	}
}

// fail counts a failure that was made at one time and is known from another. It returns
// how many have locked the lever now.
func (l *lever) fail(p authn.LockPolicy, made, known time.Time) int {
	if !l.last.IsZero() && made.Sub(l.last) >= p.Decay {
		l.locks = 0
	}
	if l.last.Before(made) {
		l.last = made
	}
	l.fails = append(l.fails, made)
	return l.lock(p, known)
}

// lock locks the lever if enough failures count.
func (l *lever) lock(p authn.LockPolicy, now time.Time) int {
	if now.Before(l.until) {
		return 0 // a lock is not extended
	}
	l.fails = slices.DeleteFunc(l.fails, func(f time.Time) bool { return now.Sub(f) > p.Window })
	n := len(l.fails)
	if n < p.Threshold {
		return 0
	}
	length := min(p.Lock, p.Cap)
	for range l.locks {
		if p.Factor > 1 && length > p.Cap/time.Duration(p.Factor) {
			length = p.Cap
			break
		}
		length *= time.Duration(p.Factor)
	}
	// Time that goes backwards never shortens a lock.
	if until := slices.MaxFunc(l.fails, time.Time.Compare).Add(length); l.until.Before(until) {
		l.until = until
	}
	l.locks++
	l.fails, l.refused = nil, 0
	return n
}

func (l *lever) take(id [16]byte) bool {
	at := slices.IndexFunc(l.flying, func(a attempt) bool { return a.id == id })
	if at >= 0 {
		l.flying = slices.Delete(l.flying, at, at+1)
	}
	return at >= 0
}

// forgotten is when nothing of the lever matters any more.
func (l *lever) forgotten() time.Time {
	end := l.last
	if end.Before(l.until) {
		end = l.until
	}
	keep := max(l.policy.Window, l.policy.Decay)
	for _, a := range l.flying {
		keep = max(keep, a.policy.Window, a.policy.Decay)
		if late := a.at.Add(authn.PendingFor + a.policy.Cap); end.Before(late) {
			end = late
		}
	}
	return end.Add(keep)
}

// lever finds what is known of a key at a time.
func (s *State) lever(k authn.Key, now time.Time) *lever {
	l := s.levers[k]
	if l == nil {
		return nil
	}
	switch end := l.forgotten(); {
	case len(l.flying) > 0:
	case end.Before(now):
		delete(s.levers, k)
		return nil
	case end.Before(s.latest):
		l.fog = true
	}
	return l
}

// clocks says what time it is for somebody, and forgets what nobody can ask for.
func (s *State) clocks(now time.Time) {
	const everybody, enough = 15 * time.Minute, 256
	if !now.After(s.latest) {
		return
	}
	s.latest = now
	if len(s.levers)+len(s.flows) < enough {
		return
	}
	for k, l := range s.levers {
		if len(l.flying) == 0 && l.forgotten().Before(now.Add(-everybody)) {
			delete(s.levers, k)
		}
	}
	for f, last := range s.flows {
		if last.at.Before(now.Add(-everybody)) {
			delete(s.flows, f)
		}
	}
}

// Reserve judges authn.Ledger.Reserve.
func (s *State) Reserve(a authn.Attempt, now time.Time, r authn.Reservation, got error) error {
	const verb = "throttle.Reserve"
	s.clocks(now)
	if refused(got) {
		return nil
	}
	if f, ok := s.flows[a.Flow]; ok && a.Flow != [16]byte{} {
		busy := now.Sub(f.at) < authn.PendingFor
		if busy && (!f.over || is(got, busyNow)) {
			_, err := judge(verb, got, busyNow)
			return err
		}
		f.over = true
		s.flows[a.Flow] = f
	}
	for i, lv := range a.Levers {
		l := s.lever(lv.Key, now)
		if l == nil {
			continue
		}
		no := l.refuse(lv.Policy, now, i)
		if no == nil && !l.fog {
			continue
		}
		throttled := (*authn.ThrottledError)(nil)
		said := errors.As(got, &throttled)
		switch {
		case errors.Is(got, ErrUnknown) && no != nil:
			return nil //nolint:nilerr // what was answered is judged, not handed on
		case l.fog && said && throttled.Lever == i:
			return nil
		case l.fog:
			continue
		case !said || throttled.Lever != i || !throttled.Until.Equal(no.Until) || throttled.First != no.First:
			return wrong(verb, told(got), told(no))
		}
		return nil
	}
	if made, err := judge(verb, got, nil); !made {
		return err
	}
	unknown := got != nil
	if unknown { // nobody will ever settle it
		s.serial++
		r = authn.Reservation{ID: [16]byte{0: 0xff}}
		binary.BigEndian.PutUint64(r.ID[8:], s.serial)
	}
	locked, fog := false, false
	for _, lv := range a.Levers {
		l := s.levers[lv.Key]
		if l == nil {
			l = &lever{}
			s.levers[lv.Key] = l
		}
		l.policy = lv.Policy
		l.flying = append(l.flying, attempt{r.ID, now, lv.Policy})
		locked, fog = l.locks > 0 && now.Sub(l.last) < lv.Policy.Decay, l.fog
	}
	if a.Flow != [16]byte{} {
		s.flows[a.Flow] = flow{id: r.ID, at: now}
	}
	if !unknown && !fog && r.Locked != locked {
		return wrong(verb, fmt.Sprint("locked: ", r.Locked), locked)
	}
	return nil //nolint:nilerr // as above
}

var busyNow = []error{authn.ErrBusy}

// refuse says why no attempt may be made now; nil if one may.
func (l *lever) refuse(p authn.LockPolicy, now time.Time, index int) *authn.ThrottledError {
	l.lapse(now)
	l.lock(p, now)
	if now.Before(l.until) {
		l.refused++
		return &authn.ThrottledError{Until: l.until, Lever: index, First: l.refused == 1 || l.refused%10 == 0}
	}
	if len(l.fails)+len(l.flying) >= p.Threshold {
		return &authn.ThrottledError{Until: now.Add(time.Second), Lever: index}
	}
	return nil
}

func told(err error) any {
	if t := (*authn.ThrottledError)(nil); errors.As(err, &t) {
		return fmt.Sprintf("lever %d throttled until %s, first: %t", t.Lever, t.Until.Format(time.RFC3339Nano), t.First)
	}
	return err
}

// Commit judges authn.Ledger.Commit.
func (s *State) Commit(r authn.Reservation, v authn.Verdict, levers []authn.Lever, now time.Time, locks []authn.Lock, got error) error {
	const verb = "throttle.Commit"
	s.clocks(now)
	made, err := judge(verb, got, nil)
	if !made {
		return err
	}
	s.land(r)
	var want []authn.Lock
	sure := true
	for i, lv := range levers {
		l := s.levers[lv.Key]
		if l == nil {
			continue
		}
		l.lapse(now)
		if !l.take(r.ID) {
			continue
		}
		sure = sure && !l.fog
		switch v {
		case authn.Failed:
			if n := l.fail(lv.Policy, now, now); n > 0 {
				want = append(want, authn.Lock{Lever: i, Until: l.until, Failures: n})
			}
		case authn.Passed, authn.Cleared:
			if lv.Policy.Streak || v == authn.Cleared && i == len(levers)-1 {
				l.forget()
			}
		}
	}
	if got == nil && sure && !slices.EqualFunc(locks, want, func(a, b authn.Lock) bool {
		return a.Lever == b.Lever && a.Failures == b.Failures && a.Until.Equal(b.Until)
	}) {
		return wrong(verb, fmt.Sprint("locks ", locks), want)
	}
	return nil
}

// forget is what a clear does: attempts in flight stay.
func (l *lever) forget() { *l = lever{policy: l.policy, flying: l.flying} }

func (s *State) land(r authn.Reservation) {
	if f, ok := s.flows[r.Flow]; ok && f.id == r.ID {
		delete(s.flows, r.Flow)
	}
}

// Release judges authn.Ledger.Release.
func (s *State) Release(r authn.Reservation, now time.Time, got error) error {
	s.clocks(now)
	made, err := judge("throttle.Release", got, nil)
	if !made {
		return err
	}
	s.land(r)
	for _, k := range r.Keys {
		if l := s.levers[k]; l != nil {
			l.lapse(now)
			l.take(r.ID)
		}
	}
	return nil
}

// Clear judges authn.Ledger.Clear.
func (s *State) Clear(k authn.Key, now time.Time, got error) error {
	s.clocks(now)
	made, err := judge("throttle.Clear", got, nil)
	if l := s.levers[k]; made && l != nil {
		l.lapse(now)
		l.forget()
	}
	return err
}
