package axess_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/logtest"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/store/memory"
)

// dusty is a Session group whose sweeps go as a script says, and are noted.
type dusty struct {
	backend.Session
	script func(n int) (int, error)

	mu  sync.Mutex
	ran []time.Time
	odd []string
}

func (d *dusty) Sweep(_ context.Context, now time.Time, limit int) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ran = append(d.ran, time.Now())
	if now.After(time.Now()) || time.Since(now) > time.Millisecond || limit != 500 {
		d.odd = append(d.odd, fmt.Sprint("limit ", limit, " at ", now))
	}
	return d.script(len(d.ran))
}

// swept runs a program with such sweeps in a bubble, and what the test looks at
// after a time.
func swept(t *testing.T, script func(n int) (int, error), after time.Duration, look func(d *dusty, log string, m *metric.Recorder)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		stores := memory.New(memory.Config{}).Stores()
		d := &dusty{Session: stores.Session, script: script}
		stores.Session = d
		var log logtest.Buffer
		var m metric.Recorder
		auth, err := axess.New(t.Context(), axess.Config{
			Origin: "http://localhost:8080", Stores: stores, Entropy: entropy.Seeded(1), Metrics: &m,
			Logger: slog.New(slog.NewJSONHandler(&log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := clock.System().Sleep(t.Context(), after); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := auth.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("the end waited %v", took)
		}
		if len(d.odd) > 0 {
			t.Errorf("swept oddly: %v", d.odd)
		}
		look(d, log.Take(), &m)
	})
}

// Batches follow one another at a distance until a short one; the next sweep comes
// with its interval and up to a fifth more. STO-063
func TestSweep_takes_batches_with_pauses(t *testing.T) {
	t.Parallel()
	left := []int{500, 500, 3, 0}
	script := func(n int) (int, error) { return left[min(n, len(left))-1], nil }
	swept(t, script, 15*time.Minute, func(d *dusty, log string, m *metric.Recorder) {
		if len(d.ran) != 4 {
			t.Fatalf("swept %d times, want three batches and one sweep more", len(d.ran))
		}
		for i, want := range []time.Duration{50 * time.Millisecond, 50 * time.Millisecond} {
			if got := d.ran[i+1].Sub(d.ran[i]); got != want {
				t.Errorf("%v after batch %d, want %v", got, i+1, want)
			}
		}
		if pause := d.ran[3].Sub(d.ran[2]); pause < 10*time.Minute || pause > 12*time.Minute {
			t.Errorf("the next sweep came after %v", pause)
		}
		if rows := m.Observed("axess.sweep.rows", metric.L(metric.Job, "sessions")); fmt.Sprint(rows) != "[500 500 3]" {
			t.Errorf("observed %v", rows)
		}
		if strings.Contains(log, "sweep") {
			t.Errorf("a sweep that went well is logged:\n%s", log)
		}
	})
}

// What was remembered for a while is forgotten by a job, so that nothing that people
// bring can fill a store for good. WKL-022
func TestSweep_forgets_values_that_have_ended(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stores, now := memory.New(memory.Config{}).Stores(), time.Now()
		for i := range 3 {
			if err := stores.Throttle.KV().PutIfAbsent(t.Context(), fmt.Sprint("axess/jti/", i), nil, now.Add(time.Second), now); err != nil {
				t.Fatal(err)
			}
		}
		var m metric.Recorder
		auth, err := axess.New(t.Context(), axess.Config{
			Origin: "http://localhost:8080", Stores: stores, Entropy: entropy.Seeded(1), Metrics: &m, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := clock.System().Sleep(t.Context(), 15*time.Minute); err != nil {
			t.Fatal(err)
		}
		if rows := m.Observed("axess.sweep.rows", metric.L(metric.Job, "values")); fmt.Sprint(rows) != "[3]" {
			t.Errorf("swept %v, want [3]", rows)
		}
		if err := auth.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A failure warns, is counted, and the next sweep comes. STO-064
func TestSweep_goes_on_after_failures(t *testing.T) {
	t.Parallel()
	script := func(n int) (int, error) {
		if n <= 3 {
			return 0, errors.New("the store is away")
		}
		return 0, nil
	}
	swept(t, script, 15*time.Minute, func(d *dusty, log string, m *metric.Recorder) {
		if len(d.ran) < 4 {
			t.Errorf("swept %d times: three failures have ended it", len(d.ran))
		}
		failed := m.Counted("axess.runner.runs", metric.L(metric.Job, "sessions"), metric.L(metric.Outcome, "error"))
		if warned := strings.Count(log, `"level":"WARN","msg":"background job failed","job":"sessions"`); warned != 3 || failed != 3 {
			t.Errorf("%d warnings and %d counted, want 3:\n%s", warned, failed, log)
		}
		if strings.Contains(log, `"ERROR"`) {
			t.Errorf("an error is logged:\n%s", log)
		}
	})
}

// A sweep that never ends ends with the program, at once and with its goroutine:
// the bubble waits for all of them. STO-064
func TestSweep_ends_with_the_program(t *testing.T) {
	t.Parallel()
	endless := func(int) (int, error) { return 500, nil }
	swept(t, endless, 5*time.Minute, func(d *dusty, _ string, _ *metric.Recorder) {
		if len(d.ran) < 1000 {
			t.Errorf("only %d batches: nothing was going on", len(d.ran))
		}
	})
}
