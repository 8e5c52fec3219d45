package sim

import (
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/coro"
)

// SIM-063: what happens is told if somebody listens, and listening changes nothing.
func TestTell_says_what_happened(t *testing.T) {
	t.Parallel()
	cfg := Config{Seed: 3, Steps: 6000, Faults: Heavy()}
	told := cfg
	told.book = &book{}
	if Run(cfg).Chain != Run(told).Chain {
		t.Error("who listens sees another run")
	}
	seen := map[string]bool{}
	for _, e := range told.book.events {
		seen[strings.Fields(e.what)[0]] = true
		if strings.HasPrefix(e.from, "p") && e.turn == "" {
			t.Errorf("%s %s belongs to no turn", e.from, e.what)
		}
	}
	for _, want := range []string{"starts", "dies", "POST", "303,"} {
		if !seen[want] {
			t.Errorf("nobody tells of %q: %v", want, seen)
		}
	}
}

// kept is a configuration that writes down what is drawn.
func kept(cfg Config) Config {
	cfg.kept = true
	return cfg
}

// SIM-010, SIM-064: a turn that is taken out of a log leaves the other turns of all
// actors as they were, their faults too; an actor without a turn does nothing.
func TestTurns_are_independent(t *testing.T) {
	t.Parallel()
	cfg := Config{Seed: 3, Steps: 8000, Faults: Heavy()}
	w := newWorld(kept(cfg))
	w.people()
	w.coro.Run(coro.Limits{Steps: cfg.Steps})
	w.coro.Close()
	log := w.src.log
	turns := log[whole("p1")]
	if len(turns) < 5 || len(w.src.hits) == 0 {
		t.Fatalf("%d turns, %d faults", len(turns), len(w.src.hits))
	}
	log[whole("p1")] = append(turns[:1:1], turns[2:]...)
	delete(log, whole("p2"))
	cfg.Source, cfg.book = coro.NewReplay(log), &book{}
	again := newWorld(kept(cfg))
	again.people()
	again.coro.Run(coro.Limits{Steps: cfg.Steps})
	again.coro.Close()
	for s, drawn := range again.src.log {
		late := strings.HasSuffix(string(s), string(coro.Latency)) // of as many servers as are up
		if was := log[s]; strings.HasPrefix(string(s), "actor/p1/") && !late && len(was) > 0 && drawn[0] != was[0] {
			t.Errorf("%s draws %d in place of %d", s, drawn[0], was[0])
		}
	}
	if n := len(again.src.log[whole("p1")]); n < 2 {
		t.Errorf("p1 has %d turns", n)
	}
	for _, e := range cfg.book.events {
		if strings.HasPrefix(e.from, "p2") {
			t.Errorf("p2 has left, and %s", e.what)
		}
	}
}
