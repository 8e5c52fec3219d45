package sched_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sched"
)

// bubble runs fn on the virtual time of testing/synctest: real goroutines, and
// synctest.Wait tells when all of them are parked.
func bubble(t *testing.T, fn func(t *testing.T, c clock.Clock, s sched.Sched)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clock.System()
		fn(t, c, sched.Of(c))
	})
}

func TestTask_returns_what_its_function_returns_to_everybody(t *testing.T) {
	bubble(t, func(t *testing.T, c clock.Clock, s sched.Sched) {
		boom := errors.New("boom")
		task := s.Go(t.Context(), "t", func(ctx context.Context) error {
			_ = c.Sleep(ctx, time.Minute)
			return boom
		})
		short, cancel := clock.WithTimeout(t.Context(), c, time.Second)
		defer cancel()
		if err := task.Wait(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("an impatient caller got %v", err)
		}
		for range 3 {
			if err := task.Wait(t.Context()); !errors.Is(err, boom) {
				t.Fatalf("got %v", err)
			}
		}
	})
}

func TestTask_panic_comes_back_with_its_stack_and_without_its_text(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	var s sched.Sched
	cause := errors.New(secret)
	for name, fn := range map[string]func(context.Context) error{
		"text":  func(context.Context) error { panic(secret) },
		"error": func(context.Context) error { panic(cause) },
	} {
		var pe *sched.PanicError
		err := s.Go(t.Context(), "job", fn).Wait(t.Context())
		if !errors.As(err, &pe) {
			t.Fatalf("%s: got %v", name, err)
		}
		if strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "job") {
			t.Errorf("%s: text %q", name, err)
		}
		if !strings.Contains(string(pe.Stack), "objects_test.go") {
			t.Errorf("%s: the stack does not show where it happened", name)
		}
		if errors.Is(err, cause) != (name == "error") {
			t.Errorf("%s: unwrap", name)
		}
	}
	err := s.Go(t.Context(), "job", func(context.Context) error {
		var m map[string]int
		m["x"] = 1
		return nil
	}).Wait(t.Context())
	if err == nil || !strings.Contains(err.Error(), "nil map") {
		t.Errorf("an error of the runtime says what it is: %v", err)
	}
}

func TestTask_goexit_is_not_success(t *testing.T) {
	t.Parallel()
	var s sched.Sched
	err := s.Go(t.Context(), "job", func(context.Context) error { runtime.Goexit(); return nil }).Wait(t.Context())
	if !errors.Is(err, sched.ErrExited) {
		t.Fatalf("got %v", err)
	}
}

func TestGate_lets_all_through_once_open(t *testing.T) {
	bubble(t, func(t *testing.T, _ clock.Clock, s sched.Sched) {
		g := s.NewGate("g")
		var through atomic.Int32
		for range 16 {
			s.Go(t.Context(), "w", func(ctx context.Context) error {
				defer through.Add(1)
				return g.Wait(ctx)
			})
		}
		synctest.Wait()
		if n := through.Load(); n != 0 {
			t.Fatalf("%d passed a closed gate", n)
		}
		g.Open()
		g.Open()
		synctest.Wait()
		if n := through.Load(); n != 16 {
			t.Fatalf("%d of 16 passed", n)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := g.Wait(ended); err != nil {
			t.Fatalf("an open gate asked for the context: %v", err)
		}
		if err := s.NewGate("shut").Wait(ended); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
	})
}

func TestSem_serves_in_the_order_of_arrival(t *testing.T) {
	bubble(t, func(t *testing.T, _ clock.Clock, s sched.Sched) {
		m := s.NewSem(2)
		for range 2 {
			if err := m.Acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		var got []int // no lock: one place is handed on at a time
		for i := range 10 {
			s.Go(t.Context(), "w", func(ctx context.Context) error {
				if err := m.Acquire(ctx); err != nil {
					return err
				}
				got = append(got, i)
				m.Release()
				return nil
			})
			synctest.Wait()
		}
		m.Release()
		synctest.Wait()
		if want := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}; !slices.Equal(got, want) {
			t.Fatalf("order %v", got)
		}
	})
}

func TestSem_never_admits_more_than_its_places(t *testing.T) {
	t.Parallel()
	var s sched.Sched
	m := s.NewSem(3)
	var in, most atomic.Int32
	tasks := make([]*sched.Task, 64)
	for i := range tasks {
		tasks[i] = s.Go(t.Context(), "w", func(ctx context.Context) error {
			for range 50 {
				if err := m.Acquire(ctx); err != nil {
					return err
				}
				n := in.Add(1)
				for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
				}
				in.Add(-1)
				m.Release()
			}
			return nil
		})
	}
	for _, task := range tasks {
		if err := task.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if most.Load() > 3 {
		t.Fatalf("%d at once", most.Load())
	}
}

func TestSem_who_gives_up_takes_no_place(t *testing.T) {
	bubble(t, func(t *testing.T, c clock.Clock, s sched.Sched) {
		m := s.NewSem(1)
		_ = m.Acquire(t.Context())
		ctx, cancel := clock.WithTimeout(t.Context(), c, time.Second)
		defer cancel()
		if err := m.Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		m.Release()
		if err := m.Acquire(ctx); err == nil {
			t.Fatal("a context that had ended took a place")
		}
		if err := m.Acquire(t.Context()); err != nil {
			t.Fatalf("the place is lost: %v", err)
		}
	})
}

// grantAndEnd wakes the waiter and lets its wait fail all the same: the moment
// in which a simulator draws that the context wins.
type grantAndEnd struct {
	clock.Clock
	before func()
}

func (h *grantAndEnd) Go(context.Context, string, func(context.Context)) {}
func (h *grantAndEnd) NewWaiter(string) sched.Waiter                     { return h }
func (h *grantAndEnd) Wait(context.Context) error                        { h.before(); return context.Canceled }
func (h *grantAndEnd) Wake()                                             {}

func TestSem_place_granted_to_one_who_left_goes_to_the_next(t *testing.T) {
	t.Parallel()
	h := &grantAndEnd{Clock: clock.System()}
	m := sched.Of(h).NewSem(1)
	_ = m.Acquire(t.Context())
	h.before = m.Release
	if err := m.Acquire(t.Context()); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if err := m.Acquire(t.Context()); err != nil {
		t.Fatalf("the place is lost: %v", err)
	}
}

func TestQueue_value_handed_to_one_who_left_is_not_lost(t *testing.T) {
	t.Parallel()
	h := &grantAndEnd{Clock: clock.System()}
	q := sched.NewQueue[string](sched.Of(h), 1)
	h.before = func() { q.TryPush("letter") }
	if v, err := q.Pop(t.Context()); v != "letter" || err != nil {
		t.Fatalf("got %q, %v", v, err)
	}
}

func TestSem_release_without_acquire_is_a_bug_and_says_so(t *testing.T) {
	t.Parallel()
	var s sched.Sched
	m := s.NewSem(1)
	for name, f := range map[string]func(){
		"release":   m.Release,
		"no places": func() { s.NewSem(0) },
		"no room":   func() { sched.NewQueue[int](s, 0) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			f()
		}()
	}
}

func TestQueue_is_first_in_first_out_and_bounded(t *testing.T) {
	bubble(t, func(t *testing.T, c clock.Clock, s sched.Sched) {
		q := sched.NewQueue[int](s, 2)
		if !q.TryPush(1) || !q.TryPush(2) || q.TryPush(3) {
			t.Fatal("room for exactly two")
		}
		for want := 1; want <= 2; want++ {
			if v, err := q.Pop(t.Context()); v != want || err != nil {
				t.Fatalf("got %d, %v; want %d", v, err, want)
			}
		}
		ctx, cancel := clock.WithTimeout(t.Context(), c, time.Second)
		defer cancel()
		if _, err := q.Pop(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		var got []string
		for i := range 3 {
			s.Go(t.Context(), "w", func(ctx context.Context) error {
				v, err := q.Pop(ctx)
				got = append(got, fmt.Sprint(i, "=", v))
				return err
			})
			synctest.Wait()
		}
		for v := range 3 {
			if !q.TryPush(v) {
				t.Fatal("who waits makes room")
			}
			synctest.Wait()
		}
		if want := []string{"0=0", "1=1", "2=2"}; !slices.Equal(got, want) {
			t.Fatalf("got %v", got)
		}
		if !q.TryPush(1) || !q.TryPush(2) || q.TryPush(3) {
			t.Fatal("one who gave up still counts as waiting")
		}
	})
}

func TestFlight_runs_once_for_all_who_ask_meanwhile(t *testing.T) {
	bubble(t, func(t *testing.T, c clock.Clock, s sched.Sched) {
		f := sched.NewFlight[string, int](s, "f")
		runs := 0
		fn := func(ctx context.Context) (int, error) {
			runs++
			run := runs
			return run, c.Sleep(ctx, time.Minute)
		}
		results := make([]int, 8)
		for i := range results {
			s.Go(t.Context(), "w", func(ctx context.Context) (err error) {
				results[i], err = f.Do(ctx, "k", fn)
				return err
			})
		}
		other := s.Go(t.Context(), "other", func(ctx context.Context) error {
			v, err := f.Do(ctx, "another", func(context.Context) (int, error) { return 99, nil })
			if v != 99 {
				t.Errorf("another key got %d", v)
			}
			return err
		})
		if err := other.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		_ = c.Sleep(t.Context(), time.Hour)
		synctest.Wait()
		if want := []int{1, 1, 1, 1, 1, 1, 1, 1}; !slices.Equal(results, want) {
			t.Fatalf("results %v", results)
		}
		if v, err := f.Do(t.Context(), "k", fn); v != 2 || err != nil {
			t.Fatalf("a later call got %d, %v, want a fresh run", v, err)
		}
	})
}

func TestFlight_caller_who_gives_up_takes_nobody_along(t *testing.T) {
	bubble(t, func(t *testing.T, c clock.Clock, s sched.Sched) {
		f := sched.NewFlight[int, string](s, "f")
		runs := 0
		fn := func(ctx context.Context) (string, error) {
			runs++
			return "value", c.Sleep(ctx, time.Minute)
		}
		ctx, cancel := clock.WithTimeout(t.Context(), c, time.Second)
		defer cancel()
		first := s.Go(ctx, "first", func(ctx context.Context) error {
			_, err := f.Do(ctx, 1, fn)
			return err
		})
		synctest.Wait()
		v, err := f.Do(t.Context(), 1, fn)
		if v != "value" || err != nil || runs != 1 {
			t.Fatalf("got %q, %v after %d runs", v, err, runs)
		}
		if err := first.Wait(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("the first caller got %v", err)
		}
		if _, err := f.Do(ctx, 1, fn); err == nil || runs != 1 {
			t.Fatalf("an ended context started a run: %v, %d", err, runs)
		}
	})
}

func TestFlight_errors_and_panics_reach_all_and_are_not_kept(t *testing.T) {
	t.Parallel()
	var s sched.Sched
	f := sched.NewFlight[int, int](s, "f")
	boom := errors.New("boom")
	if v, err := f.Do(t.Context(), 1, func(context.Context) (int, error) { return 7, boom }); !errors.Is(err, boom) || v != 0 {
		t.Fatalf("got %d, %v", v, err)
	}
	var pe *sched.PanicError
	if _, err := f.Do(t.Context(), 1, func(context.Context) (int, error) { panic("x") }); !errors.As(err, &pe) {
		t.Fatalf("got %v", err)
	}
	if v, err := f.Do(t.Context(), 1, func(context.Context) (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Fatalf("got %d, %v", v, err)
	}
}

func BenchmarkSem(b *testing.B) {
	var s sched.Sched
	m := s.NewSem(1)
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		_ = m.Acquire(ctx)
		m.Release()
	}
}
