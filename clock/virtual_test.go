package clock_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axess-go/axess/clock"
)

type key struct{}

func isDone(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	default:
		return false
	}
}

// SIM-004: deadlines on virtual time.
func TestVirtual_ends_exactly_at_its_deadline(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	ctx, cancel := clock.WithTimeout(t.Context(), c, time.Second)
	defer cancel()
	c.Advance(time.Second - 1)
	if ctx.Err() != nil || isDone(ctx) {
		t.Fatal("ended too early")
	}
	c.Advance(1)
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) || !isDone(ctx) {
		t.Fatalf("err %v, done %v", ctx.Err(), isDone(ctx))
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.DeadlineExceeded) {
		t.Fatalf("cause %v", cause)
	}
}

func TestVirtual_deadline_that_has_passed_ends_at_once(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	ctx, cancel := c.WithDeadline(t.Context(), start)
	defer cancel()
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Fatalf("err %v", ctx.Err())
	}
	if got := c.Pending(); len(got) != 0 {
		t.Fatalf("pending %v", got)
	}
}

// Children report the parent's reason and have ended when Advance returns, with
// no goroutine in between: also through values, also the standard library's.
func TestVirtual_children_end_synchronously_with_the_same_error(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	top, cancel := clock.WithTimeout(t.Context(), c, time.Second)
	defer cancel()
	std, cancelStd := context.WithCancel(top)
	defer cancelStd()
	own, cancelOwn := c.WithCancel(context.WithValue(top, key{}, 1))
	defer cancelOwn(nil)
	longer, cancelLonger := clock.WithTimeout(own, c, time.Hour)
	defer cancelLonger()
	if got := c.Pending(); len(got) != 1 {
		t.Fatalf("a deadline behind the parent's needs no timer, pending %v", got)
	}
	c.Advance(time.Second)
	for name, ctx := range map[string]context.Context{"std": std, "own": own, "longer": longer} {
		if !isDone(ctx) || !errors.Is(ctx.Err(), context.DeadlineExceeded) ||
			!errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			t.Errorf("%s: done %v err %v cause %v", name, isDone(ctx), ctx.Err(), context.Cause(ctx))
		}
	}
	if own.Value(key{}) != 1 {
		t.Error("lost a value")
	}
}

func TestVirtual_children_end_in_the_order_in_which_they_were_made(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	top, cancel := c.WithCancel(t.Context())
	var order []int
	for i := range 20 {
		child, _ := c.WithCancel(top)
		child.(interface {
			AfterFunc(func()) func() bool
		}).AfterFunc(func() { order = append(order, i) })
	}
	cancel(nil)
	if len(order) != 20 || !slices.IsSorted(order) {
		t.Fatalf("order %v", order)
	}
}

func TestVirtual_cause_is_the_first_one_given(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	first := errors.New("first")
	ctx, cancel := c.WithCancel(t.Context())
	child, cancelChild := context.WithCancel(ctx)
	defer cancelChild()
	cancel(first)
	cancel(errors.New("second"))
	for _, ctx := range []context.Context{ctx, child} {
		if !errors.Is(ctx.Err(), context.Canceled) || !errors.Is(context.Cause(ctx), first) {
			t.Fatalf("err %v, cause %v", ctx.Err(), context.Cause(ctx))
		}
	}
}

func TestVirtual_cancel_takes_its_timer_and_its_place_at_the_parent_along(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	parent, cancelParent := c.WithCancel(t.Context())
	ctx, cancel := clock.WithTimeout(parent, c, time.Second)
	cancel()
	cancel()
	if got := c.Pending(); len(got) != 0 {
		t.Fatalf("pending %v", got)
	}
	cancelParent(errors.New("later"))
	if !errors.Is(context.Cause(ctx), context.Canceled) {
		t.Fatalf("a context that had ended ended again: %v", context.Cause(ctx))
	}
}

func TestVirtual_follows_a_standard_parent(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	why := errors.New("why")
	std, cancelStd := context.WithCancelCause(t.Context())
	ctx, cancel := clock.WithTimeout(std, c, time.Second)
	defer cancel()
	cancelStd(why)
	if !errors.Is(ctx.Err(), context.Canceled) { // without waiting for Done
		t.Fatalf("alive under a dead parent: %v", ctx.Err())
	}
	<-ctx.Done()
	if !errors.Is(context.Cause(ctx), why) {
		t.Fatalf("cause %v", context.Cause(ctx))
	}
	late, cancelLate := c.WithCancel(std)
	defer cancelLate(nil)
	if !isDone(late) || !errors.Is(context.Cause(late), why) {
		t.Fatal("a child of a dead parent was born alive")
	}
}

func TestVirtual_is_not_ended_behind_WithoutCancel(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	top, cancel := clock.WithTimeout(t.Context(), c, time.Second)
	defer cancel()
	free := context.WithoutCancel(top)
	if d, ok := clock.Deadline(free); ok {
		t.Fatalf("reports the deadline %v it has not", d)
	}
	ctx, cancelCtx := clock.WithTimeout(free, c, time.Minute)
	defer cancelCtx()
	c.Advance(time.Second)
	if top.Err() == nil || ctx.Err() != nil {
		t.Fatalf("top %v, free %v", top.Err(), ctx.Err())
	}
	c.Advance(time.Minute)
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Fatalf("its own deadline did not fire: %v", ctx.Err())
	}
}

func TestDeadline_knows_virtual_and_standard_contexts(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	if _, ok := clock.Deadline(t.Context()); ok {
		t.Fatal("no deadline was set")
	}
	ctx, cancel := clock.WithTimeout(t.Context(), c, time.Minute)
	defer cancel()
	if _, ok := ctx.Deadline(); ok {
		t.Fatal("a virtual deadline leaked to the standard library")
	}
	inner, cancelInner := clock.WithTimeout(context.WithValue(ctx, key{}, 1), c, time.Hour)
	defer cancelInner()
	below, cancelBelow := c.WithCancel(inner)
	defer cancelBelow(nil)
	for _, ctx := range []context.Context{ctx, inner, below, context.WithValue(below, key{}, 2)} {
		if d, ok := clock.Deadline(ctx); !ok || !d.Equal(start.Add(time.Minute)) {
			t.Errorf("deadline %v %v, want the parent's", d, ok)
		}
	}
	sys := clock.System()
	at := sys.Now().Add(time.Hour)
	real, cancelReal := sys.WithDeadline(t.Context(), at)
	defer cancelReal()
	if d, ok := clock.Deadline(real); !ok || !d.Equal(at) {
		t.Fatalf("deadline %v %v", d, ok)
	}
}

// Under a virtual deadline in the real past, the standard WithTimeout would
// never fire if it saw that deadline.
func TestVirtual_standard_timeouts_below_it_still_fire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clock.NewFake(time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC))
		top, cancel := clock.WithTimeout(t.Context(), c, time.Second)
		defer cancel()
		ctx, cancelCtx := context.WithTimeout(top, time.Second)
		defer cancelCtx()
		if ctx.Err() != nil {
			t.Fatalf("expired at birth: %v", ctx.Err())
		}
		<-ctx.Done() // the bubble's time moves
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) || top.Err() != nil {
			t.Fatalf("ctx %v, top %v", ctx.Err(), top.Err())
		}
	})
}

// Package context calls AfterFunc with a lock held that the callback takes.
func TestVirtual_that_has_ended_calls_back_without_its_caller(t *testing.T) {
	t.Parallel()
	ctx, cancel := clock.NewFake(start).WithCancel(t.Context())
	cancel(nil)
	var mu sync.Mutex
	called := make(chan struct{})
	mu.Lock()
	stop := ctx.(interface {
		AfterFunc(func()) func() bool
	}).AfterFunc(func() {
		mu.Lock()
		defer mu.Unlock()
		close(called)
	})
	mu.Unlock()
	<-called
	if stop() {
		t.Error("took back what had been called")
	}
}

func TestVirtual_many_goroutines_one_end(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	std, cancelStd := context.WithCancel(t.Context())
	defer cancelStd()
	top, cancel := clock.WithTimeout(std, c, time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			ctx, cancelCtx := context.WithCancel(top) // attaches through AfterFunc
			defer cancelCtx()
			own, cancelOwn := c.WithCancel(top)
			defer cancelOwn(nil)
			switch i {
			case 20:
				cancelStd()
			case 40:
				c.Advance(time.Second)
			case 60:
				cancel()
			}
			<-ctx.Done()
			<-own.Done()
			if ctx.Err() == nil || own.Err() == nil || context.Cause(own) == nil {
				t.Error("done without an error")
			}
		})
	}
	wg.Wait()
}
