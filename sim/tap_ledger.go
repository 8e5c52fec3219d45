package sim

import (
	"context"
	"slices"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
)

// tappedLedger sees what the ledger of guesses has really done.
type tappedLedger struct {
	backend.Throttle
	g *ghost
}

// tries are the attempts at one key that were taken and may have been guesses: the ones
// that failed, and those of which nobody has heard yet or ever will.
type tries struct {
	list []try // in the order in which they were taken
	lock authn.LockPolicy
}

type try struct {
	id   [16]byte
	at   time.Duration
	over bool // it was settled as a failure
}

// Reserve implements authn.Ledger.
func (t tappedLedger) Reserve(ctx context.Context, a authn.Attempt, now time.Time) (authn.Reservation, error) {
	res, err := t.Throttle.Reserve(ctx, a, now)
	if err != nil {
		return res, err
	}
	for _, l := range a.Levers {
		if !l.Policy.Streak {
			t.g.tried(l, res.ID)
		}
	}
	return res, nil
}

// Commit implements authn.Ledger.
func (t tappedLedger) Commit(ctx context.Context, r authn.Reservation, v authn.Verdict, levers []authn.Lever, now time.Time) ([]authn.Lock, error) {
	locks, err := t.Throttle.Commit(ctx, r, v, levers, now)
	if err != nil {
		return locks, err
	}
	for i, k := range r.Keys {
		if v == authn.Failed {
			t.g.failed(k, r.ID)
			continue
		}
		t.g.untried(k, r.ID)
		if v == authn.Cleared && i == len(r.Keys)-1 {
			t.g.cleared(k)
		}
	}
	return locks, nil
}

// Release implements authn.Ledger.
func (t tappedLedger) Release(ctx context.Context, r authn.Reservation, now time.Time) error {
	err := t.Throttle.Release(ctx, r, now)
	if err == nil {
		for _, k := range r.Keys {
			t.g.untried(k, r.ID)
		}
	}
	return err
}

// Clear implements authn.Ledger. Only an administrator lifts the lock of somebody: what
// is cleared without an order counts on (AUN-059).
func (t tappedLedger) Clear(ctx context.Context, k authn.Key, now time.Time) error {
	err := t.Throttle.Clear(ctx, k, now)
	if err == nil && t.g.w.coro.Elapsed() < t.g.lifting {
		t.g.cleared(k)
	}
	return err
}

// tried notes an attempt that was taken. A server may die before it says what became of
// it: whoever guessed may have learned that, so it counts.
func (g *ghost) tried(l authn.Lever, id [16]byte) {
	t := g.levers[l.Key]
	if t == nil {
		t = &tries{}
		g.levers[l.Key] = t
	}
	t.lock = l.Policy
	now, within := g.w.coro.Elapsed(), g.w.locks(min(l.Policy.Lock, l.Policy.Window))
	t.list = slices.DeleteFunc(t.list, func(e try) bool { return now-e.at >= within })
	t.list = append(t.list, try{id: id, at: now})
	if n := len(t.list); n > l.Policy.Threshold {
		g.notice("I05", "%d attempts at one account or from one address were taken within %v", n, now-t.list[0].at)
	}
}

// untried takes an attempt back that was no guess, or a right one.
func (g *ghost) untried(k authn.Key, id [16]byte) {
	if t := g.levers[k]; t != nil {
		t.list = slices.DeleteFunc(t.list, func(e try) bool { return e.id == id && !e.over })
	}
}

func (g *ghost) failed(k authn.Key, id [16]byte) {
	if t := g.levers[k]; t != nil {
		for i := range t.list {
			t.list[i].over = t.list[i].over || t.list[i].id == id
		}
	}
}

// cleared forgets what is known to have failed, and what may have become a failure by now,
// by the clock of whichever server took it; what is surely in flight stays.
func (g *ghost) cleared(k authn.Key) {
	if t := g.levers[k]; t != nil {
		surely := g.w.locks(authn.PendingFor)
		t.list = slices.DeleteFunc(t.list, func(e try) bool { return e.over || g.w.coro.Elapsed()-e.at >= surely })
	}
}

// locks is how long a lock lasts by the true time, whatever the clocks of servers say and
// however late a call arrives.
func (w *World) locks(d time.Duration) time.Duration {
	d -= 2 * w.slack()
	if w.cfg.Faults.Delay > 0 {
		d -= stuck
	}
	return d
}
