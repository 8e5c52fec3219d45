// Package clock is the only source of time.
//
// Every constructor that needs time takes a [Clock], so that the whole system
// can be run on a time that a test or a simulator owns. Outside this package
// nothing reads the wall clock, starts a timer or sets a deadline.
//
//	c := clock.System()
//	ctx, cancel := clock.WithTimeout(ctx, c, 2*time.Second)
//	defer cancel()
//	if err := c.Sleep(ctx, 100*time.Millisecond); err != nil {
//		return err // the context ended first
//	}
//
// Two kinds of time are kept apart. [Clock.Now] is wall time: it may be stepped
// by an administrator, it is what is stored and compared between machines, and
// it is never used to measure. [Clock.Mono] only ever grows and is only used to
// measure inside one process; it is never stored.
//
// The package does not schedule: tasks, gates and queues live in internal/sched,
// which asks the clock whether it is simulated.
//
// [NewFake] gives a clock for tests that moves only when told to.
//
// Requirements: SIM-004 (the clock's half).
package clock

import (
	"context"
	"time"

	"github.com/axess-go/axess/internal/virtual"
)

// Clock tells the time and waits for it. Implementations are safe for
// concurrent use.
//
// A clock that wraps another one offers `Unwrap() Clock`, so that a simulated
// clock is recognised through the wrapper.
type Clock interface {
	// Now returns the wall time in UTC, cut to whole microseconds and without a
	// monotonic part: the resolution of SQL columns, so that a time survives a
	// round trip through a store and still compares equal with ==.
	Now() time.Time

	// Mono returns the time since an origin that is fixed for this clock value.
	// It never falls, not even when the wall clock is stepped back.
	Mono() time.Duration

	// Sleep waits for d and returns nil, or returns ctx.Err() as soon as ctx
	// ends. A context that has already ended wins over a d of zero or less.
	Sleep(ctx context.Context, d time.Duration) error

	// AfterFunc runs f in a task of its own once d has passed. The name is for
	// traces. f must not panic: nobody is there to recover it.
	AfterFunc(d time.Duration, name string, f func()) Timer

	// WithDeadline returns a context that ends with context.DeadlineExceeded
	// when this clock reaches t, or with its parent. Like the standard one, it
	// converts t to a duration once: a later step of the wall clock does not
	// move the end. Ask [Deadline], not ctx.Deadline(), when it ends.
	WithDeadline(ctx context.Context, t time.Time) (context.Context, context.CancelFunc)

	// WithCancel returns a context that ends when cancel is called or with its
	// parent. The cause given to cancel is what context.Cause returns.
	WithCancel(ctx context.Context) (context.Context, context.CancelCauseFunc)
}

// Timer is a pending call made by [Clock.AfterFunc].
type Timer interface {
	// Stop cancels the call. It reports whether it came before the call began;
	// it does not wait for a call that already runs.
	Stop() bool
}

// WithTimeout returns a context that ends when d has passed on c.
func WithTimeout(ctx context.Context, c Clock, d time.Duration) (context.Context, context.CancelFunc) {
	return c.WithDeadline(ctx, c.Now().Add(d))
}

// Pause waits for d before something is tried again: a wait for the sake of the load,
// whose length no answer depends on. On a [Fake] it returns at once, because whoever
// holds a fake clock still does not expect a request to stand still with it. Other
// clocks sleep, a simulated one too. It returns ctx.Err() as soon as ctx ends.
func Pause(ctx context.Context, c Clock, d time.Duration) error {
	for at := c; ; {
		switch on := at.(type) {
		case pauser:
			return on.pause(ctx)
		case interface{ Unwrap() Clock }:
			at = on.Unwrap()
		default:
			return c.Sleep(ctx, d)
		}
	}
}

// pauser is a clock that stands still.
type pauser interface {
	pause(ctx context.Context) error
}

// Deadline returns when ctx ends on the clock that made it, and whether it has
// an end. Contexts of a fake or simulated clock report no ctx.Deadline(),
// because a library would compare it with the real time: under a virtual
// deadline that lies in the real past, the standard WithTimeout never fires.
// This function knows both kinds.
func Deadline(ctx context.Context) (time.Time, bool) {
	if t, ok := virtual.Deadline(ctx); ok {
		return t, true
	}
	return ctx.Deadline()
}
