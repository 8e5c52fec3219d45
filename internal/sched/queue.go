package sched

import (
	"context"
	"slices"
	"sync"
)

// Queue hands values from tasks to tasks, first in, first out, and never makes
// the giver wait. A queue of size one is also a wake-up call that is not lost
// while the receiver is busy.
type Queue[T any] struct {
	s    Sched
	size int

	mu      sync.Mutex
	items   []T
	waiters []*popper[T] // not empty only while items is
}

type popper[T any] struct {
	w   Waiter
	v   T
	got bool
}

// NewQueue returns a queue that holds n values. It panics if n is not positive.
func NewQueue[T any](s Sched, n int) *Queue[T] {
	if n <= 0 {
		panic("sched: NewQueue needs room for one value")
	}
	return &Queue[T]{s: s, size: n}
}

// TryPush adds v and reports whether there was room.
func (q *Queue[T]) TryPush(v T) bool {
	q.mu.Lock()
	if len(q.waiters) > 0 {
		p := q.waiters[0]
		q.waiters = slices.Delete(q.waiters, 0, 1)
		p.v, p.got = v, true
		q.mu.Unlock()
		p.w.Wake()
		return true
	}
	defer q.mu.Unlock()
	if len(q.items) == q.size {
		return false
	}
	q.items = append(q.items, v)
	return true
}

// Pop takes the oldest value, waiting for one. It returns ctx.Err() if ctx ends
// first; a value that was already handed over is returned all the same, so none
// is ever lost.
func (q *Queue[T]) Pop(ctx context.Context) (T, error) {
	if v, ok := q.take(nil); ok {
		return v, nil
	}
	p := &popper[T]{w: q.s.waiter("queue")}
	if v, ok := q.take(p); ok {
		return v, nil
	}
	err := p.w.Wait(ctx)
	q.mu.Lock()
	defer q.mu.Unlock()
	if p.got {
		return p.v, nil
	}
	if i := slices.Index(q.waiters, p); i >= 0 {
		q.waiters = slices.Delete(q.waiters, i, i+1)
	}
	return p.v, err
}

// take removes the oldest value, or else lines p up for the next one.
func (q *Queue[T]) take(p *popper[T]) (v T, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) > 0 {
		v = q.items[0]
		q.items = slices.Delete(q.items, 0, 1)
		return v, true
	}
	if p != nil {
		q.waiters = append(q.waiters, p)
	}
	return v, false
}
