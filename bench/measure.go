package bench

import (
	"errors"
	"fmt"
	"slices"

	"github.com/axess-go/axess/internal/dbtest"
)

// Result holds the samples of a contest, by entry and then by round. Samples of
// one round were taken one after the other and may be compared.
type Result struct {
	Contest Contest
	Samples [][]Sample
	// Missing says why nothing was measured: no samples then.
	Missing error
}

// Run measures the contests, all in every round and each round beginning with
// another contestant, so that a busy minute of the machine hits everybody. done
// is called after each round. A contest whose server is not on the machine has a
// result that says so.
func Run(contests []Contest, rounds int, scratch string, done func(round int)) (_ []Result, err error) {
	results := make([]Result, len(contests))
	subjects := make([][]Subject, len(contests))
	for i, c := range contests {
		results[i] = Result{Contest: c, Samples: make([][]Sample, len(c.Entries))}
		if c.Start != nil {
			stop, failed := c.Start()
			var absent *dbtest.AbsentError
			if errors.As(failed, &absent) {
				results[i].Missing = failed
				continue
			}
			if failed != nil {
				return nil, fmt.Errorf("bench: %s: %w", c.Name, failed)
			}
			defer func() { err = errors.Join(err, stop()) }()
		}
		if subjects[i], err = c.Ready(scratch); err != nil {
			return nil, err
		}
	}
	for round := range rounds {
		for i, s := range subjects {
			if round == 0 || !results[i].Contest.Once {
				if err := results[i].measure(s, round); err != nil {
					return nil, err
				}
			}
		}
		done(round)
	}
	return results, nil
}

// measure adds one sample of every contestant.
func (r *Result) measure(subjects []Subject, round int) error {
	n := len(subjects)
	for j := range n {
		at := (round + j) % n
		s, err := subjects[at].Measure()
		if err != nil {
			return fmt.Errorf("bench: %s: %s: %w", r.Contest.Name, r.Contest.Entries[at].Name, err)
		}
		r.Samples[at] = append(r.Samples[at], s)
	}
	return nil
}

// index returns the place of a named entry; every name in a bar has one.
func (r Result) index(entry string) int {
	return slices.IndexFunc(r.Contest.Entries, func(e Entry) bool { return e.Name == entry })
}

// Median is the median of each figure of an entry on its own.
func (r Result) Median(entry string) Sample {
	samples := r.Samples[r.index(entry)]
	var ns []float64
	var allocs, bytes, calls []int64
	for _, s := range samples {
		ns, allocs, bytes, calls = append(ns, s.Nanoseconds), append(allocs, s.Allocs), append(bytes, s.Bytes), append(calls, s.Calls)
	}
	return Sample{median(ns), median(allocs), median(bytes), median(calls)}
}

// Ratio is the median over the rounds of the time of entry by that of against; in a
// contest by bytes, of its bytes.
func (r Result) Ratio(entry, against string) float64 {
	a, b := r.Samples[r.index(entry)], r.Samples[r.index(against)]
	var ratios []float64
	for i := range a {
		if r.Contest.ByBytes {
			ratios = append(ratios, float64(a[i].Bytes)/float64(b[i].Bytes))
			continue
		}
		ratios = append(ratios, a[i].Nanoseconds/b[i].Nanoseconds)
	}
	return median(ratios)
}

// Share is the median over the rounds of the operations of entry per second by those
// of against.
func (r Result) Share(entry, against string) float64 { return r.Ratio(against, entry) }

// Met says whether a bar holds; what was not measured holds nothing.
func (r Result) Met(b Bar) bool {
	if r.Missing != nil {
		return false
	}
	m := r.Median(b.Entry)
	return (b.Share == 0 || r.Share(b.Entry, b.Against) >= b.Share) &&
		(b.Ratio == 0 || r.Ratio(b.Entry, b.Against) <= b.Ratio) &&
		(b.Nanoseconds == 0 || m.Nanoseconds <= b.Nanoseconds) &&
		(b.Allocs == 0 || m.Allocs <= b.Allocs) &&
		(b.Bytes == 0 || m.Bytes <= b.Bytes) &&
		(b.Calls == 0 || m.Calls <= b.Calls)
}

// median of an even number is the lower of the two in the middle.
func median[T int64 | float64](v []T) T {
	if len(v) == 0 {
		var zero T
		return zero
	}
	s := slices.Clone(v)
	slices.Sort(s)
	return s[(len(s)-1)/2]
}
