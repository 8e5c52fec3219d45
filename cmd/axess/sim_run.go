package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/sim"
)

// simTwice is one of how many seeds that are run twice (SIM-014).
const simTwice = 100

// simTotals are what the seeds came to.
type simTotals struct {
	V             int            `json:"v"`
	Seeds         int            `json:"seeds"`
	From          uint64         `json:"from"`
	To            uint64         `json:"to"`
	Steps         int            `json:"steps"`
	WorldSeconds  float64        `json:"world_seconds"`
	Seconds       float64        `json:"seconds"`
	StepsPerSec   float64        `json:"steps_per_second"`
	Requests      int            `json:"requests"`
	SignIns       int            `json:"sign_ins"`
	Crashes       int            `json:"crashes"`
	Twice         int            `json:"seeds_run_twice"`
	Chain         string         `json:"chain"` // one digest over those of all seeds, in their order
	Violations    []simViolation `json:"violations"`
	Undetermined  []simDiffers   `json:"undetermined"`
	Interrupted   bool           `json:"interrupted,omitempty"`
	worldDuration time.Duration
	chains        map[uint64][32]byte
}

// chain is one digest over those of all seeds.
func (s *simTotals) chain() string {
	sum := sha256.New()
	for _, seed := range slices.Sorted(maps.Keys(s.chains)) {
		c := s.chains[seed]
		sum.Write(append(binary.BigEndian.AppendUint64(nil, seed), c[:]...))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// simViolation is a seed in which an invariant was broken.
type simViolation struct {
	Seed      uint64   `json:"seed"`
	Invariant string   `json:"invariant"`
	Step      int      `json:"step"`
	What      string   `json:"what"`
	Last      []string `json:"last"`            // lines of the trace
	File      string   `json:"file,omitempty"`  // of the whole run
	Small     string   `json:"small,omitempty"` // of what is left of it
	Story     string   `json:"story,omitempty"` // and in words
	Actions   int      `json:"actions,omitempty"`
	story     string
	report    string
}

// simDiffers is a seed that came out otherwise the second time.
type simDiffers struct {
	Seed uint64 `json:"seed"`
	Line string `json:"line"` // the first of the trace that differs
}

// crew runs seeds.
type crew struct {
	*simulation
	ctx   context.Context
	began time.Duration
	steps atomic.Int64 // of all, as far as they have come

	mu   sync.Mutex
	next uint64
	none bool // no seed is left
	sum  simTotals
}

// run runs all seeds and prints what they came to.
func (s *simulation) run(ctx context.Context) error {
	if !s.json {
		if s.from == s.to {
			fmt.Fprintf(s.p.stdout, "seed %d\n", s.from)
		} else {
			fmt.Fprintf(s.p.stdout, "seeds %d to %d\n", s.from, s.to)
		}
	}
	defer roomy(s.p.getenv)()
	c := &crew{simulation: s, ctx: ctx, began: s.clock.Mono(), next: s.from}
	c.sum = simTotals{V: 1, From: s.from, To: s.to, Violations: []simViolation{}, Undetermined: []simDiffers{}}
	err := c.show(ctx, c.line, func(func()) error {
		var tasks []*sched.Task
		for i := range s.workers {
			tasks = append(tasks, sched.Of(s.clock).Go(ctx, fmt.Sprintf("worker %d", i), c.work))
		}
		var errs error
		for _, task := range tasks {
			errs = errors.Join(errs, task.Wait(context.WithoutCancel(ctx)))
		}
		return errs
	})
	if err != nil {
		return fmt.Errorf("sim: %w", err)
	}
	slices.SortFunc(c.sum.Violations, func(a, b simViolation) int { return compare(a.Seed, b.Seed) })
	slices.SortFunc(c.sum.Undetermined, func(a, b simDiffers) int { return compare(a.Seed, b.Seed) })
	took := s.clock.Mono() - c.began
	c.sum.Seconds, c.sum.WorldSeconds = took.Seconds(), c.sum.worldDuration.Seconds()
	c.sum.StepsPerSec = float64(c.sum.Steps) / max(took.Seconds(), 1e-6)
	if err := c.explain(ctx); err != nil {
		return err
	}
	c.sum.Chain = c.sum.chain()
	if err := c.print(&c.sum); err != nil {
		return err
	}
	if c.sum.Interrupted {
		return fmt.Errorf("sim: stopped after %d of %d seeds", c.sum.Seeds, s.to-s.from+1)
	}
	return simEnd(len(c.sum.Violations), len(c.sum.Undetermined))
}

// roomy lets the collector run more seldom until the function that it returns is called:
// worlds are small and short, and what they leave behind is cheaper to drop at once.
// GOGC has the last word.
func roomy(getenv func(string) (string, bool)) func() {
	if _, set := getenv("GOGC"); set {
		return func() {}
	}
	before := debug.SetGCPercent(400)
	return func() { debug.SetGCPercent(before) }
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// work runs seeds until none is left.
func (c *crew) work(context.Context) error {
	for {
		c.mu.Lock()
		seed, none := c.next, c.none || c.ctx.Err() != nil
		if c.none = none || seed == c.to; !c.none {
			c.next++
		}
		c.mu.Unlock()
		if none {
			return nil
		}
		if err := c.seed(seed); err != nil { //nolint:contextcheck // the world has contexts of its own
			return err
		}
	}
}

// of is the run that a seed stands for.
func (s *simulation) of(seed uint64) sim.Config {
	cfg := s.cfg
	if cfg.Seed = seed; s.every > 0 {
		cfg = sim.Paired(cfg, s.every, s.pairs...)
	}
	return cfg
}

// seed runs one, or twice if it is its turn.
func (c *crew) seed(seed uint64) error {
	cfg := c.of(seed)
	last := 0
	cfg.Watch = func(steps int, _ time.Duration) error {
		c.steps.Add(int64(steps - last))
		last = steps
		return c.ctx.Err() //nolint:wrapcheck // it comes back to us
	}
	twice := c.to-c.from >= 15 && (seed-c.from)%simTwice == 0
	var first, second simTrace
	var file *os.File
	switch {
	case c.trace != "":
		f, err := os.Create(c.trace)
		if err != nil {
			return fmt.Errorf("trace: %w", err)
		}
		file = f
		first.file = f
		cfg.Trace = first.write
	case twice:
		cfg.Trace = first.add
	}
	r := sim.Run(cfg)
	if file != nil {
		if err := errors.Join(first.err, file.Close()); err != nil {
			return fmt.Errorf("trace: %w", err)
		}
	}
	if c.ctx.Err() != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sum.Interrupted = true
		return nil
	}
	c.steps.Add(int64(r.Steps - last))
	differs := simDiffers{Seed: seed}
	if twice {
		cfg.Trace, cfg.Watch, cfg.Checked = second.add, nil, true
		if again := sim.Run(cfg); again.Chain != r.Chain {
			differs.Line = first.differs(&second)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count(r, twice)
	if differs.Line != "" {
		c.sum.Undetermined = append(c.sum.Undetermined, differs)
	}
	if r.Broken() {
		c.sum.Violations = append(c.sum.Violations, simViolation{
			Seed: seed, Invariant: r.Invariant(), Step: r.Steps, What: r.Findings[0].Error(), Last: r.Last, report: r.Story(),
		})
	}
	return nil
}

func (c *crew) count(r *sim.Result, twice bool) {
	c.sum.Seeds++
	if c.sum.chains == nil {
		c.sum.chains = map[uint64][32]byte{}
	}
	c.sum.chains[r.Seed] = r.Chain
	c.sum.Steps += r.Steps
	c.sum.worldDuration += r.Time
	c.sum.Requests += r.Counts.Requests
	c.sum.SignIns += r.Counts.SignIns
	c.sum.Crashes += r.Counts.Crashes
	if twice {
		c.sum.Twice++
	}
}

// simTrace is a trace in a file, or in memory to compare it.
type simTrace struct {
	lines []string
	file  *os.File
	err   error
}

func (t *simTrace) add(line string) { t.lines = append(t.lines, line) }

func (t *simTrace) write(line string) {
	if t.err == nil {
		_, t.err = fmt.Fprintln(t.file, line)
	}
}

// differs is the first line of the other that is not the same.
func (t *simTrace) differs(other *simTrace) string {
	for i, line := range other.lines {
		if i >= len(t.lines) || line != t.lines[i] {
			return strings.TrimSpace(line)
		}
	}
	return fmt.Sprintf("it has %d lines, and then %d", len(t.lines), len(other.lines))
}

// replay has the run of a file again.
func (s *simulation) replay(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return &refusal.Error{What: err.Error(), Cure: "add --replay FILE", Code: refusal.Usage, Err: err}
	}
	rec, err := sim.Open(string(text))
	if err != nil {
		return &refusal.Error{What: name + ": " + err.Error(), Why: "axess sim has not written it, or another version has", Cure: "run axess sim", Code: refusal.Usage, Err: err}
	}
	if rec.Foreign() {
		fmt.Fprintf(s.p.stderr, "%s was recorded by commit %s, this is another one: the run may be another one\n", visible(name), visible(rec.Commit))
	}
	rec.Config.Within = s.p.site
	r := rec.Replay()
	if r.Short > 0 {
		fmt.Fprintf(s.p.stderr, "the log has ended early: %d choices were made as zero, which is the first task and no fault\n", r.Short)
	}
	c := &crew{simulation: s}
	c.sum = simTotals{V: 1, From: r.Seed, To: r.Seed, Violations: []simViolation{}, Undetermined: []simDiffers{}}
	c.count(r, false)
	c.sum.Chain = c.sum.chain()
	c.sum.WorldSeconds = c.sum.worldDuration.Seconds()
	if r.Broken() {
		story := rec.Story()
		c.sum.Violations = append(c.sum.Violations, simViolation{
			Seed: r.Seed, Invariant: r.Invariant(), Step: r.Steps, What: r.Findings[0].Error(), Last: r.Last,
			Actions: rec.Actions(), story: story.String(), report: r.Story(),
		})
	}
	if err := c.print(&c.sum); err != nil {
		return err
	}
	if was := rec.Invariant; was != "" && was != r.Invariant() {
		fmt.Fprintf(s.p.stderr, "when it was recorded, it broke %s\n", visible(was))
	}
	return simEnd(len(c.sum.Violations), 0)
}
