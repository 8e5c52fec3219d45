package authn

import (
	"context"
	"time"
)

// MetricLockoutDisabled is 1 in a program that counts no guesses, else 0.
const MetricLockoutDisabled = "axess.authn.lockout_disabled"

// countless is the ledger of a program that has said why it counts no guesses: it
// allows everything and remembers nothing (IDN-065).
type countless struct{}

// Reserve implements [Ledger].
func (countless) Reserve(_ context.Context, a Attempt, _ time.Time) (Reservation, error) {
	r := Reservation{Flow: a.Flow}
	for _, l := range a.Levers {
		r.Keys = append(r.Keys, l.Key)
	}
	return r, nil
}

// Commit implements [Ledger].
func (countless) Commit(context.Context, Reservation, Verdict, []Lever, time.Time) ([]Lock, error) {
	return nil, nil
}

// Release implements [Ledger].
func (countless) Release(context.Context, Reservation, time.Time) error { return nil }

// Clear implements [Ledger].
func (countless) Clear(context.Context, Key, time.Time) error { return nil }
