package lever

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/store"
)

// firstTidy is the number of keys at which idle ones are first looked for.
const firstTidy = 1024

// Table is an [authn.Ledger] in the memory of one process, under one lock. It does
// not look at its arguments: who hands them on has.
type Table struct {
	mu      sync.Mutex
	levers  map[authn.Key]*Lever
	flows   map[[16]byte]flight
	serial  uint64
	purgeAt int
	bound   int
}

// flight is the attempt that a flow has in flight.
type flight struct {
	id [16]byte
	at time.Time
}

// NewTable holds at most so many keys; zero is no bound. A table that is full of keys
// that still matter takes no attempt of another: store.ErrUnavailable.
func NewTable(bound int) *Table {
	return &Table{levers: map[authn.Key]*Lever{}, flows: map[[16]byte]flight{}, purgeAt: firstTidy, bound: bound}
}

// Reserve implements [authn.Ledger]. All levers are asked before any is charged.
func (t *Table) Reserve(_ context.Context, a authn.Attempt, now time.Time) (authn.Reservation, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.purge(now, len(a.Levers))
	other, busy := t.flows[a.Flow]
	if a.Flow != [16]byte{} && busy && now.Before(other.at.Add(authn.PendingFor)) {
		return authn.Reservation{}, authn.ErrBusy
	}
	fresh := 0
	for i, lv := range a.Levers {
		st := t.levers[lv.Key]
		if st == nil {
			fresh++
			continue
		}
		if refused := st.Refuse(lv.Policy, now, i); refused != nil {
			return authn.Reservation{}, refused
		}
	}
	if t.bound > 0 && len(t.levers)+fresh > t.bound {
		return authn.Reservation{}, fmt.Errorf("lever: %d keys in memory: %w", t.bound, store.ErrUnavailable)
	}
	t.serial++
	r := authn.Reservation{Flow: a.Flow}
	binary.BigEndian.PutUint64(r.ID[8:], t.serial)
	for _, lv := range a.Levers {
		st := t.levers[lv.Key]
		if st == nil {
			st = &Lever{}
			t.levers[lv.Key] = st
		}
		st.Reserve(r.ID, now, lv.Policy)
		r.Locked = st.Locked(lv.Policy, now)
		r.Keys = append(r.Keys, lv.Key)
	}
	if a.Flow != [16]byte{} {
		t.flows[a.Flow] = flight{r.ID, now}
	}
	return r, nil
}

// Commit implements [authn.Ledger].
func (t *Table) Commit(_ context.Context, r authn.Reservation, v authn.Verdict, levers []authn.Lever, now time.Time) ([]authn.Lock, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.land(r)
	var locks []authn.Lock
	for i, lv := range levers {
		st := t.levers[lv.Key]
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
		case authn.Cleared, authn.Passed:
			if lv.Policy.Streak || v == authn.Cleared && i == len(levers)-1 {
				st.Clear()
			}
		}
	}
	return locks, nil
}

// Release implements [authn.Ledger].
func (t *Table) Release(_ context.Context, r authn.Reservation, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.land(r)
	for _, k := range r.Keys {
		if st := t.levers[k]; st != nil {
			st.Lapse(now)
			st.Take(r.ID)
		}
	}
	return nil
}

// Clear implements [authn.Ledger].
func (t *Table) Clear(_ context.Context, k authn.Key, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if st := t.levers[k]; st != nil {
		st.Lapse(now)
		st.Clear()
	}
	return nil
}

// land ends the flight of a flow, if it is this reservation's.
func (t *Table) land(r authn.Reservation) {
	if t.flows[r.Flow].id == r.ID {
		delete(t.flows, r.Flow)
	}
}

// purge forgets levers and flows that nothing is left of, when the table has doubled
// or is full: names that were guessed at once must not stay for ever.
func (t *Table) purge(now time.Time, more int) {
	full := t.bound > 0 && len(t.levers)+more > t.bound
	if len(t.levers)+len(t.flows) < t.purgeAt && !full {
		return
	}
	for k, st := range t.levers {
		if st.Lapse(now); st.Idle(now) {
			delete(t.levers, k)
		}
	}
	for flow, f := range t.flows {
		if !now.Before(f.at.Add(authn.PendingFor)) {
			delete(t.flows, flow)
		}
	}
	t.purgeAt = max(firstTidy, 2*(len(t.levers)+len(t.flows)))
}
