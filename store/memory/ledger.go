package memory

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/internal/lever"
	"github.com/axess-go/axess/internal/portargs"
)

// firstTidy is the number of keys at which idle ones are first looked for.
const firstTidy = 1024

// ledger is the attempt ledger, under one lock of its own.
type ledger struct {
	mu      sync.Mutex
	levers  map[authn.Key]*lever.Lever
	flows   map[[16]byte]flight
	serial  uint64
	purgeAt int
}

func (l *ledger) init() {
	l.levers, l.flows, l.purgeAt = map[authn.Key]*lever.Lever{}, map[[16]byte]flight{}, firstTidy
}

// flight is the attempt that a flow has in flight.
type flight struct {
	id [16]byte
	at time.Time
}

// Reserve implements [authn.Ledger]. All levers are asked before any is charged.
func (l *ledger) Reserve(ctx context.Context, a authn.Attempt, now time.Time) (authn.Reservation, error) {
	if !portargs.Levers(a.Levers) || now.IsZero() {
		return authn.Reservation{}, malformed("reserve", "levers or time")
	}
	if err := alive(ctx, "reserve"); err != nil {
		return authn.Reservation{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.purge(now)
	other, busy := l.flows[a.Flow]
	if a.Flow != [16]byte{} && busy && now.Before(other.at.Add(authn.PendingFor)) {
		return authn.Reservation{}, failed("reserve", authn.ErrBusy)
	}
	for i, lv := range a.Levers {
		if st := l.levers[lv.Key]; st != nil {
			if refused := st.Refuse(lv.Policy, now, i); refused != nil {
				return authn.Reservation{}, failed("reserve", refused)
			}
		}
	}
	l.serial++
	r := authn.Reservation{Flow: a.Flow}
	binary.BigEndian.PutUint64(r.ID[8:], l.serial)
	for _, lv := range a.Levers {
		st := l.levers[lv.Key]
		if st == nil {
			st = &lever.Lever{}
			l.levers[lv.Key] = st
		}
		st.Reserve(r.ID, now, lv.Policy)
		r.Locked = st.Locked(lv.Policy, now)
		r.Keys = append(r.Keys, lv.Key)
	}
	if a.Flow != [16]byte{} {
		l.flows[a.Flow] = flight{r.ID, now}
	}
	return r, nil
}

// Commit implements [authn.Ledger].
func (l *ledger) Commit(ctx context.Context, r authn.Reservation, v authn.Verdict, levers []authn.Lever, now time.Time) ([]authn.Lock, error) {
	if !portargs.Settlement(r, v, levers, now) {
		return nil, malformed("commit", "reservation, verdict, levers or time")
	}
	if err := alive(ctx, "commit"); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.land(r)
	var locks []authn.Lock
	for i, lv := range levers {
		st := l.levers[lv.Key]
		if st == nil {
			continue
		}
		st.Lapse(now)
		if !st.Take(r.ID) {
			continue
		}
		switch v {
		case authn.Failed:
			if n := st.Fail(lv.Policy, now); n > 0 {
				locks = append(locks, authn.Lock{Lever: i, Until: st.Until(), Failures: n})
			}
		case authn.Cleared:
			if i == len(levers)-1 {
				st.Clear()
			}
		case authn.Passed:
		}
	}
	return locks, nil
}

// Release implements [authn.Ledger].
func (l *ledger) Release(ctx context.Context, r authn.Reservation, now time.Time) error {
	if r.ID == [16]byte{} || now.IsZero() {
		return malformed("release", "reservation or time")
	}
	if err := alive(ctx, "release"); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.land(r)
	for _, k := range r.Keys {
		if st := l.levers[k]; st != nil {
			st.Lapse(now)
			st.Take(r.ID)
		}
	}
	return nil
}

// Clear implements [authn.Ledger].
func (l *ledger) Clear(ctx context.Context, k authn.Key, now time.Time) error {
	if k == (authn.Key{}) || now.IsZero() {
		return malformed("clear", "key or time")
	}
	if err := alive(ctx, "clear"); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if st := l.levers[k]; st != nil {
		st.Lapse(now)
		st.Clear()
	}
	return nil
}

// land ends the flight of a flow, if it is this reservation's.
func (l *ledger) land(r authn.Reservation) {
	if l.flows[r.Flow].id == r.ID {
		delete(l.flows, r.Flow)
	}
}

// purge forgets levers and flows that nothing is left of, when the table has
// doubled: names that were guessed at once must not stay for ever.
func (l *ledger) purge(now time.Time) {
	if len(l.levers)+len(l.flows) < l.purgeAt {
		return
	}
	for k, st := range l.levers {
		if st.Lapse(now); st.Idle(now) {
			delete(l.levers, k)
		}
	}
	for flow, f := range l.flows {
		if !now.Before(f.at.Add(authn.PendingFor)) {
			delete(l.flows, flow)
		}
	}
	l.purgeAt = max(firstTidy, 2*(len(l.levers)+len(l.flows)))
}
