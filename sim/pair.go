package sim

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/coro"
)

// Flip is one fact that a world hides from somebody: a run of a pair has two worlds that
// differ in nothing else, in which those who must not learn it do the same things. What
// they see must be the same.
type Flip struct {
	// Name is what the fact is called: "exists".
	Name string
	// Statement says what the one world has and the other has not.
	Statement string
	// Invariant is the id of the one that says so: "I13" or "I14".
	Invariant string

	hidden func(ctx context.Context, st *stage) // makes the world what it is; asks st.flipped
	open   func(ctx context.Context, st *stage) // the same in both, behind it; nil: nothing
	looks  func(st *stage)                      // lets those live who look; nil: strangers
}

// ErrFlip is what a configuration with a Flip that nobody knows leads to.
var ErrFlip = errors.New("sim: no such fact")

// FlipNamed finds one of [Flips]. Error: [ErrFlip], which names what is nearest.
func FlipNamed(name string) (Flip, error) {
	var names []string
	for _, f := range Flips() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Flip{}, fmt.Errorf("%w: %.40q; did you mean %s?", ErrFlip, name, nearest(name, names))
}

// Pair makes two worlds that differ in one fact and lets those look who must not learn
// it. It is [Run] of a configuration with that Flip. Faults befall what they ask, and
// nothing else; tasks go in their order.
func Pair(cfg Config, flip Flip) *Result {
	cfg.Flip = flip.Name
	return Run(cfg)
}

// Paired is a run with the fact that its seed stands for, if it does: of so many seeds one
// is of a pair, and the facts of flips take turns. Flips that are none are all.
func Paired(cfg Config, every uint64, flips ...Flip) Config {
	if len(flips) == 0 {
		flips = Flips()
	}
	if every = max(every, 1); cfg.Seed%every == every/2 {
		cfg.Flip = flips[cfg.Seed/every%uint64(len(flips))].Name
	}
	return cfg
}

// seededAnew is the source of one side, from the beginning.
func seededAnew(cfg Config) func() coro.Source {
	return func() coro.Source { return coro.NewSeeded(cfg.Seed) }
}

// When the servers have started, when the hidden fact is there, and when those who look begin: at the same moment in
// both worlds, whatever it has taken to make them.
const (
	starting = 5 * time.Second
	hiddenBy = 3 * time.Minute
	opensAt  = 5 * time.Minute
)

// stage is one of the two worlds.
type stage struct {
	w       *World
	flipped bool
	watched map[string]bool // actors whose requests are compared
	seen    []*sight
	made    map[coro.Stream]entropy.Source
	opening bool    // what both have is set up
	busy    bool    // the other tenant is
	first   *person // of the first tenant
	rules   *admin  // of it
}

// sides is what a pair came to, beside its result.
type sides struct{ worlds [2]*World }

// recordPair runs both sides from the same draws and compares them. What was drawn is
// that of the one that has drawn more: the other is where it begins.
func recordPair(cfg Config, fresh func() coro.Source) (*Result, *Recording) {
	s := &sides{}
	defer func() {
		for _, w := range s.worlds {
			if w != nil {
				w.close()
			}
		}
	}()
	flip, err := FlipNamed(cfg.Flip)
	if err != nil {
		return &Result{Seed: cfg.Seed, Findings: []error{err}}, &Recording{Config: cfg}
	}
	r := s.run(cfg, flip, fresh)
	rec := &Recording{Commit: commit(), Invariant: r.Invariant(), Step: r.Steps, log: coro.Log{}, began: map[coro.Stream]time.Duration{}}
	for _, w := range s.worlds {
		if w == nil {
			continue
		}
		if rec.Config.Servers == 0 {
			rec.Config = w.cfg
			rec.Config.Seed = cfg.Seed
		}
		for stream, drawn := range w.src.log {
			if len(drawn) > len(rec.log[stream]) {
				rec.log[stream] = drawn
			}
		}
		for stream, at := range w.src.began {
			rec.began[stream] = at
		}
		rec.hits = w.src.hits
		if x, ok := w.src.src.(*coro.Replay); ok {
			r.Short += x.Short()
		}
	}
	c := &rec.Config
	c.Time, c.Steps, c.Calm = 0, r.Steps, 0
	c.Source, c.Trace, c.Watch, c.kept, c.book, c.stage = nil, nil, nil, false, nil, nil
	return r, rec
}

func (s *sides) run(cfg Config, flip Flip, fresh func() coro.Source) *Result {
	cfg.Steps = cmp.Or(cfg.Steps, defaultSteps)
	one := s.side(cfg, flip, fresh(), 0, nil)
	if len(one.w.coro.Findings()) > 0 {
		return s.sum(cfg, one)
	}
	other := s.side(cfg, flip, fresh(), 1, one)
	if f := other.w.coro.Findings(); len(f) > 0 {
		r := s.sum(cfg, one, other)
		if errors.Is(f[0], errStage) {
			r.Steps = cfg.Steps
			r.Findings[0] = broken(flip, "what both have could be set up in one of them alone: %v", f[0])
		}
		return r
	}
	i, what := apart(one.seen, other.seen)
	if only := cfg.Invariants; what == "" || len(only) > 0 && !slices.Contains(only, flip.Invariant) {
		return s.sum(cfg, one, other)
	}
	// Once more, no further than it takes: the story ends where the two part.
	one.w.close()
	other.w.close()
	cfg.Steps = 2 * (at(one.seen, i) + 1)
	one = s.side(cfg, flip, fresh(), 0, nil)
	other = s.side(cfg, flip, fresh(), 1, one)
	r := s.sum(cfg, one, other)
	r.Steps = cfg.Steps
	if len(r.Findings) == 0 {
		r.Findings = []error{broken(flip, "%s", what)}
	}
	return r
}

// broken is the finding that a fact is not hidden.
func broken(flip Flip, format string, a ...any) error {
	all := invariants()
	at := slices.IndexFunc(all, func(v invariant) bool { return v.ID == flip.Invariant })
	return &Broken{all[at].Invariant, flip.Statement + ": " + fmt.Sprintf(format, a...)}
}

// errStage is the finding of a world in which what both are to have could not be set up.
var errStage = errors.New("sim: a pair cannot be set up")

// at is the step of a sight.
func at(seen []*sight, i int) int {
	if i < len(seen) {
		return seen[i].step
	}
	return 0
}

// sum is what both sides came to.
func (s *sides) sum(cfg Config, of ...*stage) *Result {
	r := &Result{Seed: cfg.Seed, Reached: map[string]int{}}
	sum := sha256.New()
	for _, st := range of {
		w := st.w
		chain := w.coro.Chain()
		sum.Write(chain[:])
		r.Steps += w.coro.Steps()
		r.Time, r.Last, r.Counts = w.coro.Elapsed(), w.coro.Last(), w.ghost.counts
		r.Findings = append(r.Findings, w.coro.Findings()...)
		for k, n := range w.ghost.reached {
			r.Reached[k] += n
		}
		r.Pairs += len(st.seen)
	}
	r.Pairs /= 2
	sum.Sum(r.Chain[:0])
	return r
}

// side makes one of the worlds and runs it: the first for half of the steps, the other
// until as much was seen.
func (s *sides) side(cfg Config, flip Flip, src coro.Source, which int, before *stage) *stage {
	cfg.Source = src
	cfg.Strategy = coro.FIFO()
	if cfg.Servers == 0 {
		cfg.Servers = 2
	}
	cfg.Faults = cfg.Faults.ofRequests()
	cfg.CrashPoint = CrashPoint{}
	if which == 0 {
		cfg.book = nil
	}
	if watch, done := cfg.Watch, 0; watch != nil {
		if before != nil && before.w != nil {
			done = before.w.coro.Steps()
		}
		cfg.Watch = func(steps int, at time.Duration) error { return watch(done+steps, at) }
	}
	st := &stage{flipped: which == 1, watched: map[string]bool{}, made: map[coro.Stream]entropy.Source{}}
	cfg.stage = st
	w := newWorld(cfg)
	w.quiet = true
	st.w, s.worlds[which] = w, w
	w.outside.Go(context.Background(), "stage", func(ctx context.Context) { st.opens(ctx, flip) })
	if before == nil {
		w.coro.Run(coro.Limits{Steps: max(1, cfg.Steps/2), Until: cfg.Time})
		return st
	}
	// What goes on in the background may be more here; it is not without end.
	most := 4*cfg.Steps + 100_000
	for len(st.seen) < len(before.seen) && w.coro.Steps() < most {
		if w.coro.Run(coro.Limits{Steps: w.coro.Steps() + 16}) != coro.Spent {
			break
		}
	}
	return st
}

// opens makes the world what it is, and lets those live who look.
func (st *stage) opens(ctx context.Context, flip Flip) {
	w := st.w
	wait := func(until time.Duration) bool {
		left := until - w.coro.Elapsed()
		if left < 0 {
			w.coro.Report(fmt.Errorf("sim: %s took too long to set up", flip.Name))
			return false
		}
		return w.outside.Sleep(ctx, left) == nil
	}
	if !wait(starting) {
		return
	}
	flip.hidden(ctx, st)
	if !wait(hiddenBy) {
		return
	}
	st.opening = true
	if flip.open != nil {
		flip.open(ctx, st)
	}
	if !wait(opensAt) {
		return
	}
	w.quiet = false
	if flip.looks != nil {
		flip.looks(st)
		return
	}
	st.strangers("ada@example.org")
}

// watches says that a turn is of somebody who looks.
func (st *stage) watches(t *turn) bool { return t != nil && st.watched[t.actor] }

// let has an actor do something now, and waits for it.
func (st *stage) let(ctx context.Context, a *actor, do func(context.Context)) {
	done := st.w.outside.NewWaiter("what is set up")
	a.start(func(ctx context.Context) {
		defer done.Wake()
		if a.begin() == nil {
			do(ctx)
		}
	})
	done.Wait(ctx) //nolint:errcheck // the world has ended
}

// ofRequests are the faults that befall one request and its calls alone. None of them
// arrives twice: what takes a name would find it taken, by itself.
func (f Faults) ofRequests() Faults {
	return Faults{Fail: f.Fail, LostAck: f.LostAck, Delay: f.Delay, Lost: f.Lost}
}

// secrets is the randomness of a server in a pair: each request and each job has its own,
// so that what others do changes nothing in it.
type secrets struct {
	st   *stage
	name string
}

// Fill implements entropy.Source.
func (x secrets) Fill(p []byte) {
	w := x.st.w
	of := coro.Stream("entropy/" + x.name + "/" + w.coro.Task())
	if t := w.turn(); t != nil {
		of += "/" + t.own
	}
	src := x.st.made[of]
	if src == nil {
		src = entropy.SeededBytes(coro.Expand(w.cfg.Seed, of))
		x.st.made[of] = src
	}
	src.Fill(p)
}

// entropy is the randomness of one life of a server.
func (w *World) entropy(name string) entropy.Source {
	if w.cfg.stage != nil {
		return secrets{w.cfg.stage, name}
	}
	return entropy.SeededBytes(coro.Expand(w.cfg.Seed, coro.Stream("entropy/"+name)))
}
