package authn

import (
	"context"
	"errors"
	"time"

	"github.com/axess-go/axess/store"
)

// LocalLedger counts the guesses of this process while the ledger does not answer,
// instead of letting nobody in (AUN-060).
type LocalLedger struct {
	// Ledger is in the memory of the process. Zero: there is none.
	Ledger Ledger
	// Reason says why this is worth what it costs: of N processes each allows the
	// whole threshold anew, and forgets it with a restart. Required with Ledger.
	Reason string
}

// degradable is a ledger with another one for its outages. What was reserved with one
// is settled with the same.
type degradable struct {
	Ledger
	local Ledger
	alarm func(ctx context.Context, what alarm, err error)
}

// Reserve implements [Ledger].
func (d *degradable) Reserve(ctx context.Context, a Attempt, now time.Time) (Reservation, error) {
	r, err := d.Ledger.Reserve(ctx, a, now)
	if !outage(ctx, err) {
		return r, err
	}
	d.alarm(ctx, alarmLedger, err)
	r, err = d.local.Reserve(ctx, a, now)
	r.local = true

	return r, err
}

// Commit implements [Ledger].
func (d *degradable) Commit(ctx context.Context, r Reservation, v Verdict, levers []Lever, now time.Time) ([]Lock, error) {
	return d.of(r).Commit(ctx, r, v, levers, now)
}

// Release implements [Ledger].
func (d *degradable) Release(ctx context.Context, r Reservation, now time.Time) error {
	return d.of(r).Release(ctx, r, now)
}

// Clear implements [Ledger]. It promises for both, so that a lock of an outage does
// not stay behind.
func (d *degradable) Clear(ctx context.Context, k Key, now time.Time) error {
	return errors.Join(d.local.Clear(ctx, k, now), d.Ledger.Clear(ctx, k, now))
}

func (d *degradable) of(r Reservation) Ledger {
	if r.local {
		return d.local
	}
	return d.Ledger
}

// outage tells a ledger that could not be asked from one that has refused, and from a
// caller who has left.
func outage(ctx context.Context, err error) bool {
	var t *ThrottledError
	return err != nil && ctx.Err() == nil && !errors.As(err, &t) && !errors.Is(err, ErrBusy) && !errors.Is(err, store.ErrBadArgument)
}
