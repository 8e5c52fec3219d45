package bench

import (
	"fmt"
	"slices"
)

// Result holds the samples of a contest, by entry and then by round. Samples of
// one round were taken one after the other and may be compared.
type Result struct {
	Contest Contest
	Samples [][]Sample
}

// Run measures the contests, all in every round and each round beginning with
// another contestant, so that a busy minute of the machine hits everybody. done
// is called after each round.
func Run(contests []Contest, rounds int, scratch string, done func(round int)) ([]Result, error) {
	results := make([]Result, len(contests))
	subjects := make([][]Subject, len(contests))
	for i, c := range contests {
		if err := c.Check(scratch); err != nil {
			return nil, err
		}
		results[i] = Result{c, make([][]Sample, len(c.Entries))}
		for _, e := range c.Entries {
			s, err := e.Make(scratch)
			if err != nil {
				return nil, fmt.Errorf("bench: %s: %s: %w", c.Name, e.Name, err)
			}
			subjects[i] = append(subjects[i], s)
		}
	}
	for round := range rounds {
		for i, c := range contests {
			n := len(c.Entries)
			for j := range n {
				at := (round + j) % n
				s, err := subjects[i][at].Measure()
				if err != nil {
					return nil, fmt.Errorf("bench: %s: %s: %w", c.Name, c.Entries[at].Name, err)
				}
				results[i].Samples[at] = append(results[i].Samples[at], s)
			}
		}
		done(round)
	}
	return results, nil
}

// index returns the place of a named entry; every name in a bar has one.
func (r Result) index(entry string) int {
	return slices.IndexFunc(r.Contest.Entries, func(e Entry) bool { return e.Name == entry })
}

// Median is the median of each figure of an entry on its own.
func (r Result) Median(entry string) Sample {
	samples := r.Samples[r.index(entry)]
	var ns []float64
	var allocs, bytes []int64
	for _, s := range samples {
		ns, allocs, bytes = append(ns, s.Nanoseconds), append(allocs, s.Allocs), append(bytes, s.Bytes)
	}
	return Sample{median(ns), median(allocs), median(bytes)}
}

// Ratio is the median over the rounds of the time of entry by that of against.
func (r Result) Ratio(entry, against string) float64 {
	a, b := r.Samples[r.index(entry)], r.Samples[r.index(against)]
	var ratios []float64
	for i := range a {
		ratios = append(ratios, a[i].Nanoseconds/b[i].Nanoseconds)
	}
	return median(ratios)
}

// Share is the median over the rounds of the operations of entry per second by those
// of against.
func (r Result) Share(entry, against string) float64 { return r.Ratio(against, entry) }

// Met says whether a bar holds.
func (r Result) Met(b Bar) bool {
	m := r.Median(b.Entry)
	return (b.Share == 0 || r.Share(b.Entry, b.Against) >= b.Share) &&
		(b.Ratio == 0 || r.Ratio(b.Entry, b.Against) <= b.Ratio) &&
		(b.Nanoseconds == 0 || m.Nanoseconds <= b.Nanoseconds) &&
		(b.Allocs == 0 || m.Allocs <= b.Allocs)
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
