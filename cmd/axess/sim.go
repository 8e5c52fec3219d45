package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/sim"
)

const simAbout = `Several servers, their store, people and attackers run on one thread and a time
of their own, all from a seed: with crashes, lost answers and clocks that
disagree. After every step it is looked at what must never be. Equal seeds give
equal runs, so what is found can be had again:

  axess sim --seeds 1..64
  axess sim --replay sim-42.axsim

Nothing real is touched: no port, no database, no mail. Files are written only
when something was broken.

Exit codes: 0 everything held, 1 an invariant was broken, 2 failed, 3 a seed
came out otherwise the second time, 4 something of the environment is missing,
64 not understood.`

// simUndetermined is the exit code of a run that is not a function of its seed
// (SIM-090). It is the number of what is not available elsewhere.
const simUndetermined = 3

// sim runs the simulator.
func (p process) sim() *cli.Command {
	text := func(name, usage, byDefault string) cli.Flag {
		return &cli.StringFlag{Name: name, Usage: usage, DefaultText: byDefault, OnlyOnce: true}
	}
	return &cli.Command{
		Name: "sim", Usage: "run the whole product from a seed, with faults and attackers", Description: simAbout,
		Flags: []cli.Flag{
			text("seed", "`N` from which everything is drawn", "a random one, printed first"),
			text("seeds", "`A..B`: all of these seeds", ""),
			text("steps", "`N` steps for each seed", strconv.Itoa(simSteps)),
			text("time", "`D`, such as 12h, at most for each seed, in the world's own time", ""),
			text("faults", "`SPEC` of what goes wrong: "+strings.Join(simProfiles(), ", ")+", and kinds with rates, as in default,crash=1e-3,skew=90s", "default"),
			text("backend", "`NAME` of the store behind the servers: sql, replica, valkey or sqlite", "sql"),
			text("nodes", "`N` servers that share the store", "3"),
			text("people", "`N` people who use the site", "4"),
			text("workers", "`N` seeds at once", "one for each processor"),
			text("actors", "`LIST` of the only ones who are there: people, and "+strings.Join(sim.Actors()[1:], ", "), "all"),
			text("tenants", "`N` tenants on the same servers, 1 or 2", "2"),
			text("engine", "`NAME` of what runs it: coro; real servers come later", "coro"),
			text("pairs", "`LIST` of hidden facts: each seed makes two worlds that differ in one of them; all, or none", "all, in one seed of eight"),
			text("invariants", "`LIST` of the only ones to look at, by id: I03,I08", "all"),
			text("scenario", "try every order and every single fault of a duel by its `NAME`, or of all", ""),
			text("spread", "of the faults of a duel only one in `N`, evenly", "1"),
			text("order", "of the duel only the one run in which it is `WHO` after whom: LLRL", ""),
			text("fault", "in that run, `WHAT` befalls a call: left.3:lostack", "nothing"),
			&cli.BoolFlag{Name: "together", Usage: "in that run, one server has both sides"},
			&cli.StringFlag{Name: "replay", Usage: "have the run of a `FILE` again instead", OnlyOnce: true, TakesFile: true},
			text("shrink", "`D` of real time to make a broken run small; 0s: leave it", simShrink.String()),
			&cli.StringFlag{Name: "out", Usage: "`DIRECTORY` for files about what was broken", Value: ".", OnlyOnce: true, TakesFile: true},
			&cli.StringFlag{Name: "trace", Usage: "write each step of the one seed to a `FILE`", OnlyOnce: true, TakesFile: true},
			&cli.BoolFlag{Name: "json", Usage: "print the result as JSON"},
			&cli.BoolFlag{Name: "list", Usage: "print the invariants and the sets of faults, and run nothing"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if c.Bool("list") {
				return p.simList(c)
			}
			s, err := p.simulation(c)
			if err != nil {
				return err
			}
			if c.IsSet("scenario") {
				return s.duels(ctx, c)
			}
			if c.IsSet("replay") {
				return s.replay(c.String("replay")) //nolint:contextcheck // the world has contexts of its own
			}
			return s.run(ctx)
		},
	}
}

const (
	simSteps  = 100_000
	simShrink = 2 * time.Minute
	simPairs  = 8 // one of so many seeds is of a pair
)

// simulation is what was asked for.
type simulation struct {
	p        process
	clock    clock.Clock
	cfg      sim.Config // of every seed
	from, to uint64     // seeds
	every    uint64     // one of so many seeds is of a pair; zero: none is
	pairs    []sim.Flip // that it may be; none: all
	workers  int
	shrink   time.Duration
	spread   int    // of the faults of duels, one in so many
	out      string // directory
	trace    string // file; empty: none
	json     bool
}

// simulation reads the flags.
func (p process) simulation(c *cli.Command) (*simulation, error) {
	s := &simulation{
		every: simPairs, p: p, clock: clock.System(), out: c.String("out"), trace: c.String("trace"), json: c.Bool("json"),
		workers: runtime.GOMAXPROCS(0), shrink: simShrink, cfg: sim.Config{Steps: simSteps, Faults: sim.Default(), Within: p.site},
	}
	if err := simEngine(c); err != nil {
		return nil, err
	}
	if c.IsSet("scenario") {
		if other := given(c, "seed", "seeds", "steps", "time", "faults", "backend", "nodes", "people", "invariants", "replay", "shrink", "trace"); other != "" {
			return nil, misunderstood(c, "--scenario tries what there is, and takes no --"+other)
		}
	}
	if other := given(c, "spread", "order", "fault", "together"); other != "" && !c.IsSet("scenario") {
		return nil, misunderstood(c, "--"+other+" is about a --scenario")
	}
	if c.IsSet("replay") {
		if other := given(c, "seed", "seeds", "steps", "time", "faults", "backend", "nodes", "people", "actors", "tenants", "pairs", "workers", "invariants"); other != "" {
			return nil, misunderstood(c, "--replay has all of the run in its file, and takes no --"+other)
		}
	}
	read := []struct {
		flag string
		into func(string) error
	}{
		{"seed", func(v string) (err error) {
			s.from, err = strconv.ParseUint(v, 10, 64)
			s.to = s.from
			return err
		}},
		{"seeds", s.seeds},
		{"steps", count(&s.cfg.Steps, 1_000_000_000)},
		{"time", span(&s.cfg.Time)},
		{"faults", s.faults},
		{"backend", s.store},
		{"nodes", count(&s.cfg.Servers, 16)},
		{"people", count(&s.cfg.People, 64)},
		{"workers", count(&s.workers, 1024)},
		{"actors", s.actors},
		{"tenants", count(&s.cfg.Tenants, 2)},
		{"pairs", s.flips},
		{"invariants", s.invariants},
		{"shrink", span(&s.shrink)},
		{"spread", count(&s.spread, 1_000_000)},
	}
	for _, r := range read {
		if !c.IsSet(r.flag) {
			continue
		}
		if err := r.into(c.String(r.flag)); err != nil {
			return nil, misunderstood(c, fmt.Sprintf("--%s %q: %v", r.flag, c.String(r.flag), reason(err)))
		}
	}
	switch {
	case c.IsSet("seed") && c.IsSet("seeds"):
		return nil, misunderstood(c, "--seed and --seeds say the same thing twice")
	case !c.IsSet("seed") && !c.IsSet("seeds") && !c.IsSet("replay"):
		var b [4]byte // short enough to be read to somebody
		entropy.System().Fill(b[:])
		s.from = uint64(binary.BigEndian.Uint32(b[:]))
		s.to = s.from
	}
	if s.trace != "" && s.from != s.to {
		return nil, misunderstood(c, "--trace is of one seed")
	}
	if info, err := os.Stat(s.out); err != nil || !info.IsDir() {
		return nil, misunderstood(c, fmt.Sprintf("--out %q is no directory", s.out))
	}
	return s, nil
}

// given is the first of some flags that was used.
func given(c *cli.Command, names ...string) string {
	for _, name := range names {
		if c.IsSet(name) {
			return name
		}
	}
	return ""
}

// reason is an error in the words of a person.
func reason(err error) string {
	text := err.Error()
	if _, after, ok := strings.Cut(text, ": invalid syntax"); ok && after == "" {
		return "is not a number"
	}
	return text
}

func count(into *int, most int) func(string) error {
	return func(v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > most {
			return fmt.Errorf("must be a number from 1 to %d", most)
		}
		*into = n
		return nil
	}
}

func span(into *time.Duration) func(string) error {
	return func(v string) error {
		d, err := time.ParseDuration(v)
		if err != nil || d < 0 {
			return fmt.Errorf("must be a time such as 90s or 12h")
		}
		*into = d
		return nil
	}
}

func (s *simulation) seeds(v string) error {
	a, b, ok := strings.Cut(v, "..")
	from, err1 := strconv.ParseUint(a, 10, 64)
	to, err2 := strconv.ParseUint(b, 10, 64)
	if !ok || err1 != nil || err2 != nil || to < from {
		return fmt.Errorf("must be two numbers in order, such as 1..64")
	}
	s.from, s.to = from, to
	return nil
}

// simProfiles are the sets of faults, from the tamest.
func simProfiles() []string { return []string{"none", "light", "default", "heavy", "chaos"} }

func (s *simulation) faults(v string) (err error) {
	s.cfg.Faults, err = sim.ParseFaults(v)
	return err
}

// store takes the name of a persona.
func (s *simulation) store(v string) error {
	var names []string
	for _, p := range sim.Personas() {
		names = append(names, string(p))
	}
	if !slices.Contains(names, v) {
		return unlike(v, names)
	}
	s.cfg.Store = sim.Persona(v)
	return nil
}

// invariants takes ids and names.
func (s *simulation) invariants(v string) error {
	all := sim.Invariants()
	var known []string
	for _, inv := range all {
		known = append(known, inv.ID, inv.Name)
	}
	for _, word := range strings.Split(v, ",") {
		word = strings.TrimPrefix(strings.TrimSpace(word), "SIM-")
		i := slices.IndexFunc(all, func(inv sim.Invariant) bool { return inv.ID == word || strings.EqualFold(inv.Name, word) })
		if i < 0 {
			return unlike(word, known)
		}
		s.cfg.Invariants = append(s.cfg.Invariants, all[i].ID)
	}
	return nil
}

// simEngine refuses what there is no engine for (SIM-080).
func simEngine(c *cli.Command) error {
	switch name := c.String("engine"); name {
	case "", "coro":
		return nil
	case "real":
		return &refusal.Error{
			What: "--engine real: there is no engine of real servers yet", Why: "so far everything runs in the simulator alone",
			Cure: "leave --engine out, or use coro",
		}
	default:
		return misunderstood(c, fmt.Sprintf("--engine: %v", unlike(name, []string{"coro", "real"})))
	}
}

// actors takes the names of those who are there.
func (s *simulation) actors(v string) error {
	for _, word := range strings.Split(v, ",") {
		s.cfg.Actors = append(s.cfg.Actors, strings.TrimSpace(word))
	}
	return sim.CheckActors(s.cfg.Actors)
}

// flips takes the names of hidden facts.
func (s *simulation) flips(v string) error {
	s.every = 1
	switch v {
	case "all":
		return nil
	case "none":
		s.every = 0
		return nil
	}
	for _, word := range strings.Split(v, ",") {
		f, err := sim.FlipNamed(strings.TrimSpace(word))
		if err != nil {
			return unlike(strings.TrimSpace(word), append(simFlips(), "all", "none"))
		}
		s.pairs = append(s.pairs, f)
	}
	return nil
}

// simFlips are the names of the facts.
func simFlips() (names []string) {
	for _, f := range sim.Flips() {
		names = append(names, f.Name)
	}
	return names
}

// unlike names what was probably meant.
func unlike(typed string, words []string) error {
	if near := settings.Nearest(typed, words); near != "" {
		return fmt.Errorf("there is no %q; did you mean %s?", typed, near)
	}
	return fmt.Errorf("there is no %q; see axess sim --list", typed)
}

// simListed is what --list --json prints.
type simListed struct {
	V          int             `json:"v"`
	Invariants []sim.Invariant `json:"invariants"`
	Faults     []string        `json:"faults"`
	Scenarios  []string        `json:"scenarios"`
	Pairs      []string        `json:"pairs"`
}

// simList prints what can be asked for.
func (p process) simList(c *cli.Command) error {
	all := sim.Invariants()
	if c.Bool("json") {
		return printJSON(p.stdout, simListed{1, all, simProfiles(), simScenarios(), simFlips()})
	}
	rows := [][]string{{"INVARIANT", "NAME", "WHAT HOLDS"}}
	for _, inv := range all {
		rows = append(rows, []string{inv.ID, inv.Name, inv.Statement})
	}
	printTable(p.stdout, rows...)
	fmt.Fprintf(p.stdout, "\nFAULTS: %s\nKINDS: %s, skew\n\n", strings.Join(simProfiles(), ", "), strings.Join(sim.FaultKinds(), ", "))
	rows = [][]string{{"SCENARIO", "WHAT HOLDS"}}
	for _, d := range sim.Duels() {
		rows = append(rows, []string{d.Name, d.Statement})
	}
	printTable(p.stdout, rows...)
	fmt.Fprintln(p.stdout)
	rows = [][]string{{"PAIR", "WHAT ONE WORLD HAS", "OF"}}
	for _, f := range sim.Flips() {
		rows = append(rows, []string{f.Name, f.Statement, f.Invariant})
	}
	printTable(p.stdout, rows...)
	return nil
}

// simScenarios are the names of the duels.
func simScenarios() (names []string) {
	for _, d := range sim.Duels() {
		names = append(names, d.Name)
	}
	return names
}

// simEnd is the end of a run that has said what it found.
func simEnd(violations, undetermined int) error {
	switch {
	case undetermined > 0:
		return &refusal.Error{Code: simUndetermined}
	case violations > 0:
		return findings()
	}
	return nil
}
