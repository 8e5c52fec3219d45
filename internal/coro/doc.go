// Package coro runs a whole system on one goroutine chain and on a time of its own,
// so that a run can be had again, step by step.
//
// Every task is a coroutine. The [World] resumes exactly one until it comes to its
// next switch point: a port call, a wait, a sleep. Which one goes next, and which of
// two things due at one moment comes first, is drawn from a [Source], and nothing
// else decides anything; equal draws give equal runs. Time moves only when no task can
// run, to the earliest thing that is due.
//
//	w := coro.New(coro.Config{Source: src})
//	node := w.Node("n1")            // a clock.Clock and a sched host
//	node.Go(ctx, "serve", func(ctx context.Context) { … })
//	err := w.Run(coro.Limits{Steps: 1_000_000})
//	leaked := w.Close()
//
// A [Node] is one life of a process. [World.Crash] ends it: its tasks unwind without
// another switch, every wait in them answers [ErrCrashed], and so do the ports that
// ask [Node.Enter]. What a dead process does is seen by nobody.
//
// Code under it holds no mutex and waits for no channel over a switch point: the world
// would stand still, which the watchdog of [World.Run] reports. It says nothing about
// data races: that is for the race detector.
//
// Requirements: SIM-002, SIM-004, SIM-005, SIM-010 to SIM-012, SIM-022.
package coro
