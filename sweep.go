package axess

import (
	"context"
	"log/slog"
	"time"

	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/runner"
)

// Sweeping takes batches, so that no statement holds many rows, and lets others
// in between (STO-063).
const (
	sweepBatch = 500
	sweepPause = 50 * time.Millisecond
)

// metricSwept observes how many rows a batch has removed.
const metricSwept = "axess.sweep.rows"

// sweeper is the job that removes what is over. It runs in every process, spread
// by chance over a fifth of its interval. A failure only puts it off, so it warns
// (STO-064).
func (a *Axess) sweeper(name string, every time.Duration, batch func(context.Context, time.Time, int) (int, error)) runner.Job {
	return runner.Job{
		Name: name, Every: every, Jitter: every / 5, FailLevel: slog.LevelWarn,
		Run: func(ctx context.Context) error {
			for {
				n, err := batch(ctx, a.cfg.Clock.Now(), sweepBatch)
				if n > 0 {
					a.cfg.Metrics.Observe(metricSwept, float64(n), metric.L(metric.Job, name))
				}
				if err != nil || n < sweepBatch {
					return err
				}
				if err := a.cfg.Clock.Sleep(ctx, sweepPause); err != nil {
					return err
				}
			}
		},
	}
}
