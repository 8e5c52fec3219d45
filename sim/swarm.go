package sim

import (
	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/store/storetest/fault"
)

// Swarm is a run as its seed wants it (SIM-012): of the kinds of faults that cfg has, a
// random half; a random store, unless cfg names one; one of the ways to say who goes
// next; at times a crash at one call of one verb; and now and then the real function for
// passwords. Runs that all try everything hide from one another what a few would find.
func Swarm(cfg Config) Config {
	src := coro.NewSeeded(cfg.Seed)
	draw := func(n int) int { return int(src.Draw("swarm", uint64(n))) }
	for _, k := range cfg.Faults.kinds() {
		if draw(2) == 0 {
			*k.rate = 0
		}
	}
	steps := cfg.Steps
	if steps == 0 {
		steps = defaultSteps
	}
	switch n := draw(10); {
	case n < 4:
		cfg.Strategy = coro.Uniform()
	case n < 8:
		cfg.Strategy = coro.PCT(2+draw(3), steps)
	case n < 9:
		cfg.Strategy = coro.FIFO()
	default:
		cfg.Strategy = coro.Starve()
	}
	if all := Personas(); cfg.Store == "" {
		cfg.Store = all[draw(len(all))]
	}
	if cfg.CrashPoint.Verb == "" && cfg.Faults.CrashPoint > 0 {
		verbs := fault.Verbs()
		cfg.CrashPoint = CrashPoint{Verb: verbs[draw(len(verbs))], N: 1 + draw(50), After: draw(2) == 1}
	}
	return cfg
}
