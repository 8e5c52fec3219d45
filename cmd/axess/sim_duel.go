package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/sim"
)

// simFought is what a duel came to.
type simFought struct {
	Name     string   `json:"name"`
	Runs     int      `json:"runs"`
	Orders   int      `json:"orders"`
	OfAll    float64  `json:"of_all"`
	Together int      `json:"together"`
	Faults   int      `json:"faults"`
	Seconds  float64  `json:"seconds"`
	Broken   []string `json:"broken"`
	broken   []sim.Bout
	done     *sched.Gate
}

// ring is where duels are fought, some at once.
type ring struct {
	*simulation
	ctx   context.Context
	began time.Duration

	runs atomic.Int64 // of all, as far as they have come

	mu     sync.Mutex
	next   int
	duels  []sim.Duel
	fought []*simFought
}

// duels tries one by its name, or all, or has one run of one again.
func (s *simulation) duels(ctx context.Context, c *cli.Command) error {
	name := c.String("scenario")
	if name != "all" && !slices.Contains(simScenarios(), name) {
		return misunderstood(c, fmt.Sprintf("--scenario: %v", unlike(name, simScenarios())))
	}
	if given(c, "order", "fault", "together") != "" {
		if name == "all" || !c.IsSet("order") || c.IsSet("spread") {
			return misunderstood(c, "--order, with --fault and --together, is one run of one --scenario")
		}
		return s.bout(c, sim.Bout{Duel: name, Order: c.String("order"), Fault: c.String("fault"), Together: c.Bool("together"), Within: s.p.site}) //nolint:contextcheck // the world has contexts of its own
	}
	r := &ring{simulation: s, ctx: ctx, began: s.clock.Mono()}
	for _, d := range sim.Duels() {
		if name == "all" || name == d.Name {
			r.duels = append(r.duels, d)
			r.fought = append(r.fought, &simFought{Name: d.Name, Broken: []string{}, done: sched.Of(s.clock).NewGate(d.Name)})
		}
	}
	for i := range s.workers {
		sched.Of(s.clock).Go(ctx, fmt.Sprintf("worker %d", i), r.work)
	}
	runs, broken := 0, 0
	if err := s.show(ctx, r.line, func(clear func()) error {
		for _, f := range r.fought {
			if err := f.done.Wait(ctx); err != nil {
				return fmt.Errorf("sim: stopped at %s: %w", f.Name, err)
			}
			clear()
			runs, broken = runs+f.Runs, broken+len(f.broken)
			if err := r.told(f); err != nil { //nolint:contextcheck // the world has contexts of its own
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	took := (s.clock.Mono() - r.began).Seconds()
	if s.json {
		if err := printJSON(s.p.stdout, map[string]any{"v": 1, "scenarios": r.fought, "seconds": took}); err != nil {
			return err
		}
	} else {
		end := "everything held"
		if broken > 0 {
			end = fmt.Sprintf("broken in %d", broken)
		}
		fmt.Fprintf(s.p.stdout, "%s: %d duels, %d runs in %.1f s (%.0f/s)\n", end, len(r.fought), runs, took, float64(runs)/max(took, 1e-6))
	}
	return simEnd(broken, 0)
}

// line says how far the duels are.
func (r *ring) line() string {
	r.mu.Lock()
	at := min(r.next, len(r.duels))
	r.mu.Unlock()
	runs, seconds := r.runs.Load(), (r.clock.Mono() - r.began).Seconds()
	return fmt.Sprintf("at duel %d of %d, %d runs, %.0f/s", at, len(r.duels), runs, float64(runs)/max(seconds, 1e-6))
}

// work fights duels until none is left, the longest ones as they come.
func (r *ring) work(context.Context) error {
	for {
		r.mu.Lock()
		i := r.next
		r.next++
		r.mu.Unlock()
		if ended := r.ctx.Err() != nil; ended || i >= len(r.duels) {
			return nil //nolint:nilerr // whoever waits for the duels says so
		}
		f, began := r.fought[i], r.clock.Mono()
		out := r.duels[i].Fight(sim.Bounds{ //nolint:contextcheck // the world has contexts of its own
			Every: r.spread, Within: r.p.site, Watch: func(int) error { r.runs.Add(1); return r.ctx.Err() },
		})
		f.Runs, f.Orders, f.OfAll, f.Together, f.Faults, f.broken = out.Runs, out.Orders, out.OfAll, out.Together, out.Faults, out.Broken
		f.Seconds = (r.clock.Mono() - began).Seconds()
		for _, b := range out.Broken {
			f.Broken = append(f.Broken, b.String())
		}
		if ended := r.ctx.Err() != nil; ended {
			return nil //nolint:nilerr // whoever waits for the duels says so
		}
		f.done.Open()
	}
}

// told says what a duel came to. The first run in which it is lost is told whole.
func (r *ring) told(f *simFought) error {
	if !r.json {
		end := "held"
		if len(f.broken) > 0 {
			end = fmt.Sprintf("broken in %d", len(f.broken))
		}
		fmt.Fprintf(r.p.stdout, "%s: %d runs in %.1f s: %d orders that differ of at most %.0f, %d on one server, %d faults: %s\n",
			f.Name, f.Runs, f.Seconds, f.Orders, f.OfAll, f.Together, f.Faults, end)
	}
	if len(f.broken) == 0 {
		return nil
	}
	_, err := r.tale(f.broken[0])
	return err
}

// tale prints the story of a run and writes it down; lost says that something did not
// hold in it.
func (s *simulation) tale(b sim.Bout) (lost bool, err error) {
	story, err := b.Story()
	if err != nil {
		return false, fmt.Errorf("sim: %w", err)
	}
	text := story.String()
	if !s.json {
		fmt.Fprintf(s.p.stdout, "\n%s\n%s\n", visible(text), visible(b.Command()))
	}
	if !story.Broken() {
		return false, nil
	}
	file := filepath.Join(s.out, "duel-"+regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(b.Duel, "-")+".md")
	if err := save(file, "# "+b.Duel+"\n\n```sh\n"+b.Command()+"\n```\n\n```text\n"+text+"```\n\n```mermaid\n"+story.Diagram()+"```\n\n```go\n"+story.Test()+"```\n"); err != nil {
		return true, err
	}
	if !s.json {
		fmt.Fprintf(s.p.stdout, "written: %s\n", visible(file))
	}
	return true, nil
}

// bout has one run.
func (s *simulation) bout(c *cli.Command, b sim.Bout) error {
	lost, err := s.tale(b)
	switch {
	case errors.Is(err, sim.ErrNoDuel):
		return misunderstood(c, reason(err))
	case err != nil:
		return err
	case lost:
		return findings()
	}
	return nil
}
