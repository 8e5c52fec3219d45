package sim

// sameAgain is looked at by running a seed twice and comparing the chains, in tests and
// by the command.
func sameAgain() invariant {
	return invariant{Invariant: Invariant{
		ID: "I48", Name: "SameAgain",
		Statement: "The same seed gives the same chain.",
		Covers:    []string{"SIM-010", "SIM-014"},
	}}
}
