package sched_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sched"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// host counts what it is asked for and otherwise uses real goroutines.
type host struct {
	clock.Clock
	tasks, waits []string
}

func (h *host) Go(ctx context.Context, name string, fn func(context.Context)) {
	h.tasks = append(h.tasks, name)
	fn(ctx) // at once and on the caller: the whole test is one goroutine
}

func (h *host) NewWaiter(reason string) sched.Waiter {
	h.waits = append(h.waits, reason)
	return noWait{}
}

// noWait fails instead of parking.
type noWait struct{}

func (noWait) Wait(context.Context) error { return context.DeadlineExceeded }
func (noWait) Wake()                      {}

type wrapped struct{ clock.Clock }

func (w wrapped) Unwrap() clock.Clock { return w.Clock }

// SIM-004: what a simulator replaces reaches every object.
func TestOf_finds_the_host_behind_wrappers(t *testing.T) {
	t.Parallel()
	h := &host{Clock: clock.NewFake(start)}
	s := sched.Of(wrapped{wrapped{h}})
	if err := s.Go(t.Context(), "job", func(context.Context) error { return nil }).Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(h.tasks) != 1 || h.tasks[0] != "job" {
		t.Fatalf("host was asked for tasks %v", h.tasks)
	}
	_ = s.NewGate("gate").Wait(t.Context())
	sem := s.NewSem(1)
	_, _ = sem.Acquire(t.Context()), sem.Acquire(t.Context())
	_, _ = sched.NewQueue[int](s, 1).Pop(t.Context())
	if len(h.waits) != 3 {
		t.Fatalf("host was asked to park %v, want gate, sem and queue", h.waits)
	}
}

func TestOf_a_plain_clock_means_real_goroutines(t *testing.T) {
	t.Parallel()
	for _, c := range []clock.Clock{clock.System(), clock.NewFake(start), wrapped{clock.System()}} {
		s := sched.Of(c)
		gate := s.NewGate("g")
		task := s.Go(t.Context(), "waits", gate.Wait)
		gate.Open() // would never be reached if the task ran on the caller
		if err := task.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// between lets something happen after an object was found shut and before its
// waiter is lined up; whoever then still parks has missed the wake-up.
type between struct {
	clock.Clock
	happen func()
}

func (h *between) Go(context.Context, string, func(context.Context)) {}
func (h *between) NewWaiter(string) sched.Waiter                     { h.happen(); return noWait{} }

func TestObjects_miss_no_wake_up_that_comes_while_lining_up(t *testing.T) {
	t.Parallel()
	h := &between{Clock: clock.System()}
	s := sched.Of(h)

	g := s.NewGate("g")
	h.happen = g.Open
	if err := g.Wait(t.Context()); err != nil {
		t.Errorf("gate: %v", err)
	}

	m := s.NewSem(1)
	if err := m.Acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.happen = m.Release
	if err := m.Acquire(t.Context()); err != nil {
		t.Errorf("sem: %v", err)
	}

	q := sched.NewQueue[int](s, 1)
	h.happen = func() { q.TryPush(7) }
	if v, err := q.Pop(t.Context()); v != 7 || err != nil {
		t.Errorf("queue: %d, %v", v, err)
	}
}
