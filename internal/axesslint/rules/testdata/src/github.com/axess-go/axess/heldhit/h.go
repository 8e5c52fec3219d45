package heldhit

import (
	"context"
	"sync"
)

// Store is a port.
type Store interface {
	Load(ctx context.Context) error
}

// Thing has a lock, a port and a callback.
type Thing struct {
	mu    sync.RWMutex
	store Store
	told  func()
	n     int
}

func (t *Thing) port(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.store.Load(ctx) // want `L08: t.store.Load is called while t.mu is held`
}

func (t *Thing) callback() {
	t.mu.RLock()
	if t.told != nil {
		t.told() // want `L08: t.told is called while t.mu is held`
	}
	t.mu.RUnlock()
}

// Each runs somebody's code.
func (t *Thing) Each(f func(int)) {
	t.mu.Lock()
	for i := range t.n {
		f(i) // want `L08: f is called while t.mu is held`
	}
	t.mu.Unlock()
}

func (t *Thing) branch(ctx context.Context) error {
	t.mu.Lock()
	if t.n > 0 {
		t.mu.Unlock()
		return nil
	}
	err := t.store.Load(ctx) // want `L08: t.store.Load is called while t.mu is held`
	t.mu.Unlock()
	return err
}

func (t *Thing) later() func() {
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.told() // want `L08: t.told is called while t.mu is held`
	}
}

type shard struct{ sync.Mutex }

func embedded(s *shard, told func(), store Store) {
	s.Lock()
	switch {
	case told != nil:
		_ = store.Load(context.Background()) // want `L08: store.Load is called while s is held`
	}
	s.Unlock()
}
