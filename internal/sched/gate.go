package sched

import (
	"context"
	"slices"
	"sync"
)

// Gate is an event that happens once and stays.
type Gate struct {
	s    Sched
	name string

	mu      sync.Mutex
	open    bool
	waiters []Waiter // woken in the order in which they came
}

// NewGate returns a closed gate.
func (s Sched) NewGate(name string) *Gate { return &Gate{s: s, name: name} }

// Open lets everybody through, now and later. Opening twice is once.
func (g *Gate) Open() {
	g.mu.Lock()
	g.open = true
	ws := g.waiters
	g.waiters = nil
	g.mu.Unlock()
	for _, w := range ws {
		w.Wake()
	}
}

// Wait returns nil once the gate is open, at once if it is, even under a
// context that has ended. Otherwise it returns ctx.Err() when ctx ends.
func (g *Gate) Wait(ctx context.Context) error {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	if open {
		return nil
	}
	w := g.s.waiter(g.name)
	g.mu.Lock()
	if g.open {
		g.mu.Unlock()
		return nil
	}
	g.waiters = append(g.waiters, w)
	g.mu.Unlock()
	err := w.Wait(ctx)
	if err != nil {
		g.mu.Lock()
		if i := slices.Index(g.waiters, w); i >= 0 {
			g.waiters = slices.Delete(g.waiters, i, i+1)
		}
		g.mu.Unlock()
	}
	return err
}
