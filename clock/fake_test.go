package clock_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
)

var start = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func TestFake_runs_due_timers_in_order_with_the_clock_at_their_instant(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	var got []string
	note := func(name string) func() {
		return func() { got = append(got, name+" "+c.Mono().String()) }
	}
	c.AfterFunc(3*time.Second, "c", note("c"))
	c.AfterFunc(1*time.Second, "a1", note("a1"))
	c.AfterFunc(1*time.Second, "a2", note("a2"))
	c.AfterFunc(2*time.Second, "b", func() {
		note("b")()
		c.AfterFunc(500*time.Millisecond, "b+", note("b+")) // due before the target
		c.AfterFunc(5*time.Second, "late", note("late"))
	})
	if want := []string{"a1", "a2", "b", "c"}; !slices.Equal(c.Pending(), want) {
		t.Fatalf("pending %v, want %v", c.Pending(), want)
	}
	c.Advance(4 * time.Second)
	want := []string{"a1 1s", "a2 1s", "b 2s", "b+ 2.5s", "c 3s"}
	if !slices.Equal(got, want) {
		t.Fatalf("ran %v, want %v", got, want)
	}
	if now := c.Now(); !now.Equal(start.Add(4 * time.Second)) {
		t.Fatalf("now %v", now)
	}
	if want := []string{"late"}; !slices.Equal(c.Pending(), want) {
		t.Fatalf("pending %v, want %v", c.Pending(), want)
	}
}

func TestFake_stopped_timer_never_runs(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	tm := c.AfterFunc(time.Second, "x", func() { t.Error("ran") })
	if !tm.Stop() {
		t.Error("first Stop came in time but says no")
	}
	if tm.Stop() {
		t.Error("second Stop says it stopped something")
	}
	c.Advance(time.Minute)
	done := c.AfterFunc(0, "now", func() {})
	if got := c.Pending(); len(got) != 1 {
		t.Fatalf("a timer of zero waits for the next advance, pending %v", got)
	}
	c.Advance(0)
	if done.Stop() {
		t.Error("Stop after the run says it stopped something")
	}
}

func TestFake_advance_inside_a_callback_never_turns_time_back(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	c.AfterFunc(time.Second, "leap", func() { c.Advance(time.Hour) })
	c.Advance(2 * time.Second)
	if got, want := c.Mono(), time.Hour+time.Second; got != want {
		t.Fatalf("mono %v, want %v", got, want)
	}
	if got, want := c.Now(), start.Add(time.Hour+time.Second); !got.Equal(want) {
		t.Fatalf("now %v, want %v", got, want)
	}
}

func TestFake_set_steps_the_wall_clock_and_nothing_else(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	ctx, cancel := clock.WithTimeout(t.Context(), c, time.Minute)
	defer cancel()
	c.Set(start.Add(time.Hour))
	if ctx.Err() != nil || c.Mono() != 0 {
		t.Fatalf("a step fired a deadline (%v) or moved mono (%v)", ctx.Err(), c.Mono())
	}
	c.Set(start.Add(-time.Hour))
	c.Advance(time.Minute)
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Fatalf("the deadline moved with the wall clock: %v", ctx.Err())
	}
	if want := start.Add(time.Minute - time.Hour); !c.Now().Equal(want) {
		t.Fatalf("now %v, want %v", c.Now(), want)
	}
}

func TestFake_sleepers_wake_when_advanced_past_their_time(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { errs[i] = c.Sleep(t.Context(), time.Duration(i+1)*time.Second) })
	}
	if err := c.Await(t.Context(), clock.SleepName, len(errs)); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Duration(len(errs))*time.Second - 1)
	if got := c.Pending(); len(got) != 1 {
		t.Fatalf("pending %v, want the one who is not yet due", got)
	}
	c.Advance(1)
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("sleeper %d: %v", i, err)
		}
	}
}

func TestFake_sleep_ends_with_its_context(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	ctx, cancel := c.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- c.Sleep(ctx, time.Hour) }()
	if err := c.Await(t.Context(), clock.SleepName, 1); err != nil {
		t.Fatal(err)
	}
	cancel(nil)
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if got := c.Pending(); len(got) != 0 {
		t.Fatalf("the sleep left its timer behind: %v", got)
	}
	if err := c.Sleep(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Fatalf("an ended context must win over a sleep of zero: %v", err)
	}
}

func TestFake_await_gives_up_with_its_context(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Await(ctx, "nobody", 1); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

// wrapped is a clock that somebody else has put around another one.
type wrapped struct{ clock.Clock }

func (w wrapped) Unwrap() clock.Clock { return w.Clock }

func TestPause(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	over, end := context.WithCancel(t.Context())
	end()
	for name, on := range map[string]clock.Clock{"fake": c, "wrapped": wrapped{c}} {
		if err := clock.Pause(t.Context(), on, time.Hour); err != nil || len(c.Pending()) != 0 {
			t.Errorf("%s: %v, pending %v", name, err, c.Pending())
		}
		if err := clock.Pause(over, on, time.Hour); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: a context that has ended: %v", name, err)
		}
	}
	sys := clock.System()
	before := sys.Mono()
	if err := clock.Pause(t.Context(), sys, 2*time.Millisecond); err != nil || sys.Mono()-before < 2*time.Millisecond {
		t.Errorf("the system's clock: %v after %v", err, sys.Mono()-before)
	}
}
