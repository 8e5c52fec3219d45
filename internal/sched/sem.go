package sched

import (
	"context"
	"slices"
	"sync"
)

// Sem lets a limited number of tasks through at a time, in the order in which
// they came.
type Sem struct {
	s Sched

	mu      sync.Mutex
	free    int
	size    int
	waiters []*semWaiter
}

type semWaiter struct {
	w       Waiter
	granted bool
}

// NewSem returns a semaphore with n places. It panics if n is not positive.
func (s Sched) NewSem(n int) *Sem {
	if n <= 0 {
		panic("sched: NewSem needs at least one place")
	}
	return &Sem{s: s, free: n, size: n}
}

// Acquire takes a place, waiting for one in turn. It returns ctx.Err(), and has
// taken nothing, if ctx ends before or has ended.
func (m *Sem) Acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	if m.free > 0 {
		m.free--
		m.mu.Unlock()
		return nil
	}
	m.mu.Unlock()
	sw := &semWaiter{w: m.s.waiter("sem")}
	m.mu.Lock()
	if m.free > 0 {
		m.free--
		m.mu.Unlock()
		return nil
	}
	m.waiters = append(m.waiters, sw)
	m.mu.Unlock()

	err := sw.w.Wait(ctx)
	if err == nil {
		return nil
	}
	m.mu.Lock()
	granted := sw.granted
	if !granted {
		if i := slices.Index(m.waiters, sw); i >= 0 {
			m.waiters = slices.Delete(m.waiters, i, i+1)
		}
	}
	m.mu.Unlock()
	if granted {
		m.Release() // the place came together with the end: the next one gets it
	}
	return err
}

// Release gives a place back. It panics if none is taken.
func (m *Sem) Release() {
	m.mu.Lock()
	if len(m.waiters) == 0 {
		over := m.free == m.size
		if !over {
			m.free++
		}
		m.mu.Unlock()
		if over {
			panic("sched: Release of a Sem without Acquire")
		}
		return
	}
	next := m.waiters[0]
	m.waiters = slices.Delete(m.waiters, 0, 1)
	next.granted = true
	m.mu.Unlock()
	next.w.Wake()
}
