package bench

import (
	"errors"
	"fmt"
	"testing"
)

// Contest is one task and those who do it.
type Contest struct {
	// Name is one word, for flags and benchmark names.
	Name string
	// Title says in one line what is measured.
	Title string
	// Start, unless nil, starts the server that all entries share, before any of them
	// is made. A server that is not on the machine is a [dbtest.AbsentError].
	Start func() (stop func() error, err error)
	// Once: what is measured takes so long that the first round alone does it.
	Once bool
	// ByBytes: it is bytes and not times that are compared.
	ByBytes bool
	// Entries are the contestants; the first is ours.
	Entries []Entry
	Bars    []Bar
}

// Entry is one contestant.
type Entry struct {
	// Name is unique within the contest.
	Name string
	// Source names module and version; empty for ours and for the bare floor.
	Source string
	// Beside is our entry that this peer is compared with in the report, the first
	// unless given.
	Beside string
	// Make prepares a subject; what it costs is not measured. Files go into
	// scratch, which belongs to the caller.
	Make func(scratch string) (Subject, error)
}

// Subject does the work of one contestant.
type Subject interface {
	// Check does the work once and says why the result is wrong.
	Check() error
	// Measure does it again and again, for as long as the flag test.benchtime says.
	Measure() (Sample, error)
}

// Sample is what one operation took.
type Sample struct {
	Nanoseconds float64
	Allocs      int64
	Bytes       int64
	Calls       int64 // of stores
}

// Bar is what we want to hold. A zero bound is no bound.
type Bar struct {
	// Entry is ours; Against, unless empty, is the peer of Ratio or Share.
	Entry, Against string
	Ratio          float64 // at most this many times the time of Against
	Share          float64 // at least this share of the operations of Against per second
	Nanoseconds    float64 // at most this long
	Allocs         int64   // at most this many allocations
	Bytes          int64   // at most this many bytes
	Calls          int64   // at most this many calls of stores
}

// Ready makes the contestants and asks every one for the right answer.
func (c Contest) Ready(scratch string) ([]Subject, error) {
	subjects := make([]Subject, len(c.Entries))
	for i, e := range c.Entries {
		s, err := e.Make(scratch)
		if err != nil {
			return nil, fmt.Errorf("bench: %s: %s: %w", c.Name, e.Name, err)
		}
		if err := s.Check(); err != nil {
			return nil, fmt.Errorf("bench: %s: %s: %w", c.Name, e.Name, err)
		}
		subjects[i] = s
	}
	return subjects, nil
}

// loop is the inside of a subject that is measured in this process.
type loop func(b *testing.B)

// Measure of a loop that failed is an error: it has no figures.
func (l loop) Measure() (Sample, error) {
	r := testing.Benchmark(l)
	if r.N == 0 {
		return Sample{}, errors.New("failed while it was measured")
	}
	return Sample{
		Nanoseconds: float64(r.T.Nanoseconds()) / float64(r.N),
		Allocs:      r.AllocsPerOp(),
		Bytes:       r.AllocedBytesPerOp(),
	}, nil
}
