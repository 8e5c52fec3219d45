package ending_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/ending"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

func setup() (*ending.Hub, func() session.Ending) {
	src := entropy.Seeded(1)
	return ending.NewHub("test", sched.Of(clock.System())), func() session.Ending {
		return session.Ending{Login: identity.NewLoginID(src)}
	}
}

// SES-207
func TestHub_tells_every_watch_in_order_and_once(t *testing.T) {
	t.Parallel()
	hub, login := setup()
	a, b := login(), login()
	hub.Tell(login()) // before anybody watches
	one, two := hub.Watch(), hub.Watch()
	hub.Tell()
	hub.Tell(a)
	hub.Tell(b)
	for _, w := range []*ending.Watch{one, two} {
		got, err := w.Next(t.Context())
		if err != nil || !slices.Equal(got, []session.Ending{a, b}) {
			t.Errorf("told %v, %v", got, err)
		}
	}
	if n := hub.Watches(); n != 2 {
		t.Errorf("%d watches", n)
	}
}

// Who is slow is told to look at everything, and goes on from there. SES-207
func TestHub_keeps_a_bounded_number(t *testing.T) {
	t.Parallel()
	hub, login := setup()
	w := hub.Watch()
	all := []session.Ending{{Scope: identity.GlobalScope()}}
	for range ending.Kept {
		hub.Tell(login())
	}
	if got, err := w.Next(t.Context()); len(got) != ending.Kept || err != nil {
		t.Fatalf("told %d of %d, %v", len(got), ending.Kept, err)
	}
	for range ending.Kept + 1 {
		hub.Tell(login())
	}
	last := login()
	hub.Tell(last)
	if got, err := w.Next(t.Context()); !slices.Equal(got, append(all, last)) || err != nil {
		t.Fatalf("told %d, %v", len(got), err)
	}
}

// SES-207
func TestWatch_wakes_for_what_is_told_lost_and_closed(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for name, tc := range map[string]struct {
		then func(*ending.Hub, *ending.Watch)
		want error
	}{
		"told":   {func(h *ending.Hub, _ *ending.Watch) { h.Tell(session.Ending{Scope: identity.GlobalScope()}) }, nil},
		"lost":   {func(h *ending.Hub, _ *ending.Watch) { h.Lose(boom) }, boom},
		"closed": {func(_ *ending.Hub, w *ending.Watch) { _ = w.Close() }, store.ErrUnavailable},
	} {
		synctest.Test(t, func(t *testing.T) {
			hub, _ := setup()
			w := hub.Watch()
			var err error
			task := sched.Of(clock.System()).Go(t.Context(), "watcher", func(ctx context.Context) error {
				_, err = w.Next(ctx)
				return nil
			})
			synctest.Wait()
			tc.then(hub, w)
			if end := task.Wait(t.Context()); end != nil {
				t.Fatal(end)
			}
			if !errors.Is(err, tc.want) || err != nil && !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// What was told before the channel was lost is still told; a watch that begins
// afterwards is a new one, and a closed one is told nothing. SES-207
func TestWatch_lost_and_closed(t *testing.T) {
	t.Parallel()
	hub, login := setup()
	w := hub.Watch()
	hub.Tell(login())
	hub.Lose(errors.New("boom"))
	hub.Tell(login())
	if got, err := w.Next(t.Context()); len(got) != 1 || err != nil {
		t.Errorf("before the loss: %v, %v", got, err)
	}
	for range 2 {
		if _, err := w.Next(t.Context()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("lost: %v", err)
		}
	}
	w = hub.Watch()
	hub.Tell(login())
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Next(ended); !errors.Is(err, context.Canceled) || !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("ended: %v", err)
	}
	for range 2 {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
	if got, err := w.Next(t.Context()); err == nil || hub.Watches() != 0 {
		t.Errorf("closed: %v, %d watches", got, hub.Watches())
	}
}

// A hint makes a watch answer once with nothing, after what it has to tell. SES-207
func TestHub_hints(t *testing.T) {
	t.Parallel()
	hub, login := setup()
	w, closed := hub.Watch(), hub.Watch()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	a, b := login(), login()
	hub.Hint()
	hub.Tell(a)
	hub.Hint()
	bounded, cancel := context.WithCancel(t.Context())
	for _, want := range [][]session.Ending{{a}, nil} {
		if got, err := w.Next(bounded); err != nil || !slices.Equal(got, want) {
			t.Fatalf("told %v, %v; want %v", got, err, want)
		}
	}
	hub.Tell(b)
	if got, err := w.Next(bounded); err != nil || !slices.Equal(got, []session.Ending{b}) {
		t.Fatalf("told %v, %v", got, err)
	}
	cancel()
	if got, err := w.Next(bounded); err == nil {
		t.Errorf("a hint too many: %v", got)
	}
	if _, err := closed.Next(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a closed watch: %v", err)
	}
}
