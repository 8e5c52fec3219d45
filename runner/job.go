package runner

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/metric"
)

// A job that fails waits one second, then twice as long each time, up to five
// minutes, and up to half as long again by chance.
const (
	backoffMin = time.Second
	backoffMax = 5 * time.Minute
)

// Names of what the runner measures.
const (
	metricRuns     = "axess.runner.runs"
	metricDuration = "axess.runner.duration"
)

// job is a Job at work.
type job struct {
	Job
	r    *Runner
	wake *sched.Queue[struct{}]
	over *sched.Gate // opens when loop has returned

	mu     sync.Mutex
	status Status
}

// loop runs the job until ctx ends. It returns no error: how the runs ended is
// counted and logged where it happened.
func (j *job) loop(ctx context.Context) error {
	defer j.over.Open()
	failures := 0
	if !j.rest(ctx, j.r.upTo(j.Jitter)) {
		return nil
	}
	for {
		if j.runOnce(ctx) {
			failures = 0
		} else {
			failures++
		}
		if !j.pause(ctx, failures) {
			return nil
		}
	}
}

// pause waits for the next run and reports whether there is one.
func (j *job) pause(ctx context.Context, failures int) bool {
	c := j.r.cfg.Clock
	if failures > 0 {
		// Not cut short by Wake: whoever commits does not know that the job
		// fails, and would keep a broken dependency under fire.
		d := backoff(failures)
		return c.Sleep(ctx, d+j.r.upTo(d/2)) == nil
	}
	if j.Every > 0 {
		return j.rest(ctx, j.Every+j.r.upTo(j.Jitter))
	}
	_, _ = j.wake.Pop(ctx) // woken, or over
	return ctx.Err() == nil
}

// rest waits for d or until somebody wakes the job, also before its first run:
// the first mail of a process does not wait for the jitter. It reports whether
// to go on.
func (j *job) rest(ctx context.Context, d time.Duration) bool {
	due, cancel := clock.WithTimeout(ctx, j.r.cfg.Clock, d)
	defer cancel()
	_, _ = j.wake.Pop(due) // woken or due, it runs; only the end of ctx stops it
	return ctx.Err() == nil
}

// runOnce reports whether the run went well. It runs as a task of its own, so
// that a panic, or a goroutine that exits, ends the run and not the job.
func (j *job) runOnce(ctx context.Context) bool {
	c := j.r.cfg.Clock
	began := c.Mono()
	// The task ends with ctx only if Run heeds it; waiting under WithoutCancel
	// is what lets Close tell a run that is over from one that is abandoned.
	err := j.r.sched.Go(ctx, "runner."+j.Name+".run", j.Run).Wait(context.WithoutCancel(ctx))
	took := c.Mono() - began
	if ended := ctx.Err(); ended != nil && (errors.Is(err, ended) || errors.Is(err, context.Cause(ctx))) {
		return true // ended on request, not a failure
	}
	j.report(ctx, err, took)
	return err == nil
}

func (j *job) report(ctx context.Context, err error, took time.Duration) {
	name, outcome := metric.L(metric.Job, j.Name), "ok"
	var pe *sched.PanicError
	switch {
	case errors.As(err, &pe):
		outcome = "panic"
		j.r.notePanic()
		j.r.cfg.Logger.ErrorContext(ctx, "background job panicked",
			slog.String("job", j.Name), slog.Any("error", err), slog.String("stack", string(pe.Stack)))
	case err != nil:
		outcome = "error"
		var level slog.Leveler = slog.LevelError
		if j.FailLevel != nil {
			level = j.FailLevel
		}
		j.r.cfg.Logger.LogAttrs(ctx, level.Level(), "background job failed",
			slog.String("job", j.Name), slog.Any("error", err))
	}
	j.r.cfg.Metrics.Count(metricRuns, name, metric.L(metric.Outcome, outcome))
	j.r.cfg.Metrics.Observe(metricDuration, took.Seconds(), name)

	now := j.r.cfg.Clock.Now()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.status.Runs++
	j.status.LastDuration = took
	if err != nil {
		j.status.Failures++
	} else {
		j.status.Failures = 0
		j.status.LastSuccess = now
	}
}

// backoff returns the wait after the n-th failure in a row, n ≥ 1.
func backoff(n int) time.Duration {
	if n > 9 { // 2^9 s is beyond the limit
		return backoffMax
	}
	return min(backoffMin<<(n-1), backoffMax)
}

// upTo draws a duration from 0 to d.
func (r *Runner) upTo(d time.Duration) time.Duration {
	return time.Duration(entropy.Int64n(r.cfg.Entropy, int64(d)+1))
}
