package coro_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/internal/sched"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func world(t *testing.T, cfg coro.Config) *coro.World {
	t.Helper()
	if cfg.Source == nil {
		cfg.Source = coro.NewSeeded(1)
	}
	w := coro.New(cfg)
	t.Cleanup(func() { w.Close() })
	return w
}

func run(t *testing.T, w *coro.World) {
	t.Helper()
	if stop := w.Run(coro.Limits{Steps: 1_000_000}); stop != coro.Idle {
		t.Fatalf("ended with %v: %v", stop, w.Findings())
	}
}

func ExampleWorld() {
	w := coro.New(coro.Config{Source: coro.NewSeeded(7), Strategy: coro.FIFO()})
	node := w.Node("n1")
	for _, name := range []string{"late", "early"} {
		node.Go(context.Background(), name, func(ctx context.Context) {
			d := 2 * time.Hour
			if name == "early" {
				d = time.Hour
			}
			if node.Sleep(ctx, d) == nil {
				fmt.Println(name, node.Now().Format(time.TimeOnly))
			}
		})
	}
	fmt.Println(w.Run(coro.Limits{}) == coro.Idle, w.Close())
	// Output:
	// early 01:00:00
	// late 02:00:00
	// true []
}

// jostle is a workload in which order, time and chance all count: tasks over two nodes
// that share a place, wait for one another, sleep and give up.
func jostle(w *coro.World) {
	for _, name := range []string{"a", "b"} {
		n := w.Node(name)
		n.Skew(150, -time.Second)
		s := sched.Of(n)
		sem, gate, queue := s.NewSem(2), s.NewGate("open"), sched.NewQueue[int](s, 4)
		for i := range 6 {
			s.Go(context.Background(), fmt.Sprint("t", i), func(ctx context.Context) error {
				ctx, cancel := clock.WithTimeout(ctx, n, time.Duration(i+1)*time.Millisecond)
				defer cancel()
				err := sem.Acquire(ctx)
				n.Trace("acquired", fmt.Sprint(err))
				if err == nil {
					err = n.Sleep(ctx, 1500*time.Microsecond)
					sem.Release()
				}
				queue.TryPush(i)
				if i == 3 {
					gate.Open()
				}
				n.Trace("done", fmt.Sprint(err, n.Now().UnixMicro()))
				return err
			})
		}
		s.Go(context.Background(), "collect", func(ctx context.Context) error {
			err := gate.Wait(ctx)
			for range 4 {
				v, perr := queue.Pop(ctx)
				n.Trace("popped", fmt.Sprint(v, err, perr))
			}
			return err
		})
	}
}

func strategies() map[string]coro.Strategy {
	return map[string]coro.Strategy{
		"uniform": coro.Uniform(), "pct": coro.PCT(3, 200), "fifo": coro.FIFO(), "starve": coro.Starve(),
	}
}

// SIM-002, SIM-010, SIM-012, SIM-013: a run is a function of its draws, and the draws of its
// log make the same run.
func TestWorld_equal_draws_give_equal_runs(t *testing.T) {
	t.Parallel()
	for name, strategy := range strategies() {
		different := map[[32]byte]bool{}
		for seed := range uint64(50) {
			chain := func(src coro.Source) ([32]byte, []string) {
				w := world(t, coro.Config{Source: src, Strategy: strategy, Checked: seed == 0})
				jostle(w)
				run(t, w)
				return w.Chain(), w.Last()
			}
			seeded := coro.NewSeeded(seed)
			first, lines := chain(seeded)
			second, _ := chain(coro.NewSeeded(seed))
			again, others := chain(coro.NewReplay(seeded.Log()))
			if first != second {
				t.Fatalf("%s, seed %d: two runs differ", name, seed)
			}
			if first != again {
				t.Fatalf("%s, seed %d: the log is another run:\n%s\n\n%s", name, seed, strings.Join(lines, "\n"), strings.Join(others, "\n"))
			}
			different[first] = true
		}
		if want := map[string]int{"uniform": 40, "pct": 40, "fifo": 1, "starve": 20}[name]; len(different) < want {
			t.Errorf("%s: only %d runs of 50 seeds differ", name, len(different))
		}
	}
}

// SIM-014: whatever the machine does beside it, the run is the same. The digests were
// made with one processor and with two, with and without the race detector.
func TestWorld_the_machine_has_no_say(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"uniform": "dfcfd8313a8e", "pct": "57138242422d", "fifo": "f6e16819ba48", "starve": "37b7bf5553db",
	} {
		w := world(t, coro.Config{Source: coro.NewSeeded(20260101), Strategy: strategies()[name]})
		jostle(w)
		run(t, w)
		chain := w.Chain()
		if got := fmt.Sprintf("%x", chain[:6]); got != want {
			t.Errorf("%s: %s, was %s", name, got, want)
		}
	}
}

// SIM-064: a log of zeros, or none, is a run.
func TestReplay_any_log_is_a_run(t *testing.T) {
	t.Parallel()
	for name, strategy := range strategies() {
		for _, log := range []coro.Log{nil, {coro.Schedule: {9, 1 << 60, 0, 5}}} {
			w := world(t, coro.Config{Source: coro.NewReplay(log), Strategy: strategy})
			jostle(w)
			run(t, w)
			if w.Steps() == 0 {
				t.Errorf("%s: nothing happened", name)
			}
		}
	}
}

// SIM-005: between two switch points nothing comes, at them everything can.
func TestWorld_both_orders_of_a_race_come(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for seed := range uint64(200) {
		w := world(t, coro.Config{Source: coro.NewSeeded(seed)})
		n := w.Node("n")
		version, order := 0, ""
		for _, who := range []string{"a", "b"} {
			n.Go(context.Background(), who, func(ctx context.Context) {
				if n.Enter(ctx) != nil {
					return
				}
				read := version
				if n.Leave() != nil || n.Enter(ctx) != nil {
					return
				}
				if version == read {
					version++
					order += who
				} else {
					order += strings.ToUpper(who)
				}
			})
		}
		run(t, w)
		seen[order]++
	}
	for _, want := range []string{"ab", "ba", "aB", "bA"} {
		if seen[want] < 10 {
			t.Errorf("%q came %d times: %v", want, seen[want], seen)
		}
	}
}

// SIM-022: what a crashed node does has no effect, its tasks unwind, and what had not
// begun never does.
func TestCrash_a_dead_node_has_no_effect(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		w := world(t, coro.Config{Source: coro.NewSeeded(seed)})
		victim, other := w.Node("victim"), w.Node("other")
		var effects, unwound, begun int
		var got []error
		port := func(ctx context.Context) error {
			if err := victim.Enter(ctx); err != nil {
				return err
			}
			effects++
			return victim.Leave()
		}
		for range 5 {
			victim.Go(context.Background(), "work", func(ctx context.Context) {
				begun++
				defer func() { unwound++; port(ctx) }() //nolint:errcheck // what a defer does in death is the point
				for {
					if err := port(ctx); err != nil {
						got = append(got, err)
						return
					}
					if err := victim.Sleep(ctx, time.Second); err != nil {
						got = append(got, err)
						return
					}
				}
			})
		}
		after := -1
		other.Go(context.Background(), "chaos", func(ctx context.Context) {
			if other.Sleep(ctx, time.Duration(seed)*100*time.Millisecond) != nil {
				return
			}
			victim.Go(context.Background(), "never", func(context.Context) { effects += 1000 })
			w.Crash(victim)
			after = effects
			victim.Go(context.Background(), "in death", func(context.Context) { effects += 1000 })
			victim.AfterFunc(time.Second, "in death", func() { effects += 1000 })
		})
		if stop := w.Run(coro.Limits{Steps: 100_000}); stop != coro.Idle {
			t.Fatalf("%v %v", stop, w.Findings())
		}
		if after < 0 || effects != after || unwound != begun || len(got) != begun {
			t.Fatalf("seed %d: %d effects at the crash and %d later; %d tasks begun, %d unwound, %d told", seed, after, effects, begun, unwound, len(got))
		}
		if i := slices.IndexFunc(got, func(err error) bool { return !errors.Is(err, coro.ErrCrashed) }); i >= 0 {
			t.Fatalf("told %v", got[i])
		}
		if !victim.Dead() || other.Dead() {
			t.Error("the wrong one is dead")
		}
	}
}

// SIM-022: tasks of a crashed node that wake one another as they unwind stay dead, and
// the world goes on.
func TestCrash_the_dead_wake_nobody(t *testing.T) {
	t.Parallel()
	w := world(t, coro.Config{})
	victim, other := w.Node("victim"), w.Node("other")
	sem := sched.Of(victim).NewSem(1)
	for range 5 {
		victim.Go(context.Background(), "holds", func(ctx context.Context) {
			if sem.Acquire(ctx) != nil {
				return
			}
			defer sem.Release()
			victim.Sleep(ctx, time.Hour) //nolint:errcheck // only time
		})
	}
	done := 0
	other.Go(context.Background(), "chaos", func(ctx context.Context) {
		other.Sleep(ctx, time.Second) //nolint:errcheck // only time
		w.Crash(victim)
		for range 10 {
			other.Go(ctx, "later", func(ctx context.Context) {
				other.Sleep(ctx, time.Second) //nolint:errcheck // only time
				done++
			})
		}
	})
	run(t, w)
	if done != 10 {
		t.Errorf("%d of 10 later tasks have run", done)
	}
}

// SIM-022: whoever waits for something of another node, such as a store, hears of the
// end of their own.
func TestCrash_reaches_who_waits_elsewhere(t *testing.T) {
	t.Parallel()
	w := world(t, coro.Config{Strategy: coro.FIFO()})
	victim, other := w.Node("victim"), w.Node("other")
	gate := sched.Of(other).NewGate("news")
	var got error
	victim.Go(context.Background(), "waits", func(ctx context.Context) {
		if got = gate.Wait(ctx); errors.Is(got, coro.ErrCrashed) {
			got = errors.Join(got, gate.Wait(ctx))
		}
	})
	other.Go(context.Background(), "chaos", func(ctx context.Context) {
		if other.Sleep(ctx, time.Second) == nil {
			w.Crash(victim)
		}
	})
	run(t, w)
	if got == nil || strings.Count(got.Error(), "crashed") != 2 {
		t.Errorf("told %v", got)
	}
}

// SIM-022: a loop that takes the end for a passing fault is a finding, also under a
// recover, and the world goes on.
func TestCrash_a_task_that_goes_on_is_a_finding(t *testing.T) {
	t.Parallel()
	w := world(t, coro.Config{})
	victim, other := w.Node("victim"), w.Node("other")
	ended := false
	victim.Go(context.Background(), "deaf", func(ctx context.Context) {
		defer func() { ended = true }()
		for {
			func() {
				defer func() { recover() }() //nolint:errcheck // as bad as it gets
				victim.Enter(ctx)            //nolint:errcheck // it is deaf
			}()
		}
	})
	other.Go(context.Background(), "chaos", func(ctx context.Context) {
		for range 10 {
			other.Enter(ctx) //nolint:errcheck // only to let others go on
		}
		w.Crash(victim)
	})
	if stop := w.Run(coro.Limits{Steps: 100_000}); stop != coro.Broken || !errors.Is(w.Findings()[0], coro.ErrStruggles) {
		t.Fatalf("%v %v", stop, w.Findings())
	}
	if !ended {
		t.Error("it still runs")
	}
}

func TestWorld_a_panic_is_a_finding_with_its_stack(t *testing.T) {
	t.Parallel()
	w := world(t, coro.Config{Strategy: coro.FIFO()})
	n := w.Node("n")
	n.Go(context.Background(), "bad", func(ctx context.Context) {
		n.Enter(ctx) //nolint:errcheck // a switch
		panic("at the disco")
	})
	stop := w.Run(coro.Limits{})
	var p *sched.PanicError
	if stop != coro.Broken || !errors.As(w.Findings()[0], &p) || !strings.Contains(string(p.Stack), "coro_test") || !strings.Contains(p.Name, "bad") {
		t.Fatalf("%v %v", stop, w.Findings())
	}
}

// A task that leaves by runtime.Goexit takes the loop along; the world goes on.
func TestWorld_goexit_is_a_finding(t *testing.T) {
	t.Parallel()
	w := world(t, coro.Config{Strategy: coro.FIFO()})
	n := w.Node("n")
	n.Go(context.Background(), "leaves", func(ctx context.Context) {
		n.Enter(ctx) //nolint:errcheck // a switch
		runtime.Goexit()
	})
	var p *sched.PanicError
	if stop := w.Run(coro.Limits{}); stop != coro.Broken || !errors.As(w.Findings()[0], &p) || !errors.Is(p, sched.ErrExited) {
		t.Fatalf("%v %v", stop, w.Findings())
	}
}

func TestWorld_a_task_that_spins_is_a_finding(t *testing.T) {
	t.Parallel()
	w := world(t, coro.Config{})
	n := w.Node("n")
	n.Go(context.Background(), "spins", func(ctx context.Context) {
		ctx, cancel := clock.WithTimeout(ctx, n, time.Second)
		defer cancel()
		for n.Enter(ctx) == nil {
		}
	})
	if stop := w.Run(coro.Limits{Instant: 1000}); stop != coro.Broken || !errors.Is(w.Findings()[0], coro.ErrSpinning) {
		t.Fatalf("%v %v", stop, w.Findings())
	}
}

// A library that waits under a context of the machine would stop the world.
func TestWorld_a_foreign_context_is_a_finding(t *testing.T) {
	t.Parallel()
	w := world(t, coro.Config{})
	n := w.Node("n")
	foreign, cancel := context.WithCancel(context.Background())
	defer cancel()
	n.Go(foreign, "waits", func(ctx context.Context) {
		sched.Of(n).NewGate("never").Wait(ctx) //nolint:errcheck // it panics
	})
	if stop := w.Run(coro.Limits{}); stop != coro.Broken || !strings.Contains(fmt.Sprint(w.Findings()[0].(*sched.PanicError).Value), "no clock of this world") {
		t.Fatalf("%v %v", stop, w.Findings())
	}
}

// A goroutine of a library that calls a port would run beside the task: it is found
// where runs are checked.
func TestWorld_a_foreign_goroutine_is_a_finding(t *testing.T) {
	t.Parallel()
	w := world(t, coro.Config{Checked: true})
	n := w.Node("n")
	var got any
	n.Go(context.Background(), "calls", func(ctx context.Context) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer func() { got = recover() }()
			n.Enter(ctx) //nolint:errcheck // it panics
		}()
		<-done
	})
	run(t, w)
	if !strings.Contains(fmt.Sprint(got), "not n/calls#1's") {
		t.Errorf("got %v", got)
	}
}

// SIM-004: deadlines are of the world's time, also for the children that a library
// makes with package context.
func TestNode_contexts_end_on_virtual_time(t *testing.T) {
	t.Parallel()
	w := world(t, coro.Config{})
	n := w.Node("n")
	n.Go(context.Background(), "waits", func(ctx context.Context) {
		ctx, cancel := clock.WithTimeout(ctx, n, time.Hour)
		defer cancel()
		child, stop := context.WithCancel(ctx)
		defer stop()
		ours, end := n.WithCancel(context.WithValue(ctx, coro.Faults, 1))
		defer end(nil)
		began := n.Mono()
		if err := n.Sleep(ctx, 2*time.Hour); !errors.Is(err, context.DeadlineExceeded) || n.Mono()-began != time.Hour {
			t.Errorf("%v after %v", err, n.Mono()-began)
		}
		if !errors.Is(child.Err(), context.DeadlineExceeded) {
			t.Errorf("the child of a library: %v", child.Err())
		}
		if !errors.Is(ours.Err(), context.DeadlineExceeded) {
			t.Errorf("a child behind a value: %v", ours.Err())
		}
		if err := n.Enter(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a port: %v", err)
		}
	})
	run(t, w)
	if w.Elapsed() != time.Hour {
		t.Errorf("%v have passed", w.Elapsed())
	}
}

// SIM-011
func TestNode_clocks_are_skewed_and_jump(t *testing.T) {
	t.Parallel()
	w := world(t, coro.Config{})
	fast, slow := w.Node("fast"), w.Node("slow")
	fast.Skew(200, 90*time.Second)
	slow.Skew(-200, -90*time.Second)
	fast.Go(context.Background(), "a", func(ctx context.Context) { fast.Sleep(ctx, 10_000*time.Second) }) //nolint:errcheck // only time
	run(t, w)
	if d := fast.Now().Sub(w.Time()); d != 92*time.Second {
		t.Errorf("fast is %v ahead", d)
	}
	if d := slow.Now().Sub(w.Time()); d != -92*time.Second {
		t.Errorf("slow is %v ahead", d)
	}
	slow.Jump(time.Hour)
	if d := slow.Now().Sub(w.Time()); d != time.Hour-92*time.Second || slow.Mono() != 9998*time.Second {
		t.Errorf("after a jump: %v, %v", d, slow.Mono())
	}
}

func TestNode_timers(t *testing.T) {
	t.Parallel()
	w := world(t, coro.Config{})
	n := w.Node("n")
	var fired []string
	n.AfterFunc(2*time.Second, "b", func() { fired = append(fired, "b") })
	n.AfterFunc(time.Second, "a", func() { fired = append(fired, "a") })
	gone := n.AfterFunc(time.Second, "gone", func() { fired = append(fired, "gone") })
	if !gone.Stop() || gone.Stop() {
		t.Error("a timer is stopped once")
	}
	run(t, w)
	if got := strings.Join(fired, ""); got != "ab" {
		t.Errorf("fired %q", got)
	}
}

func TestWorld_limits(t *testing.T) {
	t.Parallel()
	w := world(t, coro.Config{})
	n := w.Node("n")
	ticks := 0
	n.Go(context.Background(), "ticks", func(ctx context.Context) {
		for n.Sleep(ctx, time.Minute) == nil {
			ticks++
		}
	})
	if stop := w.Run(coro.Limits{Until: 10 * time.Minute}); stop != coro.Spent || ticks != 10 {
		t.Errorf("%v after %d ticks", stop, ticks)
	}
	if stop := w.Run(coro.Limits{Steps: w.Steps() + 5}); stop != coro.Spent || ticks != 15 {
		t.Errorf("%v after %d ticks", stop, ticks)
	}
	if left := w.Close(); !slices.Equal(left, []string{"n/ticks#1"}) {
		t.Errorf("left %v", left)
	}
}

// What an invariant reports ends the run with the step that broke it.
func TestWorld_after_looks_at_each_step(t *testing.T) {
	t.Parallel()
	broken := errors.New("x is three")
	var w *coro.World
	x := 0
	w = world(t, coro.Config{After: func() {
		if x == 3 {
			w.Report(broken)
		}
	}})
	n := w.Node("n")
	n.Go(context.Background(), "counts", func(ctx context.Context) {
		for n.Enter(ctx) == nil {
			x++
		}
	})
	if stop := w.Run(coro.Limits{}); stop != coro.Broken || !errors.Is(w.Findings()[0], broken) || x != 3 {
		t.Errorf("%v %v, x is %d", stop, w.Findings(), x)
	}
}

func BenchmarkSwitch(b *testing.B) {
	for _, tasks := range []int{1, 64, 1024} {
		b.Run(fmt.Sprint(tasks), func(b *testing.B) {
			w := coro.New(coro.Config{Source: drawn(0)})
			n := w.Node("n")
			for range tasks {
				n.Go(context.Background(), "t", func(context.Context) {
					for !n.Dead() {
						w.Switch()
					}
				})
			}
			b.ReportAllocs()
			w.Run(coro.Limits{Steps: b.N, Instant: b.N + 1})
			b.StopTimer()
			w.Close()
		})
	}
}

// drawn is a source without a log.
type drawn uint64

func (d drawn) Draw(_ coro.Stream, n uint64) uint64 { return (uint64(d) + n) / 2 % n }

// SIM-011: a frozen node does nothing while time and the others go on, and then goes on
// from where it was; one that dies frozen is gone.
func TestFreeze(t *testing.T) {
	t.Parallel()
	w := coro.New(coro.Config{Source: coro.NewSeeded(1)})
	t.Cleanup(func() { w.Close() })
	n, other := w.Node("n"), w.Node("other")
	var did []time.Duration
	work := func(ctx context.Context) {
		for n.Sleep(ctx, time.Second) == nil {
			did = append(did, w.Elapsed())
		}
	}
	n.Go(context.Background(), "work", work)
	other.Go(context.Background(), "operator", func(ctx context.Context) {
		other.Sleep(ctx, 1500*time.Millisecond) //nolint:errcheck // only time
		n.Freeze()
		n.Go(ctx, "begun while it is frozen", work)
		other.Sleep(ctx, 10*time.Second) //nolint:errcheck // only time
		if !n.Frozen() {
			t.Error("it is not frozen")
		}
		n.Thaw()
		other.Sleep(ctx, 1200*time.Millisecond) //nolint:errcheck // only time
		n.Freeze()
		w.Crash(n)
		n.Thaw()
	})
	w.Run(coro.Limits{Steps: 1000, Until: time.Minute})
	want := []time.Duration{time.Second, 11500 * time.Millisecond, 12500 * time.Millisecond, 12500 * time.Millisecond}
	if !slices.Equal(did, want) || len(w.Findings()) > 0 {
		t.Errorf("%v, %v", did, w.Findings())
	}
}
