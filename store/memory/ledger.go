package memory

import (
	"context"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/internal/lever"
	"github.com/axess-go/axess/internal/portargs"
)

// ledger is the attempt ledger, under one lock of its own.
type ledger struct{ table *lever.Table }

func (l *ledger) init() { l.table = lever.NewTable(0) }

// Reserve implements [authn.Ledger].
func (l *ledger) Reserve(ctx context.Context, a authn.Attempt, now time.Time) (authn.Reservation, error) {
	if !portargs.Levers(a.Levers) || now.IsZero() {
		return authn.Reservation{}, malformed("reserve", "levers or time")
	}
	if err := alive(ctx, "reserve"); err != nil {
		return authn.Reservation{}, err
	}
	r, err := l.table.Reserve(ctx, a, now)
	if err != nil {
		return authn.Reservation{}, failed("reserve", err)
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
	return l.table.Commit(ctx, r, v, levers, now)
}

// Release implements [authn.Ledger].
func (l *ledger) Release(ctx context.Context, r authn.Reservation, now time.Time) error {
	if r.ID == [16]byte{} || now.IsZero() {
		return malformed("release", "reservation or time")
	}
	if err := alive(ctx, "release"); err != nil {
		return err
	}
	return l.table.Release(ctx, r, now)
}

// Clear implements [authn.Ledger].
func (l *ledger) Clear(ctx context.Context, k authn.Key, now time.Time) error {
	if k == (authn.Key{}) || now.IsZero() {
		return malformed("clear", "key or time")
	}
	if err := alive(ctx, "clear"); err != nil {
		return err
	}
	return l.table.Clear(ctx, k, now)
}
