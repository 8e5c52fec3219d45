package password_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/internal/sched"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// newGate holds two Lean hashes of 19 MiB.
func newGate(t *testing.T) (*password.Gate, *clock.Fake) {
	t.Helper()
	c := clock.NewFake(start)
	g, err := password.NewGate(password.GateConfig{Clock: c, Parallel: 2, Memory: 512 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return g, c
}

// soon ends before the test binary does: room that got lost fails the test and
// does not hang it.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := clock.WithTimeout(t.Context(), clock.System(), 5*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func enter(t *testing.T, g *password.Gate, c password.Cost) *password.Pass {
	t.Helper()
	p, err := g.Enter(soon(t), c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// FAC-013
func TestGate_refuses_after_two_seconds(t *testing.T) {
	t.Parallel()
	g, c := newGate(t)
	a, b := enter(t, g, 19), enter(t, g, 19)
	got := make(chan error)
	go func() {
		_, err := g.Enter(soon(t), 19)
		got <- err
	}()
	if err := c.Await(soon(t), "", 1); err != nil {
		t.Fatal(err)
	}
	c.Advance(2*time.Second - time.Microsecond)
	select {
	case err := <-got:
		t.Fatalf("refused early: %v", err)
	default:
	}
	c.Advance(time.Microsecond)
	if err := <-got; !errors.Is(err, password.ErrBusy) {
		t.Fatalf("after two seconds: %v", err)
	}
	// Who gave up took nothing along.
	a.Leave()
	b.Leave()
	enter(t, g, 19).Leave()
	enter(t, g, 38).Leave()
}

// FAC-013
func TestGate_lets_the_next_in_when_one_leaves(t *testing.T) {
	t.Parallel()
	g, c := newGate(t)
	a, b := enter(t, g, 19), enter(t, g, 19)
	got := make(chan error)
	go func() {
		p, err := g.Enter(soon(t), 19)
		if err == nil {
			p.Leave()
		}
		got <- err
	}()
	if err := c.Await(soon(t), "", 1); err != nil {
		t.Fatal(err)
	}
	a.Leave()
	if err := <-got; err != nil {
		t.Fatal(err)
	}
	b.Leave()
}

// parking is a clock whose scheduler says when somebody parks.
type parking struct {
	clock.Clock
	parked chan struct{}
}

func (p parking) Go(ctx context.Context, _ string, fn func(context.Context)) { go fn(ctx) }

func (p parking) NewWaiter(string) sched.Waiter {
	return place{p.parked, make(chan struct{}, 1)}
}

type place struct{ parked, woken chan struct{} }

func (p place) Wait(ctx context.Context) error {
	p.parked <- struct{}{}
	select {
	case <-p.woken:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p place) Wake() { p.woken <- struct{}{} }

// FAC-013
func TestGate_light_ones_do_not_overtake_a_heavy_one(t *testing.T) {
	t.Parallel()
	c := parking{clock.NewFake(start), make(chan struct{})}
	g, err := password.NewGate(password.GateConfig{Clock: c, Parallel: 2, Memory: 512 << 20})
	if err != nil {
		t.Fatal(err)
	}
	a := enter(t, g, 30)
	var inside atomic.Int32 // 1 once the heavy one was in
	var wg sync.WaitGroup
	wg.Go(func() {
		p, err := g.Enter(soon(t), 38)
		if err != nil {
			t.Error(err)
			return
		}
		inside.Store(1)
		p.Leave()
	})
	<-c.parked // eight places taken, waits for the ninth
	wg.Go(func() {
		p, err := g.Enter(soon(t), 1)
		if err != nil {
			t.Error(err)
			return
		}
		if inside.Load() != 1 {
			t.Error("the light one overtook")
		}
		p.Leave()
	})
	<-c.parked // the light one waits for its turn
	go func() {
		for range c.parked { // the heavy one may park again for each place
		}
	}()
	a.Leave()
	wg.Wait()
	close(c.parked)
}

// FAC-013
func TestGate_who_gives_up_halfway_takes_nothing_along(t *testing.T) {
	t.Parallel()
	c := parking{clock.NewFake(start), make(chan struct{})}
	g, err := password.NewGate(password.GateConfig{Clock: c, Parallel: 2, Memory: 512 << 20})
	if err != nil {
		t.Fatal(err)
	}
	a := enter(t, g, 30)
	ctx, cancel := context.WithCancel(soon(t))
	got := make(chan error, 1)
	go func() {
		_, err := g.Enter(ctx, 38)
		got <- err
	}()
	<-c.parked // eight places taken
	cancel()
	if err := <-got; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	a.Leave()
	go func() {
		_, err := g.Enter(soon(t), 38)
		got <- err
	}()
	select {
	case err := <-got:
		if err != nil {
			t.Error(err)
		}
	case <-c.parked:
		t.Error("eight places are gone")
	}
}

// FAC-013
func TestGate_never_holds_more_than_its_memory(t *testing.T) {
	t.Parallel()
	g, _ := newGate(t)
	var inside, most atomic.Int64
	var wg sync.WaitGroup
	for i := range 64 {
		cost := password.Cost(1 + i%38)
		wg.Go(func() {
			p, err := g.Enter(soon(t), cost)
			if err != nil {
				t.Error(err)
				return
			}
			now := inside.Add(int64(cost))
			for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
			}
			inside.Add(-int64(cost))
			p.Leave()
		})
	}
	wg.Wait()
	if most.Load() > 38 {
		t.Errorf("%d MiB at a time, the gate holds 38", most.Load())
	}
}

// FAC-013: a crowd at the gate leaves a processor to everybody else.
func TestGate_leaves_one_processor_by_default(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	g, err := password.NewGate(password.GateConfig{Clock: c, Memory: 64 << 30})
	if err != nil {
		t.Fatal(err)
	}
	for range max(1, runtime.GOMAXPROCS(0)-1) {
		enter(t, g, 19)
	}
	got := make(chan error)
	go func() {
		_, err := g.Enter(soon(t), 19)
		got <- err
	}()
	if err := c.Await(soon(t), "", 1); err != nil {
		t.Fatalf("one more came in: %v", err)
	}
	c.Advance(2 * time.Second)
	if err := <-got; !errors.Is(err, password.ErrBusy) {
		t.Errorf("got %v", err)
	}
}

func TestGate_Leave_twice_gives_back_once(t *testing.T) {
	t.Parallel()
	g, c := newGate(t)
	a, _ := enter(t, g, 19), enter(t, g, 19)
	a.Leave()
	a.Leave()
	enter(t, g, 19)
	got := make(chan error)
	go func() {
		_, err := g.Enter(soon(t), 19)
		got <- err
	}()
	if err := c.Await(soon(t), "", 1); err != nil {
		t.Fatal(err)
	}
	c.Advance(2 * time.Second)
	if err := <-got; !errors.Is(err, password.ErrBusy) {
		t.Errorf("a second Leave made room: %v", err)
	}
}

func TestGate_the_callers_end_is_not_busy(t *testing.T) {
	t.Parallel()
	g, _ := newGate(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Enter(ctx, 19); !errors.Is(err, context.Canceled) || errors.Is(err, password.ErrBusy) {
		t.Error(err)
	}
}

// FAC-013
func TestGate_runs_what_is_above_it_alone(t *testing.T) {
	t.Parallel()
	g, c := newGate(t)
	p := enter(t, g, 256)
	got := make(chan error)
	go func() {
		_, err := g.Enter(soon(t), 1)
		got <- err
	}()
	if err := c.Await(soon(t), "", 1); err != nil {
		t.Fatal(err)
	}
	c.Advance(2 * time.Second)
	if err := <-got; !errors.Is(err, password.ErrBusy) {
		t.Error(err)
	}
	p.Leave()
}

// FAC-013
func TestCost_is_at_least_that_of_a_miss(t *testing.T) {
	t.Parallel()
	lean := hasher(t, password.Config{Params: password.Lean()})
	salt, digest := make([]byte, 16), make([]byte, 32)
	for name, c := range map[string]struct {
		body []byte
		want password.Cost
	}{
		"none":    {nil, 19},
		"corrupt": {[]byte("x"), 19},
		"lighter": {password.Made(password.InsecureCheap(), "", salt, digest), 19},
		"heavier": {password.Made(password.Strong(), "", salt, digest), 64},
		"pbkdf2":  {password.Made(password.FIPS(), "", salt, digest), 19},
	} {
		if got := lean.Cost(c.body); got != c.want {
			t.Errorf("%s: %d MiB", name, got)
		}
	}
	// What needs no memory still needs a processor; what is corrupt weighs nothing.
	if got := hasher(t, password.Config{Params: password.FIPS()}).Cost(nil); got != 19 {
		t.Errorf("a miss under PBKDF2: %d MiB", got)
	}
	if got := hasher(t, password.Config{Params: password.InsecureCheap()}).Cost([]byte("x")); got != 1 {
		t.Errorf("a corrupt record under cheap parameters: %d MiB", got)
	}
}

// FAC-013
func TestGate_waits_as_long_as_configured(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	g, err := password.NewGate(password.GateConfig{Clock: c, Parallel: 1, Memory: 19 << 20, Wait: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	p := enter(t, g, 19)
	got := make(chan error, 1)
	go func() {
		_, err := g.Enter(soon(t), 19)
		got <- err
	}()
	if err := c.Await(soon(t), "", 1); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Minute - time.Microsecond)
	p.Leave()
	if err := <-got; err != nil {
		t.Errorf("before its minute was over: %v", err)
	}
}

// FAC-013
func TestGate_takes_a_quarter_of_the_memory_limit_at_most(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int64]int64{math.MaxInt64: 512 << 20, 4 << 30: 512 << 20, 1 << 30: 256 << 20} {
		if got := password.DefaultMemory(limit); got != want {
			t.Errorf("limit %d: %d", limit, got)
		}
	}
}

// FAC-013
func TestNewGate_checks_its_config(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	for name, cfg := range map[string]password.GateConfig{
		"no clock":        {},
		"negative memory": {Clock: c, Memory: -1},
		"negative number": {Clock: c, Parallel: -1},
		"negative wait":   {Clock: c, Wait: -1},
		"too small":       {Clock: c, Memory: 18 << 20},
		"too small too":   {Clock: c, Memory: 63 << 20, Params: password.Strong()},
	} {
		_, err := password.NewGate(cfg)
		if !errors.Is(err, password.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		} else if negative := strings.HasPrefix(name, "negative"); strings.Contains(err.Error(), "negative") != negative {
			t.Errorf("%s: the text tells another cause: %v", name, err)
		}
	}
	for name, cfg := range map[string]password.GateConfig{
		"defaults": {Clock: c},
		"one fits": {Clock: c, Memory: 19 << 20, Parallel: 64},
	} {
		g, err := password.NewGate(cfg)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		enter(t, g, 19).Leave()
	}
}

func ExampleGate() {
	gate, err := password.NewGate(password.GateConfig{Clock: clock.System()})
	if err != nil {
		panic(err)
	}
	pass, err := gate.Enter(context.Background(), 19)
	if err != nil {
		fmt.Println("503, Retry-After: 1")
		return
	}
	defer pass.Leave()
	fmt.Println("hashing")
	// Output: hashing
}
