// Command hunt runs simulated worlds, one seed after the other, until something is
// found or the steps are used up, and says in JSON what, in which world and after how
// many steps in all:
//
//	go run ./internal/cmd/hunt -steps 2000000
//
// Or it fights a duel (-duel reset/login) until that is lost.
//
// It is what internal/cmd/plant builds with a fault in the product, so it says nothing
// about what a healthy product does: that is axess sim's.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/axess-go/axess/sim"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// Prey is what a hunt found: nothing if Findings is empty.
type prey struct {
	Steps    int      `json:"steps"`  // of all worlds together
	Worlds   int      `json:"worlds"` // that were begun
	Seed     uint64   `json:"seed"`   // of the last
	Findings []string `json:"findings"`
}

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("hunt", flag.ContinueOnError)
	flags.SetOutput(stderr)
	steps := flags.Int("steps", 2_000_000, "of all worlds together, at most")
	each := flags.Int("each", 20_000, "steps of one world")
	seed := flags.Uint64("seed", 1, "of the first world")
	without := flags.String("without", "", "the id of an invariant that is not looked at")
	pairs := flags.Bool("pairs", false, "every world is two, which differ in one hidden fact; else every fourth is")
	duel := flags.String("duel", "", "the name of a duel to fight instead; a run counts as a world")
	edits := flags.Bool("edits", false, "somebody edits rows of the database")
	story := flags.Bool("story", false, "print what happened, too")
	if err := flags.Parse(args); err != nil || *each < 1 {
		return 2
	}
	p := prey{Findings: []string{}}
	if *duel != "" {
		if err := p.fights(*duel, others(*without), *story, stderr); err != nil {
			fmt.Fprintln(stderr, "hunt:", err)
			return 2
		}
		*steps = 0
	}
	for p.Seed = *seed; p.Steps < *steps; p.Seed++ {
		cfg := world(p.Seed, *each)
		if *edits && cfg.Flip == "" {
			const rate = 20_000 // in a million requests
			cfg.Faults.Tamper = rate
		}
		if *pairs {
			cfg = sim.Paired(cfg, 1)
		}
		cfg.Invariants = others(*without)
		r := sim.Run(cfg)
		p.Worlds++
		p.Steps += r.Steps
		if r.Broken() {
			for _, f := range r.Findings {
				text, _, _ := strings.Cut(f.Error(), "\n")
				p.Findings = append(p.Findings, text)
			}
			if *story {
				fmt.Fprintln(stderr, r.Story())
			}
			break
		}
	}
	if err := json.NewEncoder(stdout).Encode(p); err != nil {
		fmt.Fprintln(stderr, "hunt:", err)
		return 2
	}
	return 0
}

// others are the ids of all invariants but one; of all, none need be named.
func others(id string) (ids []string) {
	for _, inv := range sim.Invariants() {
		if id != "" && inv.ID != id {
			ids = append(ids, inv.ID)
		}
	}
	return ids
}

// fights tries a duel until something is found.
func (p *prey) fights(name string, invariants []string, story bool, stderr io.Writer) error {
	d, err := sim.DuelByName(name)
	if err != nil {
		return err
	}
	out := d.Fight(sim.Bounds{First: true, Invariants: invariants})
	p.Worlds = out.Runs
	for _, b := range out.Broken {
		text, _, _ := strings.Cut(b.String(), "\n")
		p.Findings = append(p.Findings, text)
		if !story {
			continue
		}
		if s, err := b.Story(); err == nil {
			fmt.Fprintln(stderr, s)
		}
	}
	return nil
}

// world is what a seed stands for: every third without faults, so that what breaks by
// itself has a short story, and every fourth two that differ in a hidden fact.
func world(seed uint64, steps int) sim.Config {
	cfg := sim.Config{Seed: seed, Steps: steps}
	switch seed % 3 {
	case 0:
		cfg.Faults = sim.Default()
	case 1:
		cfg.Faults = sim.Light()
	}
	return sim.Paired(sim.Swarm(cfg), 4)
}
