package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/axess-go/axess/bench"
)

func results(ours float64) []bench.Result {
	return []bench.Result{{
		Contest: bench.Contest{
			Name: "read", Title: "Reading",
			Entries: []bench.Entry{{Name: "axess"}, {Name: "peer", Source: "example.test/peer v1.2.3"}},
			Bars:    []bench.Bar{{Entry: "axess", Against: "peer", Ratio: 0.3, Nanoseconds: 2000, Allocs: 30}},
		},
		Samples: [][]bench.Sample{{{Nanoseconds: ours, Allocs: 28}}, {{Nanoseconds: 2e7, Allocs: 285}}},
	}}
}

func TestReport_says_met_or_missed_beside_bar_and_figure(t *testing.T) {
	t.Parallel()
	got := report(results(1234), "go9 on a test", 9, "100ms")
	for _, want := range []string{
		"| read | axess | ≤ 0.30× of peer, ≤ 2.00 µs, ≤ 30 allocs | 0.00×, 1.23 µs, 28 allocs | **met** |",
		"| peer (`example.test/peer v1.2.3`) | 20.0 ms | 285 | 0 | 0.00× of it |",
		"go9 on a test. 9 rounds, 100ms",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if got := report(results(2001), "", 9, ""); !strings.Contains(got, "**missed**") || strings.Contains(got, "**met**") {
		t.Errorf("2001 ns against 2 µs:\n%s", got)
	}
}

func TestReport_says_what_was_not_measured(t *testing.T) {
	t.Parallel()
	r := results(1234)
	r[0].Samples, r[0].Missing = nil, errors.New("a server is not on this machine")
	got := report(r, "", 9, "")
	for _, want := range []string{"≤ 30 allocs | – | **not measured** |", "Not measured: a server is not on this machine.\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if r[0].Met(r[0].Contest.Bars[0]) {
		t.Error("what was not measured is met")
	}
}

func TestChoose_refuses_what_does_not_exist(t *testing.T) {
	t.Parallel()
	if c, err := choose("csrf,read"); err != nil || len(c) != 2 || c[0].Name != "csrf" {
		t.Error(c, err)
	}
	if _, err := choose("read,nothing"); err == nil {
		t.Error("accepted an unknown contest")
	}
}
