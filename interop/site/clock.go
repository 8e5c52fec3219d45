package site

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/axess-go/axess/clock"
)

// Clock is the system's clock, some way ahead. A jump moves what is compared
// with the time (codes, deadlines, ages) and no timer that already runs.
type Clock struct {
	clock.Clock
	ahead atomic.Int64
}

func newClock() *Clock { return &Clock{Clock: clock.System()} }

// Advance jumps forward by d.
func (c *Clock) Advance(d time.Duration) { c.ahead.Add(int64(d)) }

// Now implements clock.Clock.
func (c *Clock) Now() time.Time { return c.Clock.Now().Add(time.Duration(c.ahead.Load())) }

// WithDeadline implements clock.Clock.
func (c *Clock) WithDeadline(ctx context.Context, t time.Time) (context.Context, context.CancelFunc) {
	return c.Clock.WithDeadline(ctx, t.Add(-time.Duration(c.ahead.Load())))
}

// Unwrap returns the clock below.
func (c *Clock) Unwrap() clock.Clock { return c.Clock }
