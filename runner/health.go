package runner

import (
	"slices"
	"time"
)

// Three panics in five minutes mean that restarting does not help.
const (
	panicLimit  = 3
	panicWindow = 5 * time.Minute
)

// Healthy is false while the jobs of this runner, together, have panicked three
// times within the last five minutes.
func (r *Runner) Healthy() bool {
	now := r.cfg.Clock.Mono()
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.panics) < panicLimit || now-r.panics[0] >= panicWindow
}

// notePanic keeps the times of the last panics, oldest first.
func (r *Runner) notePanic() {
	now := r.cfg.Clock.Mono()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.panics = append(r.panics, now)
	if len(r.panics) > panicLimit {
		r.panics = slices.Delete(r.panics, 0, 1)
	}
}

// Status is what is known about one job.
type Status struct {
	Name         string
	Runs         uint64        // finished, however they ended
	Failures     uint64        // in a row, up to now
	LastSuccess  time.Time     // end of the last good run; zero: none yet
	LastDuration time.Duration // of the last run
}

// Status returns the state of all jobs, sorted by name.
func (r *Runner) Status() []Status {
	r.mu.Lock()
	jobs := slices.Clone(r.jobs)
	r.mu.Unlock()
	out := make([]Status, len(jobs))
	for i, j := range jobs {
		j.mu.Lock()
		out[i] = j.status
		j.mu.Unlock()
	}
	return out
}
