package sched

import (
	"context"
	"sync"
)

// Flight lets callers that want the same thing at the same time share one run:
// key sets, tokens, policies. It costs about a microsecond and is not for a hot
// read. It remembers nothing: the next call after the end runs again.
type Flight[K comparable, V any] struct {
	s    Sched
	name string

	mu    sync.Mutex
	calls map[K]*call[V]
}

type call[V any] struct {
	task *Task
	v    V // written before the task ends
}

// NewFlight returns a Flight whose tasks carry the name.
func NewFlight[K comparable, V any](s Sched, name string) *Flight[K, V] {
	return &Flight[K, V]{s: s, name: name, calls: make(map[K]*call[V])}
}

// Do returns what fn returns, running it only if no run for k is under way. fn
// runs in a task of its own under the first caller's values but not under its
// end, so that the caller who gives up does not take the others along; it sets
// its own timeout and uses nothing that belongs to the first caller's request.
// Each caller waits under its own context. A panic of fn comes back to all as
// a *PanicError. A context that has ended starts nothing.
func (f *Flight[K, V]) Do(ctx context.Context, k K, fn func(context.Context) (V, error)) (V, error) {
	var zero V
	if err := ctx.Err(); err != nil {
		return zero, err
	}
	f.mu.Lock()
	c, found := f.calls[k]
	if !found {
		c = &call[V]{task: f.s.newTask(f.name)}
		f.calls[k] = c
	}
	f.mu.Unlock()
	if !found {
		c.task.run(context.WithoutCancel(ctx), f.s, func(ctx context.Context) error {
			// Forgotten before the waiters wake: who calls after the end must
			// not be given the old value.
			defer f.forget(k)
			v, err := fn(ctx)
			c.v = v
			return err
		})
	}
	if err := c.task.Wait(ctx); err != nil {
		return zero, err
	}
	return c.v, nil
}

func (f *Flight[K, V]) forget(k K) {
	f.mu.Lock()
	delete(f.calls, k)
	f.mu.Unlock()
}
