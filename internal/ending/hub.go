package ending

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Kept is how many endings wait for one watch before they become one that concerns
// everybody.
const Kept = 1024

var errClosed = errors.New("the watch is closed")

// Hub hands endings to watches. It is safe for concurrent use.
type Hub struct {
	name  string
	sched sched.Sched

	mu      sync.Mutex
	watches []*Watch // in the order in which they began, which is that of waking
}

// NewHub makes a hub nobody watches yet. The name of the backend stands in errors.
func NewHub(name string, s sched.Sched) *Hub { return &Hub{name: name, sched: s} }

// Watch follows what is told from now on.
func (h *Hub) Watch() *Watch {
	w := &Watch{h: h, wake: sched.NewQueue[struct{}](h.sched, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watches = append(h.watches, w)
	return w
}

// Watches is how many there are.
func (h *Hub) Watches() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.watches)
}

// Tell hands endings to every watch. It wakes tasks, so the caller holds no lock.
func (h *Hub) Tell(ended ...session.Ending) {
	if len(ended) == 0 {
		return
	}
	h.mu.Lock()
	told := slices.Clone(h.watches)
	for _, w := range told {
		if w.pending = append(w.pending, ended...); len(w.pending) > Kept {
			w.pending = []session.Ending{{Scope: identity.GlobalScope()}}
		}
	}
	h.mu.Unlock()
	for _, w := range told {
		w.wake.TryPush(struct{}{})
	}
}

// Hint makes every watch look: its Next answers once with nothing, if there is
// nothing to tell. It is for backends that keep what ends where others write too.
func (h *Hub) Hint() {
	h.mu.Lock()
	hinted := slices.Clone(h.watches)
	for _, w := range hinted {
		w.hint = true
	}
	h.mu.Unlock()
	for _, w := range hinted {
		w.wake.TryPush(struct{}{})
	}
}

// Lose ends every watch: after what it still has to tell, its Next answers err.
func (h *Hub) Lose(err error) {
	h.mu.Lock()
	lost := h.watches
	h.watches = nil
	for _, w := range lost {
		w.lost = err
	}
	h.mu.Unlock()
	for _, w := range lost {
		w.wake.TryPush(struct{}{})
	}
}

// Watch is a [session.Watch].
type Watch struct {
	h    *Hub
	wake *sched.Queue[struct{}] // room for one: a call that comes while nobody waits is kept

	// of the hub's lock
	pending []session.Ending
	hint    bool
	lost    error
}

// Next implements [session.Watch], but for a hint, which is none and no error.
func (w *Watch) Next(ctx context.Context) ([]session.Ending, error) {
	for {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%s: watch: %w: %w", w.h.name, store.ErrUnavailable, context.Cause(ctx))
		}
		ended, hint, err := w.take()
		switch {
		case len(ended) > 0:
			return ended, nil
		case err != nil:
			return nil, fmt.Errorf("%s: watch: %w: %w", w.h.name, store.ErrUnavailable, err)
		case hint:
			return nil, nil
		}
		_, _ = w.wake.Pop(ctx) // its only error is the end of ctx
	}
}

// take leaves a hint for later while there is something to tell.
func (w *Watch) take() (ended []session.Ending, hint bool, lost error) {
	w.h.mu.Lock()
	defer w.h.mu.Unlock()
	if ended = w.pending; len(ended) > 0 {
		w.pending = nil
		return ended, false, nil
	}
	hint, w.hint = w.hint, false
	return nil, hint, w.lost
}

// Close implements [session.Watch].
func (w *Watch) Close() error {
	w.h.mu.Lock()
	if i := slices.Index(w.h.watches, w); i >= 0 {
		w.h.watches = slices.Delete(w.h.watches, i, i+1)
	}
	w.pending, w.lost = nil, errClosed
	w.h.mu.Unlock()
	w.wake.TryPush(struct{}{})
	return nil
}
