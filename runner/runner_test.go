package runner_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/runner"
)

// PRD-070: no goroutine outlives Close.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a runner on the virtual time of a synctest bubble.
type bench struct {
	*runner.Runner
	c       clock.Clock
	metrics metric.Recorder
	log     bytes.Buffer
}

// bubble runs fn with a runner and closes it afterwards.
func bubble(t *testing.T, fn func(t *testing.T, b *bench)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{c: clock.System()}
		r, err := runner.New(runner.Config{
			Clock: b.c, Entropy: entropy.Seeded(1), Metrics: &b.metrics,
			Logger: slog.New(slog.NewTextHandler(&b.log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		b.Runner = r
		fn(t, b)
		if err := r.Close(t.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
		if v := b.metrics.Violations(); len(v) != 0 {
			t.Errorf("labels that are no names: %q", v)
		}
	})
}

// add registers a job and returns a function that lists when it ran so far.
func (b *bench) add(t *testing.T, j runner.Job, run func(n int) error) func() []time.Duration {
	t.Helper()
	var mu sync.Mutex
	var at []time.Duration
	j.Run = func(context.Context) error {
		mu.Lock()
		at = append(at, b.c.Mono())
		n := len(at)
		mu.Unlock()
		return run(n)
	}
	if err := b.Add(j); err != nil {
		t.Fatal(err)
	}
	return func() []time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(at)
	}
}

func (b *bench) start(t *testing.T) {
	t.Helper()
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// pass lets virtual time go by.
func (b *bench) pass(t *testing.T, d time.Duration) {
	t.Helper()
	if err := b.c.Sleep(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

func good(int) error { return nil }

func seconds(at []time.Duration) []int {
	out := make([]int, len(at))
	for i, d := range at {
		out[i] = int(d / time.Second)
	}
	return out
}

// OPS-022
func TestJob_runs_at_the_start_and_then_every_period(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		at := b.add(t, runner.Job{Name: "sweep", Every: 10 * time.Second}, good)
		b.start(t)
		b.pass(t, 35*time.Second)
		if want := []int{0, 10, 20, 30}; !slices.Equal(seconds(at()), want) {
			t.Fatalf("ran at %v", at())
		}
		st := b.Status()
		if len(st) != 1 || st[0].Runs != 4 || st[0].Failures != 0 || !st[0].LastSuccess.Equal(b.c.Now().Add(-5*time.Second)) {
			t.Fatalf("status %+v", st)
		}
		if n := b.metrics.Counted("axess.runner.runs", metric.L(metric.Job, "sweep"), metric.L(metric.Outcome, "ok")); n != 4 {
			t.Fatalf("counted %d", n)
		}
	})
}

func TestJob_jitter_delays_and_never_hastens(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		at := b.add(t, runner.Job{Name: "sweep", Every: time.Minute, Jitter: 20 * time.Second}, good)
		b.start(t)
		b.pass(t, time.Hour)
		last, seen := -time.Minute, map[time.Duration]bool{}
		for _, d := range at() {
			gap := d - last
			if gap < time.Minute || gap > 80*time.Second {
				t.Fatalf("gap %v", gap)
			}
			seen[gap], last = true, d
		}
		if len(seen) < 10 {
			t.Fatalf("chance has no part in it: %v", at())
		}
	})
}

func TestWake_runs_the_job_at_once(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		timed := b.add(t, runner.Job{Name: "timed", Every: time.Hour}, good)
		quiet := b.add(t, runner.Job{Name: "quiet"}, good)
		b.start(t)
		b.pass(t, 7*time.Second)
		for _, name := range []string{"timed", "quiet"} {
			if err := b.Wake(name); err != nil {
				t.Fatal(err)
			}
		}
		b.pass(t, 3*time.Hour)
		if want := []int{0, 7, 3607, 7207, 10807}; !slices.Equal(seconds(timed()), want) {
			t.Errorf("timed ran at %v, want %v", seconds(timed()), want)
		}
		if want := []int{0, 7}; !slices.Equal(seconds(quiet()), want) {
			t.Errorf("quiet ran at %v, want %v", seconds(quiet()), want)
		}
		if err := b.Wake("nobody"); !errors.Is(err, runner.ErrUnknownJob) {
			t.Errorf("got %v", err)
		}
	})
}

// What was committed while a run was under way must be seen by another run.
func TestWake_during_a_run_leads_to_exactly_one_more(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		at := b.add(t, runner.Job{Name: "slow"}, func(int) error { return b.c.Sleep(t.Context(), 10*time.Second) })
		b.start(t)
		b.pass(t, 5*time.Second)
		for range 100 {
			_ = b.Wake("slow")
		}
		b.pass(t, time.Hour)
		if want := []int{0, 10}; !slices.Equal(seconds(at()), want) {
			t.Fatalf("ran at %v, want %v", seconds(at()), want)
		}
	})
}

func TestJob_that_fails_backs_off_even_when_woken_and_recovers(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		boom := errors.New("store is away")
		at := b.add(t, runner.Job{Name: "relay", Every: time.Hour}, func(n int) error {
			if n <= 12 {
				return boom
			}
			return nil
		})
		b.start(t)
		for range 60 * 60 {
			_ = b.Wake("relay")
			b.pass(t, time.Second)
		}
		if len(at()) < 13 {
			t.Fatalf("ran %d times in an hour: %v", len(at()), at())
		}
		for i := 1; i <= 12; i++ {
			base := min(time.Second<<(i-1), 5*time.Minute)
			if gap := at()[i] - at()[i-1]; gap < base || gap > base*3/2 {
				t.Errorf("gap %d is %v, want %v to half as long again", i, gap, base)
			}
		}
		if st := b.Status()[0]; st.Failures != 0 || st.LastSuccess.IsZero() {
			t.Errorf("status %+v", st)
		}
		if n := b.metrics.Counted("axess.runner.runs", metric.L(metric.Job, "relay"), metric.L(metric.Outcome, "error")); n != 12 {
			t.Errorf("counted %d errors", n)
		}
		if !strings.Contains(b.log.String(), "store is away") {
			t.Error("the failure is not in the log")
		}
		if !b.Healthy() {
			t.Error("errors are not panics")
		}
	})
}

func TestHealthy_turns_false_at_the_third_panic_within_five_minutes(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		const secret = "s3cret"
		at := b.add(t, runner.Job{Name: "bad", Every: 90 * time.Second}, func(n int) error {
			if n <= 3 {
				panic(secret)
			}
			return nil
		})
		other := b.add(t, runner.Job{Name: "other", Every: time.Second}, good)
		b.start(t)
		for len(at()) < 3 {
			if !b.Healthy() {
				t.Fatalf("unhealthy after %d panics", len(at()))
			}
			b.pass(t, 100*time.Millisecond)
		}
		if b.Healthy() {
			t.Fatal("healthy after three panics")
		}
		ran := len(other())
		b.pass(t, time.Minute)
		if len(other()) < ran+59 {
			t.Error("a panic in one job stopped another")
		}
		if len(at()) < 4 {
			t.Error("the job was not restarted")
		}
		b.pass(t, 4*time.Minute)
		if !b.Healthy() {
			t.Error("still unhealthy five minutes later")
		}
		if n := b.metrics.Counted("axess.runner.runs", metric.L(metric.Job, "bad"), metric.L(metric.Outcome, "panic")); n != 3 {
			t.Errorf("counted %d panics", n)
		}
		if log := b.log.String(); strings.Contains(log, secret) || !strings.Contains(log, "runner_test.go") {
			t.Error("the log shows the value of the panic, or not where it happened")
		}
	})
}

func TestHealthy_three_panics_far_apart_are_no_reason(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		b.add(t, runner.Job{Name: "bad"}, func(int) error { panic("x") })
		b.start(t)
		b.pass(t, time.Hour) // back-off reaches five minutes and more
		b.pass(t, 10*time.Minute)
		if !b.Healthy() {
			t.Error("unhealthy although the panics are more than five minutes apart")
		}
	})
}

// PRD-070: Close ends all jobs and waits for them.
func TestClose_ends_the_waits_and_the_runs(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		finished := false
		for i, j := range []runner.Job{
			{Name: "waits", Every: time.Hour, Run: func(context.Context) error { return nil }},
			{Name: "sleeps", Run: func(context.Context) error { return nil }},
			{Name: "fails", Run: func(context.Context) error { return errors.New("x") }},
			{Name: "jitters", Jitter: time.Hour, Run: func(context.Context) error { return nil }},
			{Name: "runs", Run: func(ctx context.Context) error {
				err := b.c.Sleep(ctx, time.Hour)
				if cerr := b.c.Sleep(context.WithoutCancel(ctx), time.Second); cerr != nil {
					return cerr
				}
				finished = true
				return err
			}},
		} {
			if err := b.Add(j); err != nil {
				t.Fatal(i, err)
			}
		}
		b.start(t)
		began := b.c.Mono()
		if err := b.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !finished || b.c.Mono()-began != time.Second {
			t.Fatalf("finished %v after %v", finished, b.c.Mono()-began)
		}
		for _, s := range b.metrics.Series() {
			if strings.Contains(s, "job=runs") {
				t.Errorf("a run that was ended on request was counted: %s", s)
			}
		}
		if err := b.Add(runner.Job{Name: "late", Run: func(context.Context) error { return nil }}); !errors.Is(err, runner.ErrClosed) {
			t.Errorf("add: %v", err)
		}
		if err := b.Start(t.Context()); !errors.Is(err, runner.ErrClosed) {
			t.Errorf("start: %v", err)
		}
	})
}

// PRD-070: Close waits within the deadline and returns what it abandoned.
func TestClose_names_what_it_abandons(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		deaf := func(context.Context) error { return b.c.Sleep(t.Context(), time.Minute) }
		for _, name := range []string{"deaf_b", "deaf_a"} {
			if err := b.Add(runner.Job{Name: name, Run: deaf}); err != nil {
				t.Fatal(err)
			}
		}
		b.add(t, runner.Job{Name: "good", Every: time.Second}, good)
		b.start(t)
		ctx, cancel := clock.WithTimeout(t.Context(), b.c, 5*time.Second)
		defer cancel()
		err := b.Close(ctx)
		var left *runner.AbandonedError
		if !errors.As(err, &left) || !slices.Equal(left.Jobs, []string{"deaf_a", "deaf_b"}) {
			t.Fatalf("got %v", err)
		}
		if !errors.Is(err, context.DeadlineExceeded) || b.c.Mono() != 5*time.Second {
			t.Fatalf("got %v after %v", err, b.c.Mono())
		}
		if err := b.Close(t.Context()); err != nil { // they hear in the end
			t.Fatal(err)
		}
	})
}

// PRD-070: cancelling the context given at the start begins the same drain.
func TestStart_context_ends_the_jobs(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		at := b.add(t, runner.Job{Name: "sweep", Every: time.Second}, good)
		ctx, cancel := context.WithCancel(t.Context())
		if err := b.Start(ctx); err != nil {
			t.Fatal(err)
		}
		b.pass(t, 2500*time.Millisecond)
		cancel()
		_ = b.Wake("sweep")
		b.pass(t, time.Minute)
		if len(at()) != 3 {
			t.Fatalf("ran at %v", at())
		}
	})
}

func TestClose_of_a_runner_that_never_started_waits_for_nothing(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		b.add(t, runner.Job{Name: "sweep", Every: time.Second}, good)
		if err := b.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAdd_and_New_refuse_what_cannot_work(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		run := func(context.Context) error { return nil }
		if err := b.Add(runner.Job{Name: "taken", Run: run}); err != nil {
			t.Fatal(err)
		}
		for _, j := range []runner.Job{
			{Name: "", Run: run}, {Name: "Mixed Case", Run: run}, {Name: "norun"},
			{Name: "neg", Every: -1, Run: run}, {Name: "neg", Jitter: -1, Run: run},
			{Name: "long", Jitter: 1<<63 - 1, Run: run}, {Name: "taken", Run: run},
		} {
			if err := b.Add(j); !errors.Is(err, runner.ErrBadJob) {
				t.Errorf("%+v: %v", j.Name, err)
			}
		}
		b.start(t)
		if err := b.Start(t.Context()); !errors.Is(err, runner.ErrStarted) {
			t.Errorf("second start: %v", err)
		}
		if err := b.Add(runner.Job{Name: "late", Run: run}); !errors.Is(err, runner.ErrStarted) {
			t.Errorf("late add: %v", err)
		}
		for _, cfg := range []runner.Config{{Clock: b.c}, {Entropy: entropy.System()}} {
			if _, err := runner.New(cfg); err == nil {
				t.Error("made a runner without clock or entropy")
			}
		}
	})
}

// The same runner on a clock that a test moves by hand.
func TestRunner_works_on_a_fake_clock(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
	r, err := runner.New(runner.Config{Clock: c, Entropy: entropy.Seeded(1)})
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan time.Duration, 1)
	if err := r.Add(runner.Job{Name: "tick", Every: time.Hour, Run: func(context.Context) error {
		ran <- c.Mono()
		return nil
	}}); err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for want := range 3 {
		if got := <-ran; got != time.Duration(want)*time.Hour {
			t.Fatalf("ran at %v", got)
		}
		if err := c.Await(t.Context(), clock.DeadlineName, 1); err != nil {
			t.Fatal(err)
		}
		c.Advance(time.Hour)
	}
	<-ran
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func ExampleNew() {
	r, err := runner.New(runner.Config{Clock: clock.System(), Entropy: entropy.System()})
	if err != nil {
		panic(err)
	}
	delivered := make(chan struct{})
	err = r.Add(runner.Job{Name: "mail", Every: time.Minute, Run: func(context.Context) error {
		fmt.Println("deliver what is in the outbox")
		delivered <- struct{}{}
		return nil
	}})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	if err := r.Start(ctx); err != nil {
		panic(err)
	}
	<-delivered
	if err := r.Wake("mail"); err != nil { // after a commit
		panic(err)
	}
	<-delivered
	fmt.Println(r.Close(ctx))
	// Output:
	// deliver what is in the outbox
	// deliver what is in the outbox
	// <nil>
}

func TestWake_does_not_wait_for_the_first_jitter(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		at := b.add(t, runner.Job{Name: "mail", Every: time.Hour, Jitter: time.Hour}, good)
		b.start(t)
		if err := b.Wake("mail"); err != nil {
			t.Fatal(err)
		}
		b.pass(t, time.Second)
		if got := seconds(at()); len(got) != 1 || got[0] > 1 {
			t.Fatalf("ran at %v", got)
		}
	})
}
