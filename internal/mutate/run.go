package mutate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/axess-go/axess/internal/sched"
)

// Options of [Run]. The zero value works.
type Options struct {
	Jobs    int           // test binaries at once; 0 is one
	Timeout time.Duration // of one test binary; 0 is a minute
	// Wider are packages whose tests are run on what the package's own let live.
	Wider []string
	// Select limits the run to some faults; nil runs all.
	Select func(Mutant) bool
	// Progress is called with a line now and then, from any goroutine.
	Progress func(string)
}

// State is what became of a fault.
type State string

// The states. A run ends with each fault in one of them.
const (
	Killed   State = "killed"    // a test failed
	Lived    State = "lived"     // every test that reaches it passed
	TimedOut State = "timed out" // counted on neither side
	Same     State = "equivalent"
)

// Outcome is one fault and what became of it.
type Outcome struct {
	Mutant
	State   State
	By      string // the package whose tests killed it
	Reached bool   // some test reaches it
	Reason  string // of an equivalent one
}

// Result is one package's run.
type Result struct {
	Package  string
	Outcomes []Outcome
	// Unfit are tests that fail on instrumented code without any fault (they
	// count allocations, say) and took no part.
	Unfit []string
}

// maxUnfit: more of them, and it is the instrumentation that is at fault.
const maxUnfit = 5

// Run compiles the instrumented package once for each package of tests and runs
// it once for each fault. A package that does not build is an error, never a
// kill.
func Run(ctx context.Context, s *Schema, o Options) (Result, error) {
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	r := Result{Package: s.Package.Name}
	for _, m := range s.Mutants {
		if o.Select == nil || o.Select(m) {
			r.Outcomes = append(r.Outcomes, Outcome{Mutant: m, State: Lived})
		}
	}
	for i, name := range append([]string{s.Package.Name}, o.Wider...) {
		unfit, err := r.under(ctx, s, name, o)
		if err != nil {
			return Result{}, fmt.Errorf("mutate: %s: %w", name, err)
		}
		if i == 0 {
			r.Unfit = unfit
		}
	}
	return r, nil
}

// under runs the tests of one package on all that still lives.
func (r *Result) under(ctx context.Context, s *Schema, name string, o Options) (unfit []string, err error) {
	temp, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	o.Progress(name + ": compiling")
	b, err := compile(ctx, s, name, temp)
	if err != nil {
		return nil, err
	}
	unfit, err = b.reach(ctx, o.Jobs, o.Timeout, func(line string) { o.Progress(name + ": " + line) })
	if err != nil {
		return nil, err
	}
	if len(unfit) > maxUnfit || len(b.tests) == 0 {
		return nil, fmt.Errorf("%d tests fail without a fault: %v", len(unfit), unfit)
	}
	var live []*Outcome
	for i := range r.Outcomes {
		if r.Outcomes[i].State == Lived {
			live = append(live, &r.Outcomes[i])
		}
	}
	var done, killed atomic.Int64
	return unfit, parallel(ctx, o.Jobs, len(live), func(ctx context.Context, i int) error {
		out := live[i]
		if len(b.reaching(out.ID)) > 0 {
			out.Reached = true
			v, err := b.try(ctx, out.ID, o.Timeout)
			if err != nil {
				return err
			}
			switch v {
			case failed:
				out.State, out.By = Killed, name
				killed.Add(1)
			case timedOut:
				out.State = TimedOut
			case passed:
			}
		}
		o.Progress(fmt.Sprintf("%s: %d/%d faults, %d killed", name, done.Add(1), len(live), killed.Load()))
		return nil
	})
}

// parallel calls f for 0 to n-1 on some tasks; the first error ends it.
func parallel(ctx context.Context, jobs, n int, f func(ctx context.Context, i int) error) error {
	var next atomic.Int64
	var mu sync.Mutex
	var first error
	failed := func(err error) bool {
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = err
		}
		return first != nil
	}
	var tasks []*sched.Task
	for range max(1, jobs) {
		tasks = append(tasks, sched.Sched{}.Go(ctx, "mutate", func(ctx context.Context) error {
			for i := int(next.Add(1)) - 1; i < n && !failed(ctx.Err()); i = int(next.Add(1)) - 1 {
				if failed(f(ctx, i)) {
					break
				}
			}
			return nil
		}))
	}
	for _, t := range tasks {
		failed(t.Wait(ctx))
	}
	return first
}
