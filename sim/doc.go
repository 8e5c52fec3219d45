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
// What befalls a site is in [Faults], the stores that it may have are [Personas], and
// [Swarm] gives each seed some of both:
//
//	faults, err := sim.ParseFaults("default,crash=1e-3,skew=90s")
//	r := sim.Run(sim.Swarm(sim.Config{Seed: 42, Faults: faults}))
//
// A run can be recorded ([Record]), had again from a file ([Open]), made small
// ([Recording.Shrink]) and told ([Recording.Story]); the command axess sim does all of
// it.
//
// Whom it knows: people, an administrator, an operator, and eight who attack; see
// [Invariants] for what is looked at. What no single run shows is looked for in two that
// differ in one hidden fact ([Pair], [Flips]): those who must not learn it do the same in
// both, and get the same.
//
// Requirements: of SIM-002, SIM-006, SIM-012, SIM-021 to SIM-024, SIM-040, SIM-041,
// SIM-050, SIM-053, SIM-054, SIM-060, SIM-063, SIM-064 and SIM-093 what the tests name.
package sim
