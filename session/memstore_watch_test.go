package session

import (
	"context"
	"fmt"
	"slices"

	"github.com/axess-go/axess/store"
)

// memWatch is what one watch of a memStore has still to tell. Its fields are of the
// store's lock.
type memWatch struct {
	m       *memStore
	pending []Ending
	lost    error
	wake    chan struct{}
}

// tell hands an ending to every watch. The caller holds the lock.
func (m *memStore) tell(e Ending) {
	if e == (Ending{}) || m.muted {
		return
	}
	for _, w := range m.told {
		w.pending = append(w.pending, e)
		w.call()
	}
}

func (w *memWatch) call() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// lose makes every watch report that its channel is lost.
func (m *memStore) lose() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, w := range m.told {
		w.lost = errDown
		w.call()
	}
}

// mute makes the store forget to tell what f ends.
func (m *memStore) mute(f func()) {
	m.mu.Lock()
	m.muted = true
	m.mu.Unlock()
	f()
	m.mu.Lock()
	m.muted = false
	m.mu.Unlock()
}

// watches is how many are open.
func (m *memStore) watches() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.told)
}

func (m *memStore) Watch(ctx context.Context) (_ Watch, err error) {
	if err := m.enter(ctx, "watch"); err != nil {
		return nil, err
	}
	defer m.leave("watch", &err)
	w := &memWatch{m: m, wake: make(chan struct{}, 1)}
	m.told = append(m.told, w)
	return w, nil
}

func (w *memWatch) Next(ctx context.Context) ([]Ending, error) {
	for {
		w.m.mu.Lock()
		ended, err := w.pending, w.lost
		w.pending = nil
		w.m.mu.Unlock()
		switch {
		case ctx.Err() != nil:
			return nil, fmt.Errorf("%w: %w", store.ErrUnavailable, ctx.Err())
		case len(ended) > 0:
			return ended, nil
		case err != nil:
			return nil, err
		}
		select {
		case <-w.wake:
		case <-ctx.Done():
		}
	}
}

func (w *memWatch) Close() error {
	w.m.mu.Lock()
	defer w.m.mu.Unlock()
	w.m.told = slices.DeleteFunc(w.m.told, func(o *memWatch) bool { return o == w })
	return nil
}
