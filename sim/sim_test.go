package sim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/coro"
)

// SIM-002, SIM-022, SIM-023, SIM-040, SIM-053: with crashes, lost answers, doubled and
// late calls and clocks that differ, nothing is served after its end, and nobody loses
// what nobody ended (SIM-I03, SIM-I08, SIM-I11).
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
	if sum.SignIns < 20 || sum.SignOuts < 20 || sum.Changes < 20 || sum.Crashes < 20 || sum.Faults < 100 || sum.Thefts < 100 {
		t.Errorf("too little happened: %+v", sum)
	}
}

func (c Counts) plus(o Counts) Counts {
	return Counts{
		c.Requests + o.Requests, c.Answers + o.Answers, c.SignUps + o.SignUps, c.SignIns + o.SignIns, c.SignOuts + o.SignOuts,
		c.Changes + o.Changes, c.Crashes + o.Crashes, c.Faults + o.Faults, c.Refusals + o.Refusals, c.Thefts + o.Thefts,
	}
}

// SIM-010, SIM-014: the whole product, run twice from a seed, does the same.
func TestRun_is_repeatable(t *testing.T) {
	t.Parallel()
	chains := map[[32]byte]uint64{}
	for seed := range uint64(3) {
		cfg := Config{Seed: seed, Faults: Heavy(), Steps: 6000}
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

// SIM-060: what is looked at would be seen. Each claim is made false in what the ghost
// knows, and the run must say so.
func TestRun_sees_what_must_not_be(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		lie  func(w *World)
		want string
	}{
		"served after its end": {func(w *World) {
			for _, l := range w.ghost.logins {
				w.ghost.ends(l, "nobody")
			}
		}, "is served at step"},
		"served as somebody else": {func(w *World) {
			for _, p := range w.ghost.people {
				if p.id != "" {
					p.id = "somebody"
				}
			}
		}, "is served as somebody else"},
		"lost without an end": {func(w *World) {
			for _, p := range w.ghost.people {
				for _, b := range p.browsers {
					if b.login != nil {
						b.cookies = nil
					}
				}
			}
		}, "has lost a login that nobody ended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(6) { // what is made false must be looked at, too
				w := newWorld(Config{Seed: seed})
				t.Cleanup(func() { w.coro.Close() })
				w.people()
				w.coro.Run(coro.Limits{Steps: 4000})
				if f := w.coro.Findings(); len(f) > 0 || len(w.ghost.logins) == 0 {
					t.Fatalf("before the lie: %v, %d logins", f, len(w.ghost.logins))
				}
				tc.lie(w)
				w.coro.Run(coro.Limits{Steps: 10_000})
				if strings.Contains(fmt.Sprint(w.coro.Findings()), tc.want) {
					return
				}
			}
			t.Error("not found")
		})
	}
}
