package heldmiss

import (
	"context"
	"errors"
	"hash"
	"sync"
)

// Store is a port.
type Store interface {
	Load(ctx context.Context) error
}

// Thing has a lock, a port and a callback.
type Thing struct {
	mu    sync.Mutex
	store Store
	told  func()
	sum   hash.Hash
	n     int
}

func (t *Thing) behind(ctx context.Context) error {
	t.mu.Lock()
	t.n++
	told := t.told
	t.mu.Unlock()
	told()
	return t.store.Load(ctx)
}

func (t *Thing) branch(ctx context.Context) error {
	t.mu.Lock()
	if t.n > 0 {
		t.mu.Unlock()
		return t.store.Load(ctx)
	}
	t.n++
	t.mu.Unlock()
	return nil
}

// look's callers are here, and so is what they pass.
func (t *Thing) look(f func(int) int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return f(t.n)
}

func (t *Thing) own() error {
	double := func(n int) int { return 2 * n }
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Write(nil) // the standard library calls nobody back
	t.n = double(t.n) + plain(t.n)
	later := func() { t.told() }
	if t.n > 1 {
		return errors.New("more")
	}
	_ = later
	return nil
}

func plain(n int) int { return n }

func (t *Thing) allowed() {
	t.mu.Lock()
	t.told() //axess:allow L08 it is set by this package and touches nothing
	t.mu.Unlock()
}
