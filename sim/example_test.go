package sim_test

import (
	"fmt"
	"strings"

	"github.com/axess-go/axess/sim"
)

func ExampleRun() {
	for _, faults := range []sim.Faults{sim.Light(), sim.Default(), sim.Heavy()} {
		r := sim.Run(sim.Config{Seed: 1, Steps: 2000, Faults: faults})
		if r.Broken() {
			fmt.Print(r.Story())
		}
		fmt.Println(r.Steps)
	}
	// Output:
	// 2000
	// 2000
	// 2000
}

func ExampleInvariants() {
	for _, inv := range sim.Invariants() {
		if inv.ID == "I03" {
			fmt.Println(inv)
			fmt.Println(inv.Statement)
		}
	}
	// Output:
	// SIM-I03 DeadStaysDead
	// Once an end was acknowledged, no request that begins later is served as that login.
}

func ExampleRecord() {
	r, rec := sim.Record(sim.Config{Seed: 1, Steps: 2000, Faults: sim.Default()})
	again, err := sim.Open(rec.String()) // as a file would hold it
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(again.Replay().Chain == r.Chain)
	// Output:
	// true
}

func ExampleOpen() {
	_, err := sim.Open("a letter")
	fmt.Println(err)
	// Output:
	// sim: not a recording of format 1
}

func ExampleRecording_Shrink() {
	r, rec := sim.Record(sim.Config{Seed: 2, Steps: 2000, Faults: sim.Heavy()})
	if r.Broken() {
		story := rec.Shrink(nil).Story()
		fmt.Println(story, story.Diagram())
	}
	fmt.Println(r.Steps)
	// Output:
	// 2000
}

func ExampleParseFaults() {
	f, err := sim.ParseFaults("light,crash=1e-3,skew=90s")
	fmt.Println(f.Crash, f.Skew, err)
	_, err = sim.ParseFaults("crahs=1e-3")
	fmt.Println(err)
	// Output:
	// 1000 1m30s <nil>
	// sim: faults: "crahs" is no kind of fault: did you mean crash?
}

func ExampleSwarm() {
	cfg := sim.Swarm(sim.Config{Seed: 7, Steps: 2000, Faults: sim.Heavy()})
	fmt.Println(sim.Run(cfg).Broken())
	// Output: false
}

func ExamplePersonas() {
	for _, store := range sim.Personas() {
		fmt.Println(store, sim.Run(sim.Config{Seed: 1, Steps: 500, Store: store}).Broken())
	}
	// Output:
	// sql false
	// replica false
	// valkey false
	// sqlite false
}

func ExampleFaultKinds() {
	fmt.Println(sim.FaultKinds()[:3])
	fmt.Println(sim.Chaos().Fail > sim.Heavy().Fail)
	// Output:
	// [fail lostack dup]
	// true
}

func ExampleDuels() {
	for _, d := range sim.Duels() {
		if out := d.Fight(sim.Bounds{Most: 2}); len(out.Broken) > 0 {
			fmt.Println(out.Broken[0])
		}
	}
	// Output:
}

// Every order and every single fault.
func ExampleDuel_Fight() {
	d, err := sim.DuelByName("suspend/activate")
	if err != nil {
		fmt.Println(err)
		return
	}
	out := d.Fight(sim.Bounds{Every: 4})
	fmt.Println(out.Orders, "orders,", len(out.Broken), "broken")
	// Output: 2 orders, 0 broken
}

// The nearest name is told.
func ExampleDuelByName() {
	_, err := sim.DuelByName("rotate/rotates")
	fmt.Println(err)
	// Output: sim: no such duel: "rotate/rotates": did you mean rotate/rotate?
}

// One run of a duel: who makes one call after the other, and what befalls one.
func ExampleBout_Again() {
	b, err := sim.Bout{Duel: "suspend/activate", Order: "LLRR", Fault: "left.2:lostack"}.Again()
	fmt.Println(b, err)
	fmt.Println(b.Command())
	// Output:
	// suspend/activate in order LLRR with left.2:lostack: <nil> <nil>
	// axess sim --scenario 'suspend/activate' --order LLRR --fault left.2:lostack
}

// Bout.Story tells what happened in it.
func ExampleBout_Story() {
	story, err := sim.Bout{Duel: "suspend/activate", Order: "LRLR"}.Story()
	if err != nil {
		fmt.Println(err)
		return
	}
	first, _, _ := strings.Cut(story.String(), ":")
	fmt.Println(first, story.Broken())
	// Output: suspend/activate held in order LRL false
}

// Bout.Command is what a report needs.
func ExampleBout_Command() {
	fmt.Println(sim.Bout{Duel: "reset/login", Order: "LR", Together: true}.Command())
	// Output: axess sim --scenario 'reset/login' --order LR --together
}

func ExampleParseFault() {
	f, err := sim.ParseFault("right.3:crash")
	fmt.Println(f.Side, f.Call, f.Kind, err)
	// Output: right 3 crash <nil>
}

func ExamplePair() {
	// Whether an address has an account: somebody who has proved nothing asks, and the
	// answers of both worlds are compared.
	flip, err := sim.FlipNamed("exists")
	if err != nil {
		fmt.Println(err)
		return
	}
	r := sim.Pair(sim.Config{Seed: 1, Steps: 6000}, flip)
	fmt.Println(r.Broken(), r.Pairs > 10)
	// Output: false true
}

func ExampleFlips() {
	fmt.Println(sim.Flips()[0].Name, "-", sim.Flips()[0].Statement)
	// Output: exists - an address has an account
}

func ExampleFlipNamed() {
	_, err := sim.FlipNamed("exist")
	fmt.Println(err)
	// Output: sim: no such fact: "exist"; did you mean exists?
}

func ExamplePaired() {
	for seed := range uint64(3) {
		cfg := sim.Paired(sim.Config{Seed: seed, Steps: 6000}, 2)
		fmt.Printf("%d %q\n", seed, cfg.Flip)
	}
	// Output:
	// 0 ""
	// 1 "exists"
	// 2 ""
}

func ExampleActors() {
	fmt.Println(sim.Actors()[:3])
	// Output: [people admin operator]
}

func ExampleCheckActors() {
	fmt.Println(sim.CheckActors([]string{"people", "thief"}))
	fmt.Println(sim.CheckActors([]string{"people", "theif"}))
	// Output:
	// <nil>
	// sim: actors: "theif" is nobody: did you mean thief?
}
