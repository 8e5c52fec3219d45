package sim

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/memory"
)

// Origin is the address of the site.
const Origin = "https://app.example.com"

// Config is one run.
type Config struct {
	// Seed expands into every choice of the run.
	Seed uint64
	// Source, unless nil, chooses in place of the seed.
	Source coro.Source
	// Steps is how many steps the run has. Zero: 20,000.
	Steps int
	// Servers that share the store. Zero: 3.
	Servers int
	// People who use the site. Zero: 4.
	People int
	// Faults are how often what goes wrong. Zero: nothing does.
	Faults Faults
	// Strategy says who goes next. Zero: any.
	Strategy coro.Strategy
	// Log, unless nil, is told what the servers log.
	Log io.Writer
	// Checked looks for goroutines that the product must not have.
	Checked bool
}

// World is a site with all that is around it.
type World struct {
	cfg     Config
	coro    *coro.World
	src     coro.Source
	outside *coro.Node // people, and whoever starts servers: no process of ours
	disk    *coro.Node // the store's own place, which does not crash
	stores  backend.Stores
	keys    keys.Source
	servers []*server
	post    *post
	ghost   *ghost
	invs    []invariant
	quiet   bool // faults have stopped
	log     *slog.Logger
}

// Result is what a run came to.
type Result struct {
	Seed     uint64
	Steps    int
	Time     time.Duration
	Chain    [32]byte
	Findings []error
	Last     []string // of the trace
	Counts   Counts
}

// Counts are what happened.
type Counts struct {
	Requests, Answers, SignUps, SignIns, SignOuts, Changes, Crashes, Faults, Refusals, Thefts int
}

// Broken reports that something was found.
func (r *Result) Broken() bool { return len(r.Findings) > 0 }

// Story says what was found and what came before it.
func (r *Result) Story() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, step %d, %v after the start\n", r.Seed, r.Steps, r.Time)
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "  %v\n", f)
		if p, ok := f.(interface{ Trace() string }); ok {
			fmt.Fprintf(&b, "%s\n", p.Trace())
		}
	}
	for _, l := range r.Last {
		fmt.Fprintf(&b, "  %s\n", l)
	}
	return b.String()
}

// Run makes a world and runs it.
func Run(cfg Config) *Result {
	w := newWorld(cfg)
	defer w.coro.Close()
	w.people()
	w.coro.Run(coro.Limits{Steps: w.cfg.Steps - w.cfg.Steps/10})
	if len(w.coro.Findings()) == 0 {
		w.calm()
		w.coro.Run(coro.Limits{Steps: w.cfg.Steps})
	}
	return &Result{
		Seed: cfg.Seed, Steps: w.coro.Steps(), Time: w.coro.Elapsed(), Chain: w.coro.Chain(),
		Findings: w.coro.Findings(), Last: w.coro.Last(), Counts: w.ghost.counts,
	}
}

func newWorld(cfg Config) *World {
	if cfg.Source == nil {
		cfg.Source = coro.NewSeeded(cfg.Seed)
	}
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	set(&cfg.Steps, 20_000)
	set(&cfg.Servers, 3)
	set(&cfg.People, 4)
	w := &World{cfg: cfg, src: cfg.Source, post: &post{}, log: slog.New(slog.DiscardHandler)}
	if cfg.Log != nil {
		w.log = slog.New(slog.NewTextHandler(cfg.Log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
	}
	w.coro = coro.New(coro.Config{Source: w.src, Strategy: cfg.Strategy, After: w.after, Checked: cfg.Checked})
	w.outside, w.disk = w.coro.Node("outside"), w.coro.Node("disk")
	w.ghost = newGhost(w)
	w.invs = invariants(w)
	w.stores = memory.New(memory.Config{Clock: w.disk}).Stores()
	w.keys = keys.Ephemeral(entropy.SeededBytes(coro.Expand(cfg.Seed, "keys")))
	for i := range cfg.Servers {
		s := &server{w: w, number: i + 1}
		w.servers = append(w.servers, s)
		w.outside.Go(context.Background(), fmt.Sprint("keeper", s.number), s.keep)
	}
	return w
}

// after looks at every invariant.
func (w *World) after() {
	for _, inv := range w.invs {
		if err := inv.check(); err != nil {
			w.coro.Report(fmt.Errorf("%s: %w", inv.name, err))
		}
	}
}

// limits are how long a login lives.
func (w *World) limits() session.Timeouts {
	return session.Timeouts{Idle: 20 * time.Minute, Absolute: 2 * time.Hour}
}

// calm ends the faults: what was begun must come to its end now (SIM-041).
func (w *World) calm() { w.quiet = true }

// chance draws whether something happens, so many times in a million.
func (w *World) chance(s coro.Stream, perMillion int) bool {
	if perMillion <= 0 {
		return false
	}
	const million = 1_000_000
	return w.src.Draw(s, million) >= million-uint64(perMillion)
}

// pick draws one of n.
func (w *World) pick(s coro.Stream, n int) int { return int(w.src.Draw(s, uint64(n))) }
