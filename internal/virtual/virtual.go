// Package virtual makes contexts that end on a time which is not the machine's: those
// of clock.Fake, and of a simulator's clock. Programs get them from a clock.Clock.
//
// Requirements: of SIM-004 the contexts.
package virtual

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// virtual is a context that ends on a time that is not the machine's.
//
// It is a type of its own, and not a wrapped standard one, because children of
// a wrapped context would report Canceled where DeadlineExceeded is meant. It
// has the method AfterFunc, for which package context looks: standard children
// then attach without a hidden goroutine and end synchronously.
type virtual struct {
	parent   context.Context
	deadline time.Time // zero: none; never after the parent's

	// cause is a standard context that nobody waits for. It only gives
	// context.Cause something to find; its Done is not ours, so package context
	// does not mistake it for this one.
	cause    context.Context
	setCause context.CancelCauseFunc

	done chan struct{}
	err  atomic.Pointer[error] // read by library goroutines too

	mu     sync.Mutex
	calls  []*afterCall // in the order of registration, which is the order of effects
	detach []func()     // forget this context at its parent and its clock
}

type virtualKey struct{}

type afterCall struct{ f func() }

// ancestor returns the virtual context that ends ctx: ctx itself or one behind
// context.WithValue. Behind context.WithoutCancel the values are still visible
// but the end is not, so the two Done channels must be the same.
func ancestor(ctx context.Context) (*virtual, bool) {
	v, ok := ctx.Value(virtualKey{}).(*virtual)
	return v, ok && v.done == ctx.Done()
}

// WithDeadline returns a context that ends at t, where now is what its clock shows:
// after sets a timer on that clock and returns how to stop it. The end comes on whoever
// calls f, with everything that follows from it.
func WithDeadline(ctx context.Context, now, t time.Time, after func(d time.Duration, f func()) (stop func())) (context.Context, context.CancelFunc) {
	v := newVirtual(ctx, t)
	cancel := func() { v.end(context.Canceled, nil) }
	if v.Err() != nil || v.deadline.Before(t) {
		return v, cancel // the parent ends first and takes v along
	}
	d := t.Sub(now)
	if d <= 0 {
		v.end(context.DeadlineExceeded, nil)
		return v, cancel
	}
	v.onEnd(after(d, func() { v.end(context.DeadlineExceeded, nil) }))
	return v, cancel
}

// WithCancel returns a context that ends when cancel is called.
func WithCancel(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	v := newVirtual(ctx, time.Time{})
	return v, func(cause error) { v.end(context.Canceled, cause) }
}

// Deadline is when such a context ends; ok is false for any other, and for one that has
// no end.
func Deadline(ctx context.Context) (t time.Time, ok bool) {
	if v, ok := ancestor(ctx); ok && !v.deadline.IsZero() {
		return v.deadline, true
	}
	return time.Time{}, false
}

// OnEnd calls f when ctx ends, on whoever ends it, and at once if it has ended. ok is
// false, and nothing is called, for a context that can end and is not of such a clock:
// only a goroutine could wait for it. A context that cannot end is ok.
func OnEnd(ctx context.Context, f func()) (stop func() bool, ok bool) {
	if ctx.Done() == nil {
		return func() bool { return true }, true
	}
	v, ok := ancestor(ctx)
	if !ok {
		return nil, false
	}
	if v.Err() != nil {
		f()
		return func() bool { return false }, true
	}
	return v.AfterFunc(f), true
}

// newVirtual returns a context under parent. The caller arms a timer for the
// deadline, if there is one, and hands it over with onEnd.
func newVirtual(parent context.Context, deadline time.Time) *virtual {
	v := &virtual{parent: parent, deadline: deadline, done: make(chan struct{})}
	v.cause, v.setCause = context.WithCancelCause(context.WithoutCancel(parent))
	if up, ok := ancestor(parent); ok {
		if d := up.deadline; !d.IsZero() && (deadline.IsZero() || d.Before(deadline)) {
			v.deadline = d
		}
	}
	v.follow()
	return v
}

// follow ends v with its parent. An ancestor of our own type, also one behind
// context.WithValue, ends v synchronously. Any other parent tells us through
// the standard library, on a goroutine of its own; Err looks at the parent as
// well, so that nobody sees v alive under a dead parent.
func (v *virtual) follow() {
	if v.parent.Done() == nil {
		return
	}
	if v.parent.Err() != nil {
		v.endWithParent()
		return
	}
	type afterFuncer interface {
		AfterFunc(func()) func() bool
	}
	var stop func() bool
	if up, ok := ancestor(v.parent); ok {
		stop = up.AfterFunc(v.endWithParent)
	} else if up, ok := v.parent.(afterFuncer); ok {
		stop = up.AfterFunc(v.endWithParent)
	} else {
		stop = context.AfterFunc(v.parent, v.endWithParent)
	}
	v.onEnd(func() { stop() })
}

func (v *virtual) endWithParent() { v.end(v.parent.Err(), context.Cause(v.parent)) }

// onEnd adds something to undo when v ends, at once if it has ended.
func (v *virtual) onEnd(f func()) {
	v.mu.Lock()
	ended := v.err.Load() != nil
	if !ended {
		v.detach = append(v.detach, f)
	}
	v.mu.Unlock()
	if ended {
		f()
	}
}

// end ends v once; later calls do nothing. Callbacks run on the caller, in
// order, with no lock held.
func (v *virtual) end(err, cause error) {
	if cause == nil {
		cause = err
	}
	v.mu.Lock()
	if v.err.Load() != nil {
		v.mu.Unlock()
		return
	}
	// Before err: whoever sees the end also sees its cause.
	v.setCause(cause) //axess:allow L08 a standard context's that has no children and calls nobody
	v.err.Store(&err)
	calls, detach := v.calls, v.detach
	v.calls, v.detach = nil, nil
	close(v.done)
	v.mu.Unlock()
	for _, f := range detach {
		f()
	}
	for _, c := range calls {
		c.f()
	}
}

// Deadline reports none: see clock.Deadline.
func (v *virtual) Deadline() (time.Time, bool) { return time.Time{}, false }

func (v *virtual) Done() <-chan struct{} { return v.done }

func (v *virtual) Err() error {
	if e := v.err.Load(); e != nil {
		return *e
	}
	if v.parent.Err() == nil {
		return nil
	}
	v.endWithParent()
	// Somebody else may have begun to end v; he holds the lock until it is done.
	v.mu.Lock()
	defer v.mu.Unlock()
	return *v.err.Load()
}

func (v *virtual) Value(key any) any {
	if _, ok := key.(virtualKey); ok {
		return v
	}
	return v.cause.Value(key)
}

// AfterFunc calls f on the goroutine that ends v. The function it returns takes
// the call back and reports whether it came in time.
func (v *virtual) AfterFunc(f func()) func() bool {
	c := &afterCall{f: f}
	v.mu.Lock()
	ended := v.err.Load() != nil
	if !ended {
		v.calls = append(v.calls, c)
	}
	v.mu.Unlock()
	if ended {
		// Package context holds the child's lock while it calls us, and f takes
		// that lock.
		go f() //axess:allow L07 clock lies below sched, and f must not wait for its caller
		return func() bool { return false }
	}
	return func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		for i, have := range v.calls {
			if have == c {
				v.calls = append(v.calls[:i:i], v.calls[i+1:]...)
				return true
			}
		}
		return false
	}
}
