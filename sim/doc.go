// Package sim runs the whole product from a seed: several servers made by the same
// axess.New as in production, their store, the mail, and people and thieves in front of
// it, on one goroutine chain and a time of its own, with crashes, lost
// acknowledgements and clocks that disagree. What must never be is looked at after
// every step; a run that breaks it can be had again.
//
//	r := sim.Run(sim.Config{Seed: 42, Steps: 100_000})
//	if r.Broken() {
//		fmt.Print(r.Story())
//	}
//
// Production code knows nothing of it. Each server is given a clock that is also its
// scheduler, randomness of its own, and stores behind which lies what a crash leaves;
// requests are calls of its handler. What cannot be driven in this way is mended in
// the product and not here.
//
// It finds what an order of steps, a fault or an attacker's idea can break. It does
// not find data races, which is for the race detector, nor what only a real server
// does, which is for storetest.
//
// Not here yet: authenticator apps, administrators, guessers, other stores than memory
// behind the faults, shrinking, and a command.
//
// Requirements: of SIM-002, SIM-006, SIM-022, SIM-023, SIM-040, SIM-050, SIM-053,
// SIM-054 and SIM-060 what the tests name.
package sim
