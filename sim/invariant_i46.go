package sim

import "fmt"

// bounded counts what a server holds while nobody asks it for anything.
func bounded() invariant {
	return invariant{Invariant: Invariant{
		ID: "I46", Name: "Bounded",
		Statement: "While nothing is asked, a server has no task and no timer beyond those of its jobs.",
		Covers:    []string{"OPS-022"},
	}, still: func(w *World) error {
		for _, s := range w.servers {
			if !s.up || len(s.calls) > 0 {
				continue
			}
			if tasks := s.node.Tasks(); tasks > mostTasks {
				return fmt.Errorf("%s has %d tasks while nothing is asked of it", s.node.Name(), tasks)
			}
			if timers := s.node.Timers(); timers > mostTimers {
				return fmt.Errorf("%s has %d timers while nothing is asked of it", s.node.Name(), timers)
			}
		}
		return nil
	}}
}

// What a server has of its own: some ten jobs, each with a run that waits for a store,
// what listens to the store, and what looks after itself; and a timer for each.
const (
	mostTasks  = 48
	mostTimers = 48
)
