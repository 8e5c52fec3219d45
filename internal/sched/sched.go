// Package sched is the only place that starts goroutines and waits for them.
//
// Production code uses its five objects instead of the language's: [Task] for a
// goroutine, [Gate] for a channel that is closed once, [Sem] for a semaphore,
// [Queue] for a buffered channel, [Flight] for single flight. They are written
// once over [Waiter], and a simulator replaces nothing but that and the start
// of a task; what it exercises is the code that ships.
//
// A constructor takes its scheduler from the clock it was given, so that the
// two can never disagree and no public signature names this package:
//
//	s := sched.Of(cfg.Clock)
//	task := s.Go(ctx, "audit.relay", relay.run)
//	…
//	if err := task.Wait(ctx); err != nil {
//		return fmt.Errorf("audit: relay: %w", err)
//	}
//
// It is not for deadlines (package clock) and not for repeated work (package
// runner). Every task has an owner who waits for it.
//
// Requirements: SIM-004.
package sched

import (
	"context"
	"runtime"

	"github.com/axess-go/axess/clock"
)

// Host runs tasks and parks them. Only the simulator implements it.
type Host interface {
	// Go starts fn as a task.
	Go(ctx context.Context, name string, fn func(context.Context))
	// NewWaiter returns a parking place; reason is for reports of stuck tasks.
	NewWaiter(reason string) Waiter
}

// Waiter parks one task once.
type Waiter interface {
	// Wait returns nil after Wake, also one that came before, or ctx.Err() if
	// the context ends first. When both are true either may win. It is called
	// at most once.
	Wait(ctx context.Context) error
	// Wake may be called any number of times, from anywhere.
	Wake()
}

// Sched starts tasks and makes the objects they wait on. The zero value uses
// real goroutines.
type Sched struct{ h Host }

// Of returns the scheduler that belongs to c: the simulated one if c, or a
// clock it wraps, is also a Host.
func Of(c clock.Clock) Sched {
	for {
		if h, ok := c.(Host); ok {
			return Sched{h}
		}
		w, ok := c.(interface{ Unwrap() clock.Clock })
		if !ok {
			return Sched{}
		}
		c = w.Unwrap()
	}
}

// Processors is how many tasks run at the same time: those of the process, and in a
// simulation always two, so that no run depends on the machine.
func (s Sched) Processors() int {
	if s.h != nil {
		return 2
	}
	return runtime.GOMAXPROCS(0)
}

func (s Sched) start(ctx context.Context, name string, fn func(context.Context)) {
	if s.h != nil {
		s.h.Go(ctx, name, fn)
		return
	}
	go fn(ctx)
}

func (s Sched) waiter(reason string) Waiter {
	if s.h != nil {
		return s.h.NewWaiter(reason)
	}
	return make(chanWaiter, 1)
}

// chanWaiter parks a goroutine. One slot is enough: Wait is called once.
type chanWaiter chan struct{}

func (w chanWaiter) Wait(ctx context.Context) error {
	select {
	case <-w:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w chanWaiter) Wake() {
	select {
	case w <- struct{}{}:
	default:
	}
}
