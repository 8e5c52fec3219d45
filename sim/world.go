package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/coro"
	"github.com/axess-go/axess/session"
)

// Origin is the address of the site.
const Origin = "https://app.example.com"

// Config is one run.
type Config struct {
	// Seed expands into every choice of the run.
	Seed uint64
	// Source, unless nil, chooses in place of the seed.
	Source coro.Source `json:"-"`
	// Steps is how many steps the run has. Zero: 20,000.
	Steps int
	// Time, unless zero, is how long the run lasts at most, in the world's own time.
	Time time.Duration
	// Calm is the step from which on nothing goes wrong any more. Zero: when a tenth of
	// the steps is left.
	Calm int
	// Servers that share the store. Zero: 3.
	Servers int
	// People who use the site. Zero: 4.
	People int
	// Actors are the names of those who are there: of [Actors]. Empty: everybody.
	Actors []string `json:",omitempty"`
	// Tenants is 1 or 2: how many the site has when its operator has made the second.
	// Zero: 2.
	Tenants int `json:",omitempty"`
	// Store is how the store behind the servers behaves. Zero: [SQL]. [SQLite] has one
	// server, whatever Servers says.
	Store Persona
	// Dir is where a store that keeps files does, in a directory of its own that ends
	// with the run. Empty: where files are fast.
	Dir string
	// Faults are how often what goes wrong. Zero: nothing does.
	Faults Faults
	// CrashPoint is a call at which the server that makes it dies. Zero: none.
	CrashPoint CrashPoint
	// Strategy says who goes next. Zero: any.
	Strategy coro.Strategy
	// Log, unless nil, is told what the servers log.
	Log io.Writer `json:"-"`
	// Trace, unless nil, is told every line of the trace.
	Trace func(line string) `json:"-"`
	// Watch, unless nil, is called now and then with the steps that were made and the time
	// that has passed in the world. An error ends the run, as a finding.
	Watch func(steps int, at time.Duration) error `json:"-"`
	// Invariants, unless empty, are the ids of the only ones that are looked at.
	Invariants []string
	// Within, unless nil, is put around the handlers of the program, at each start of a
	// server: next has the pages and what the site serves. It is the place for handlers of
	// one's own. They wait for nothing but what axess gives them, and start no goroutine.
	Within func(next http.Handler) http.Handler `json:"-"`
	// Flip is the name of a fact in which two worlds differ that are made in place of
	// one, and compared: one of [Flips]. Empty: there is one world.
	Flip string `json:",omitempty"`
	// Checked looks for goroutines that the product must not have.
	Checked bool

	kept  bool      // what is drawn is written down
	book  *book     // is told what happens
	start time.Time // when time begins; zero: coro.Start
	stage *stage    // of a pair; nil: the world is alone
}

const defaultSteps = 20_000

// CrashPoint is one call of a store.
type CrashPoint struct {
	// Verb is the verb's name: "session.Rotate".
	Verb string
	// N is which of its calls, counted from 1 over all servers.
	N int
	// After says that the effect stands when the server dies.
	After bool
}

// World is a site with all that is around it.
type World struct {
	cfg     Config
	coro    *coro.World
	src     *tape
	book    *book      // nil: nobody wants to be told
	outside *coro.Node // people, and whoever starts servers: no process of ours
	disk    *coro.Node // the store's own place, which does not crash
	place   *place
	safe    *safe
	bout    *bout // decides in place of chance; nil: it is no duel
	servers []*server
	post    *post
	ghost   *ghost
	invs    []invariant
	second  identity.TenantID // zero until the second tenant is there
	most    int               // sessions of a person; zero: any number
	habits  habits
	calmed  time.Duration // when faults stopped
	quiet   bool          // faults have stopped
	log     *slog.Logger

	asks      map[string]int // steps from which on everybody is asked for an app, by origin
	deploying bool
	verbs     int                            // calls of the verb of the crash point
	loot      map[session.Ref]session.Record // of somebody who reads the database
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
	Short    int // draws that lay behind the end of a log that was replayed
	// Pairs is how many requests were compared with those of another world.
	Pairs int
	// Reached is how often each kind of fault befell each verb, as "fail session.Load",
	// or a whole server, as "pause" (SIM-093).
	Reached map[string]int
}

// Counts are what happened.
type Counts struct {
	Requests, Answers, SignUps, SignIns, SignOuts, Changes, Crashes, Faults, Refusals, Thefts, Guesses, StepUps, Orders, Lures, Replays int
}

// Broken reports that something was found.
func (r *Result) Broken() bool { return len(r.Findings) > 0 }

// Invariant is what was broken first, as "SIM-I03 DeadStaysDead"; empty: nothing was.
func (r *Result) Invariant() string {
	if len(r.Findings) == 0 {
		return ""
	}
	f := r.Findings[0]
	if broken := (*Broken)(nil); errors.As(f, &broken) {
		return broken.Invariant.String()
	}
	for _, one := range []error{coro.ErrSpinning, coro.ErrStruggles} {
		if errors.Is(f, one) {
			return one.Error()
		}
	}
	return noPanic().String() // what a task throws
}

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
	if cfg.Flip != "" {
		r, _ := recordPair(cfg, seededAnew(cfg))
		return r
	}
	return newWorld(cfg).run()
}

// calmAt is the step from which on nothing goes wrong.
func (w *World) calmAt() int {
	if w.cfg.Calm > 0 {
		return min(w.cfg.Calm, w.cfg.Steps)
	}
	return w.cfg.Steps - w.cfg.Steps/10
}

// run lets people and servers live to the end of the run.
func (w *World) run() *Result {
	defer w.close()
	w.people()
	w.coro.Run(coro.Limits{Steps: w.calmAt(), Until: w.cfg.Time - w.cfg.Time/10})
	w.cfg.Calm = max(1, w.coro.Steps())
	if len(w.coro.Findings()) == 0 {
		w.calm()
		w.coro.Run(coro.Limits{Steps: w.cfg.Steps, Until: w.cfg.Time})
		w.still()
	}
	return &Result{
		Seed: w.cfg.Seed, Steps: w.coro.Steps(), Time: w.coro.Elapsed(), Chain: w.coro.Chain(),
		Findings: w.coro.Findings(), Last: w.coro.Last(), Counts: w.ghost.counts,
		Reached: w.ghost.reached,
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
	set(&cfg.Steps, defaultSteps)
	if cfg.Store == "" {
		cfg.Store = SQL
	}
	if cfg.Store == SQLite {
		cfg.Servers = 1
	}
	set(&cfg.Servers, 3)
	set(&cfg.People, 4)
	w := &World{cfg: cfg, book: cfg.book, loot: map[session.Ref]session.Record{}, asks: map[string]int{}}
	w.src = &tape{w: w, src: cfg.Source}
	if cfg.stage != nil {
		cfg.stage.w = w
	}
	if cfg.kept {
		w.src.log, w.src.began = coro.Log{}, map[coro.Stream]time.Duration{}
	}
	w.log = logbook{w}.logger()
	w.coro = coro.New(coro.Config{Source: w.src, Strategy: cfg.Strategy, After: w.after, Trace: cfg.Trace, Checked: cfg.Checked, Start: cfg.start})
	w.outside, w.disk = w.coro.Node("outside"), w.coro.Node("disk")
	w.ghost, w.invs = newGhost(w), invariants()
	const limit = 3
	w.most = limit * w.pick("limit", 2)
	if cfg.stage == nil && w.pick("app", 4) == 3 {
		w.asks[Origin] = 1
	}
	w.drawHabits()
	w.post = &post{w: w}
	var err error
	if w.place, err = newPlace(w); err == nil {
		w.safe, err = newSafe(w)
	}
	if err != nil {
		w.coro.Report(err)
		return w
	}
	for i := range cfg.Servers {
		s := &server{w: w, number: i + 1}
		w.servers = append(w.servers, s)
		w.outside.Go(context.Background(), fmt.Sprint("keeper", s.number), s.keep)
	}
	return w
}

// close ends the world, and removes what it has written.
func (w *World) close() {
	w.coro.Close()
	if w.place == nil {
		return
	}
	if err := w.place.close(); err != nil {
		w.log.Error("close", "error", err)
	}
}

// chance draws whether something happens, so many times in a million.
func (w *World) chance(s coro.Stream, perMillion int) bool {
	if perMillion <= 0 {
		return false
	}
	if w.src.Draw(s, million) < million-uint64(perMillion) {
		return false
	}
	w.src.hit(s)
	return true
}

// pick draws one of n.
func (w *World) pick(s coro.Stream, n int) int { return int(w.src.Draw(s, uint64(n))) }

// around draws a number from -n to n, of which zero is the tamest.
func (w *World) around(n int64) int64 {
	return (int64(w.src.Draw(coro.Faults, uint64(2*n+1)))+n)%(2*n+1) - n
}
