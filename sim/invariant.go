package sim

// invariant is something that holds after every step.
type invariant struct {
	name  string
	check func() error
}

func invariants(w *World) []invariant {
	return []invariant{
		{"what answers say", func() error {
			if len(w.ghost.wrong) == 0 {
				return nil
			}
			return w.ghost.wrong[0]
		}},
	}
}
