package clock

import (
	"context"
	"time"
)

// Ticker marks a regular beat. It has no channel and holds no timer between two
// calls, so there is nothing to stop. It is not safe for concurrent use.
type Ticker struct {
	c     Clock
	every time.Duration
	next  time.Duration // on the clock's Mono axis
}

// NewTicker returns a Ticker whose first tick is one interval from now. It
// panics if every is not positive, like time.NewTicker.
func NewTicker(c Clock, every time.Duration) *Ticker {
	if every <= 0 {
		panic("clock: non-positive interval for NewTicker")
	}
	return &Ticker{c: c, every: every, next: c.Mono() + every}
}

// Next waits for the next tick and returns the wall time at which it woke. A
// tick that passed since the last call is returned at once; when several
// passed, all but one are dropped and the beat stays where it was. The only
// error is that of the context.
func (t *Ticker) Next(ctx context.Context) (time.Time, error) {
	if err := t.c.Sleep(ctx, t.next-t.c.Mono()); err != nil {
		return time.Time{}, err
	}
	late := t.c.Mono() - t.next
	t.next += t.every * (1 + late/t.every) //nolint:durationcheck // late/t.every is a count
	return t.c.Now(), nil
}
