package metric

import (
	"slices"
	"strings"
	"sync"
)

// Recorder is a Sink for tests that remembers everything. The zero value is
// ready.
type Recorder struct {
	mu      sync.Mutex
	samples map[string][]float64
	invalid []string
}

// Count records a 1.
func (r *Recorder) Count(name string, labels ...Label) { r.add("count", name, 1, labels) }

// Gauge records a level.
func (r *Recorder) Gauge(name string, v float64, labels ...Label) { r.add("gauge", name, v, labels) }

// Observe records an observation.
func (r *Recorder) Observe(name string, v float64, labels ...Label) {
	r.add("observe", name, v, labels)
}

// Counted returns how often name was counted with exactly these labels, in any
// order.
func (r *Recorder) Counted(name string, labels ...Label) int {
	return len(r.get("count", name, labels))
}

// Level returns the last value of a gauge and whether there is one.
func (r *Recorder) Level(name string, labels ...Label) (float64, bool) {
	vs := r.get("gauge", name, labels)
	if len(vs) == 0 {
		return 0, false
	}
	return vs[len(vs)-1], true
}

// Observed returns all observations, oldest first.
func (r *Recorder) Observed(name string, labels ...Label) []float64 {
	return r.get("observe", name, labels)
}

// Series returns every series that was touched, sorted, such as
// `count axess.runner.runs job=mail outcome=ok`.
func (r *Recorder) Series() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]string, 0, len(r.samples))
	for s := range r.samples {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// Violations returns the series in which a label was not from a closed set, in
// the order in which they came. A test asserts that there are none.
func (r *Recorder) Violations() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.invalid)
}

func (r *Recorder) add(what, name string, v float64, labels []Label) {
	s := series(what, name, labels)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.samples == nil {
		r.samples = make(map[string][]float64)
	}
	r.samples[s] = append(r.samples[s], v)
	if slices.ContainsFunc(labels, func(l Label) bool { return l.Value() != l.value || l.key.String() == Invalid }) {
		r.invalid = append(r.invalid, s)
	}
}

func (r *Recorder) get(what, name string, labels []Label) []float64 {
	s := series(what, name, labels)
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.samples[s])
}

func series(what, name string, labels []Label) string {
	parts := make([]string, len(labels))
	for i, l := range labels {
		parts[i] = " " + l.key.String() + "=" + l.Value()
	}
	slices.Sort(parts)
	return what + " " + name + strings.Join(parts, "")
}
