package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/sim"
)

// explain writes files about what was broken: the first seed of each invariant is made
// small and told.
func (c *crew) explain(ctx context.Context) error {
	told := map[string]bool{}
	for i := range c.sum.Violations {
		v := &c.sum.Violations[i]
		cfg := c.of(v.Seed)
		again, rec := sim.Record(cfg) //nolint:contextcheck // the world has contexts of its own
		if again.Steps != v.Step || again.Invariant() != v.Invariant {
			c.sum.Undetermined = append(c.sum.Undetermined, simDiffers{v.Seed, "it does not break " + v.Invariant + " again"})
			continue
		}
		name := filepath.Join(c.out, fmt.Sprintf("sim-%d", v.Seed))
		v.File = name + ".axsim"
		if err := save(v.File, rec.String()); err != nil {
			return err
		}
		if told[v.Invariant] || c.shrink == 0 || ctx.Err() != nil {
			continue
		}
		told[v.Invariant] = true
		if !c.json {
			fmt.Fprintf(c.p.stderr, "seed %d breaks %s: making it small, for at most %v\n", v.Seed, visible(v.Invariant), c.shrink)
		}
		end := c.clock.Mono() + c.shrink
		small := rec.Shrink(func() bool { return ctx.Err() != nil || c.clock.Mono() >= end }) //nolint:contextcheck // the world has contexts of its own
		story := small.Story()                                                                //nolint:contextcheck // the world has contexts of its own
		v.Small, v.Story, v.Actions, v.story = name+"-small.axsim", name+".md", small.Actions(), story.String()
		if err := save(v.Small, small.String()); err != nil {
			return err
		}
		if err := save(v.Story, "# Seed "+fmt.Sprint(v.Seed)+"\n\n```text\n"+story.String()+"```\n\n```mermaid\n"+story.Diagram()+"```\n\n```go\n"+story.Test()+"```\n"); err != nil {
			return err
		}
	}
	return nil
}

func save(name, text string) error {
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		return fmt.Errorf("sim: %w", err)
	}
	return nil
}

// print says what the seeds came to.
func (c *crew) print(sum *simTotals) error {
	if c.json {
		return printJSON(c.p.stdout, sum)
	}
	w := c.p.stdout
	for _, v := range sum.Violations {
		fmt.Fprintf(w, "\n%s\n", visible(v.report))
		if v.story != "" {
			fmt.Fprintf(w, "%s\n", visible(v.story))
		}
		for _, file := range []string{v.File, v.Small, v.Story} {
			if file != "" {
				fmt.Fprintf(w, "written: %s\n", visible(file))
			}
		}
	}
	for _, d := range sum.Undetermined {
		fmt.Fprintf(w, "seed %d came out otherwise the second time, first at: %s\n", d.Seed, visible(d.Line))
	}
	end := "everything held"
	switch {
	case sum.Interrupted:
		end = "stopped"
	case len(sum.Undetermined) > 0:
		end = "not a function of the seed"
	case len(sum.Violations) > 0:
		end = fmt.Sprintf("broken in %d", len(sum.Violations))
	}
	fmt.Fprintf(w, "%s: %s, %d steps", end, seeds(sum.Seeds), sum.Steps)
	if sum.Seconds > 0 {
		fmt.Fprintf(w, " in %.1f s (%.0f/s)", sum.Seconds, sum.StepsPerSec)
	}
	fmt.Fprintf(w, ", %s of the world's time, %d requests, %d sign-ins, %d crashes\n",
		sum.worldDuration.Round(time.Second), sum.Requests, sum.SignIns, sum.Crashes)
	return nil
}

func seeds(n int) string {
	if n == 1 {
		return "1 seed"
	}
	return fmt.Sprintf("%d seeds", n)
}

// show says how far it has come while do runs, if somebody looks. clear takes the line
// away, for whoever prints another one.
func (s *simulation) show(ctx context.Context, line func() string, do func(clear func()) error) error {
	if !s.p.terminal {
		return do(func() {})
	}
	side, stop := s.clock.WithCancel(ctx)
	var mu sync.Mutex
	drawn := 0
	draw := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		if drawn > 0 {
			fmt.Fprintf(s.p.stderr, "\r%*s\r", drawn, "")
		}
		drawn = len(text)
		fmt.Fprint(s.p.stderr, text)
	}
	shows := sched.Of(s.clock).Go(side, "progress", func(ctx context.Context) error {
		for s.clock.Sleep(ctx, redraw) == nil {
			draw(line())
		}
		return nil
	})
	err := do(func() { draw("") })
	stop(context.Canceled)
	if failed := shows.Wait(context.WithoutCancel(ctx)); err == nil {
		err = failed
	}
	draw("")
	return err
}

// line says how far the seeds are.
func (c *crew) line() string {
	steps, seconds := c.steps.Load(), (c.clock.Mono() - c.began).Seconds()
	c.mu.Lock()
	done, world := c.sum.Seeds, c.sum.worldDuration
	c.mu.Unlock()
	return fmt.Sprintf("%d of %d seeds, %d steps, %.0f/s, %s of the world's time", done, c.to-c.from+1, steps, float64(steps)/seconds, world.Round(time.Second))
}
