package sim

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/axess-go/axess/internal/coro"
)

// SIM-002, SIM-022, SIM-023, SIM-040, SIM-050, SIM-051, SIM-053: with crashes, lost answers,
// doubled and late calls, clocks that differ, and people who do all that they can, all of
// it holds.
func TestRun_holds(t *testing.T) {
	t.Parallel()
	var sum Counts
	for seed := range uint64(12) {
		faults := []Faults{Default(), Light(), Heavy(), {}}[seed%4]
		strategy := []coro.Strategy{coro.Uniform(), coro.PCT(3, 20_000), coro.Starve()}[seed%3]
		r := Run(Config{Seed: seed, Faults: faults, Strategy: strategy})
		if r.Broken() {
			t.Errorf("%s", r.Story())
		}
		sum = sum.plus(r.Counts)
	}
	t.Logf("%+v", sum)
	if sum.SignIns < 20 || sum.SignOuts < 20 || sum.Changes < 20 || sum.Crashes < 20 || sum.Faults < 100 || sum.Thefts < 50 ||
		sum.Guesses < 20 || sum.StepUps < 20 || sum.Orders < 20 || sum.Lures < 100 || sum.Replays < 100 {
		t.Errorf("too little happened: %+v", sum)
	}
}

func (c Counts) plus(o Counts) Counts {
	return Counts{
		c.Requests + o.Requests, c.Answers + o.Answers, c.SignUps + o.SignUps, c.SignIns + o.SignIns, c.SignOuts + o.SignOuts,
		c.Changes + o.Changes, c.Crashes + o.Crashes, c.Faults + o.Faults, c.Refusals + o.Refusals, c.Thefts + o.Thefts,
		c.Guesses + o.Guesses, c.StepUps + o.StepUps, c.Orders + o.Orders, c.Lures + o.Lures, c.Replays + o.Replays,
	}
}

// SIM-010, SIM-014, SIM-I48: the whole product, run twice from a seed, does the same.
func TestRun_is_repeatable(t *testing.T) {
	t.Parallel()
	chains := map[[32]byte]uint64{}
	for seed := range uint64(8) {
		faults := Heavy()
		faults.Tamper = 20_000
		cfg := Config{Seed: seed, Faults: faults, Steps: 5000, Store: Personas()[seed%4]}
		first := Run(cfg)
		cfg.Checked = true
		if second := Run(cfg); first.Chain != second.Chain {
			t.Errorf("seed %d: two runs differ after %d and %d steps", seed, first.Steps, second.Steps)
		}
		if other, ok := chains[first.Chain]; ok {
			t.Errorf("seeds %d and %d are one run", seed, other)
		}
		chains[first.Chain] = seed
	}
}

// SIM-007, SIM-014: how many processors there are, and when the collector runs, changes
// nothing: a run is a function of its seed. Not beside other tests, since the number is
// the process's.
func TestRun_does_not_depend_on_processors(t *testing.T) { //nolint:paralleltest // see above
	before := runtime.GOMAXPROCS(0)
	collected := debug.SetGCPercent(100)
	t.Cleanup(func() { runtime.GOMAXPROCS(before); debug.SetGCPercent(collected) })
	for seed, persona := range Personas() {
		chains := map[[32]byte]bool{}
		for i, n := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(n)
			debug.SetGCPercent([]int{100, 5, 400}[i])
			r := Run(Config{Seed: uint64(seed), Store: persona, Faults: Default(), Steps: 1500})
			chains[r.Chain] = true
		}
		if len(chains) != 1 {
			t.Errorf("%s: the run depends on the number of processors", persona)
		}
	}
}

// SIM-I28, SIM-I37, SIM-I38, SIM-040: rows that are edited, and keys that change, lead to
// nothing but what is said of them.
func TestRun_holds_with_edited_rows_and_changed_keys(t *testing.T) {
	t.Parallel()
	edits, releases := 0, 0
	for seed := range uint64(6) {
		cfg := Config{Seed: 300 + seed, Store: Personas()[seed%3], Faults: Faults{Deploy: 20_000, Fail: 5000, Crash: 2000}}
		if seed%2 == 0 {
			cfg.Faults.Tamper = 30_000
		}
		r := Run(cfg)
		if r.Broken() {
			t.Errorf("%s", r.Story())
		}
		edits += r.Reached["tamper"]
		releases += r.Reached["deploy"]
	}
	if edits < 10 || releases < 10 {
		t.Errorf("%d edits, %d releases", edits, releases)
	}
}
