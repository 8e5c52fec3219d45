package health_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/health"
)

var start = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func says(r health.Result) func(context.Context) health.Result {
	return func(context.Context) health.Result { return r }
}

func composite(t *testing.T, c clock.Clock, checks ...health.Check) *health.Composite {
	t.Helper()
	h, err := health.New(health.Config{Clock: c}, checks...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TEL-009, TEL-010, STO-066
func TestReport_is_as_bad_as_its_worst_part(t *testing.T) {
	t.Parallel()
	ok, slow, down := says(health.IsHealthy()), says(health.IsDegraded("behind")), says(health.IsUnhealthy("gone"))
	for name, c := range map[string]struct {
		checks []func(context.Context) health.Result
		want   health.Status
	}{
		"nobody has looked":    {nil, health.Unhealthy},
		"all well":             {[]func(context.Context) health.Result{ok, ok}, health.Healthy},
		"one limps":            {[]func(context.Context) health.Result{ok, slow, ok}, health.Degraded},
		"one is down":          {[]func(context.Context) health.Result{slow, down, ok}, health.Unhealthy},
		"zero result":          {[]func(context.Context) health.Result{says(health.Result{})}, health.Unhealthy},
		"a state that is none": {[]func(context.Context) health.Result{says(health.Result{Status: 9})}, health.Unhealthy},
		"panic":                {[]func(context.Context) health.Result{ok, func(context.Context) health.Result { panic("dropped a plate") }}, health.Unhealthy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var checks []health.Check
			for i, run := range c.checks {
				checks = append(checks, health.Check{Name: string(rune('a' + i)), Run: run})
			}
			r := composite(t, clock.NewFake(start), checks...).Report(t.Context())
			if r.Status != c.want {
				t.Errorf("got %v, want %v: %+v", r.Status, c.want, r.Findings)
			}
			for i, f := range r.Findings {
				if f.Name != checks[i].Name {
					t.Errorf("finding %d is %q, want the order of the checks", i, f.Name)
				}
				if strings.Contains(f.Reason, "plate") {
					t.Error("a reason shows what was given to panic")
				}
			}
		})
	}
}

// STO-065, STO-066: whatever the driver does.
func TestReport_does_not_wait_for_a_check_that_ignores_its_context(t *testing.T) { //nolint:paralleltest // counts goroutines
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	c := clock.NewFake(start)
	leave, began := make(chan struct{}), atomic.Int32{}
	entered := make(chan struct{}, 8)
	h := composite(t, c, health.Check{Name: "stuck", Run: func(context.Context) health.Result {
		began.Add(1)
		entered <- struct{}{}
		<-leave
		return health.IsHealthy()
	}}, health.Check{Name: "well", Run: says(health.IsHealthy())})
	reports := make(chan health.Report)
	ask := func() { reports <- h.Report(context.WithoutCancel(t.Context())) }
	go ask()
	if err := c.Await(t.Context(), clock.DeadlineName, 1); err != nil {
		t.Fatal(err)
	}
	<-entered
	select {
	case r := <-reports:
		t.Fatalf("answered before the time was up: %+v", r)
	default:
	}
	c.Advance(health.CheckFor)
	r := <-reports
	if r.Status != health.Unhealthy || r.Findings[0].Reason != "timeout" || r.Findings[1].Status != health.Healthy {
		t.Fatalf("got %+v", r)
	}
	// Probes go on; the stuck check is not started again, and is never waited for.
	for range 3 {
		c.Advance(health.SharedFor)
		go ask()
		if r := <-reports; r.Status != health.Unhealthy || !strings.HasPrefix(r.Findings[0].Reason, "timeout") {
			t.Fatalf("got %+v", r)
		}
	}
	if n := began.Load(); n != 1 {
		t.Errorf("%d runs of one stuck check", n)
	}
	close(leave)
	for r := (health.Report{}); r.Status != health.Healthy; {
		c.Advance(health.SharedFor)
		go ask()
		r = <-reports
	}
}

// TEL-009: no storm of probes reaches a database.
func TestReport_is_shared_for_a_second(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	var runs atomic.Int32
	h := composite(t, c, health.Check{Name: "db", Run: func(context.Context) health.Result {
		runs.Add(1)
		return health.IsHealthy()
	}})
	storm := func() {
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				if r := h.Report(t.Context()); r.Status != health.Healthy {
					t.Errorf("got %+v", r)
				}
			})
		}
		wg.Wait()
	}
	storm()
	if n := runs.Load(); n != 1 {
		t.Errorf("%d runs for 64 probes", n)
	}
	c.Advance(health.SharedFor - time.Millisecond)
	storm()
	if n := runs.Load(); n != 1 {
		t.Errorf("%d runs within a second", n)
	}
	c.Advance(time.Millisecond)
	storm()
	if n := runs.Load(); n != 2 {
		t.Errorf("%d runs after a second, want 2", n)
	}
	r := h.Report(t.Context())
	r.Findings[0].Name = "changed by a caller"
	if h.Report(t.Context()).Findings[0].Name != "db" {
		t.Error("callers share one slice")
	}
}

// A prober that gives up neither ends the run of the others nor is remembered.
func TestReport_under_an_ended_context(t *testing.T) {
	t.Parallel()
	h := composite(t, clock.NewFake(start), health.Check{Name: "db", Run: says(health.IsHealthy())})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := h.Report(ctx); r.Status != health.Unhealthy {
		t.Errorf("got %+v", r)
	}
	if r := h.Report(t.Context()); r.Status != health.Healthy {
		t.Errorf("got %+v", r)
	}
}

// TEL-009: a second check of one name would hide the first.
func TestNew_refuses(t *testing.T) {
	t.Parallel()
	ok := says(health.IsHealthy())
	for _, c := range []struct {
		checks []health.Check
		want   error
	}{
		{[]health.Check{{Name: "a", Run: ok}, {Name: "a", Run: ok}}, health.ErrDuplicate},
		{[]health.Check{{Run: ok}}, health.ErrNoName},
		{[]health.Check{{Name: "a"}}, health.ErrNoName},
	} {
		if _, err := health.New(health.Config{Clock: clock.NewFake(start)}, c.checks...); !errors.Is(err, c.want) {
			t.Errorf("got %v, want %v", err, c.want)
		}
	}
	if _, err := health.New(health.Config{}); err == nil {
		t.Error("a composite without a clock")
	}
}

type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, string(p))
	return len(p), nil
}

// A probe comes every few seconds: only changes are news.
func TestReport_logs_changes_only(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(start)
	var log lines
	state := health.IsHealthy()
	h, err := health.New(health.Config{Clock: c, Logger: slog.New(slog.NewTextHandler(&log, nil))},
		health.Check{Name: "db", Run: func(context.Context) health.Result { return state }})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []health.Result{state, state, health.IsUnhealthy("gone"), health.IsUnhealthy("gone"), state, state} {
		state = s
		h.Report(t.Context())
		c.Advance(health.SharedFor)
	}
	if len(log.all) != 2 || !strings.Contains(log.all[0], "unhealthy") || !strings.Contains(log.all[1], "works again") {
		t.Errorf("got %q", slices.Clone(log.all))
	}
}
