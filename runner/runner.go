// Package runner owns the background jobs of a process: it starts them, spaces
// them, survives their panics and ends them.
//
//	r, err := runner.New(runner.Config{Clock: clock.System(), Entropy: entropy.System()})
//	err = r.Add(runner.Job{Name: "mail", Every: time.Minute, Jitter: 5 * time.Second, Run: relay.Deliver})
//	err = r.Start(ctx)
//	…
//	err = r.Wake("mail") // something was committed: deliver it now
//	…
//	err = r.Close(ctx)   // *AbandonedError names what did not end in time
//
// A job runs when the runner starts, then when its time has come or somebody
// wakes it, never twice at the same time. A run that fails or panics is counted
// and repeated with back-off; three panics within five minutes make
// [Runner.Healthy] false, so that whoever watches the process replaces it.
//
// The runner is not a queue: it hands no arguments to a run, and a wake-up is a
// hint. What must not be lost is a row in a store, and the job looks for it.
// Leases between several processes are not here yet.
//
// Requirements: PRD-070, OPS-022 (one process).
package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/metric"
)

// What Add, Start and Wake refuse.
var (
	ErrStarted    = errors.New("runner: already started")
	ErrClosed     = errors.New("runner: closed")
	ErrUnknownJob = errors.New("runner: no such job")
	ErrBadJob     = errors.New("runner: bad job")
)

// Config is what a runner is built from. Clock and Entropy are required.
type Config struct {
	Clock   clock.Clock
	Entropy entropy.Source // draws the jitter
	Metrics metric.Sink    // nil: Discard
	Logger  *slog.Logger   // nil: nothing is logged
}

// Job is a piece of background work.
type Job struct {
	// Name labels the job in metrics, logs and Wake: lower case, from the
	// program's own vocabulary (see metric.Label.Value), unique in its runner.
	Name string

	// Every is the time from the end of one run to the begin of the next. Zero:
	// the job runs at the start and when it is woken.
	Every time.Duration

	// Jitter is the most that chance adds to each wait, so that the nodes of a
	// cluster do not all come at once. It delays the first run too.
	Jitter time.Duration

	// FailLevel is the level at which a failed run is logged; nil: Error. What
	// only happens later when it fails, and hurts nobody meanwhile, warns.
	FailLevel slog.Leveler

	// Run does the work once. Its context ends when the runner closes; what
	// must be finished even then is done under context.WithoutCancel.
	Run func(ctx context.Context) error
}

// longest bounds Every and Jitter: a year, which leaves room to add them.
const longest = 366 * 24 * time.Hour

// Runner runs jobs. Make one with New.
type Runner struct {
	cfg   Config
	sched sched.Sched

	mu     sync.Mutex
	state  state
	jobs   []*job // sorted by name
	end    context.CancelCauseFunc
	panics []time.Duration // on the Mono axis, the last few of all jobs
}

type state int

const (
	idle state = iota
	started
	closed
)

// New returns a runner without jobs.
func New(cfg Config) (*Runner, error) {
	switch {
	case cfg.Clock == nil:
		return nil, errors.New("runner: Config.Clock is missing")
	case cfg.Entropy == nil:
		return nil, errors.New("runner: Config.Entropy is missing")
	}
	if cfg.Metrics == nil {
		cfg.Metrics = metric.Discard{}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Runner{cfg: cfg, sched: sched.Of(cfg.Clock)}, nil
}

// Add registers a job. It returns ErrBadJob for one that cannot work or whose
// name is taken, and ErrStarted or ErrClosed when it comes too late.
func (r *Runner) Add(j Job) error {
	switch {
	case j.Name == "" || metric.L(metric.Job, j.Name).Value() != j.Name:
		return fmt.Errorf("%w: name %q is not one for a metric label", ErrBadJob, j.Name)
	case j.Run == nil:
		return fmt.Errorf("%w: %s: Run is missing", ErrBadJob, j.Name)
	case j.Every < 0 || j.Every > longest || j.Jitter < 0 || j.Jitter > longest:
		return fmt.Errorf("%w: %s: Every or Jitter is not between 0 and %v", ErrBadJob, j.Name, longest)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.only(idle); err != nil {
		return err
	}
	i, taken := r.find(j.Name)
	if taken {
		return fmt.Errorf("%w: %s: name is taken", ErrBadJob, j.Name)
	}
	r.jobs = slices.Insert(r.jobs, i, &job{
		Job:    j,
		r:      r,
		wake:   sched.NewQueue[struct{}](r.sched, 1),
		over:   r.sched.NewGate("runner." + j.Name + ".over"),
		status: Status{Name: j.Name},
	})
	return nil
}

// Start begins to run the jobs. They end when ctx does, as they do on Close;
// Close then still waits for them.
func (r *Runner) Start(ctx context.Context) error {
	ctx, end := r.cfg.Clock.WithCancel(ctx)
	r.mu.Lock()
	err := r.only(idle)
	if err == nil {
		r.state, r.end = started, end
	}
	jobs := r.jobs // Add refuses from here on
	r.mu.Unlock()
	if err != nil {
		end(err)
		return err
	}
	for _, j := range jobs {
		r.sched.Go(ctx, "runner."+j.Name, j.loop)
	}
	return nil
}

// Wake makes the job run as soon as it can: now, or after the run that is under
// way, so that what was committed before the call is always seen by a run that
// began after it. Any number of calls during one run lead to one more run. A
// job that is in back-off after a failure stays in it. Wake never waits.
func (r *Runner) Wake(name string) error {
	r.mu.Lock()
	i, found := r.find(name)
	var j *job
	if found {
		j = r.jobs[i]
	}
	r.mu.Unlock()
	if !found {
		return fmt.Errorf("%w: %s", ErrUnknownJob, name)
	}
	j.wake.TryPush(struct{}{}) // full: a run is already due
	return nil
}

// Close ends all jobs: it ends their context, which wakes every wait, and
// returns when the last run is over. If ctx ends first, it returns an
// *AbandonedError with the names of the jobs still running. It may be called
// again to go on waiting, and by several callers.
func (r *Runner) Close(ctx context.Context) error {
	r.mu.Lock()
	r.state = closed
	end, jobs := r.end, r.jobs
	r.mu.Unlock()
	if end == nil {
		return nil // never started
	}
	end(ErrClosed)
	var left []string
	var why error
	for _, j := range jobs {
		if err := j.over.Wait(ctx); err != nil {
			left, why = append(left, j.Name), err
		}
	}
	if left != nil {
		return &AbandonedError{Jobs: left, Err: why}
	}
	return nil
}

// AbandonedError is what Close returns when jobs did not end in time.
type AbandonedError struct {
	Jobs []string // sorted
	Err  error    // of the context given to Close
}

// Error names the jobs.
func (e *AbandonedError) Error() string {
	return fmt.Sprintf("runner: abandoned %s: %v", strings.Join(e.Jobs, ", "), e.Err)
}

// Unwrap returns the context's error.
func (e *AbandonedError) Unwrap() error { return e.Err }

// only returns why the runner is not in the wanted state.
func (r *Runner) only(want state) error {
	switch {
	case r.state == want:
		return nil
	case r.state == closed:
		return ErrClosed
	default:
		return ErrStarted
	}
}

func (r *Runner) find(name string) (int, bool) {
	return slices.BinarySearchFunc(r.jobs, name, func(j *job, name string) int {
		return strings.Compare(j.Name, name)
	})
}
