package sim

// proofNeeded: strangers ask for what is guarded, in all ways that they can think of, and
// people for what is an administrator's.
func proofNeeded() invariant {
	return invariant{Invariant: Invariant{
		ID: "I43", Name: "ProofNeeded",
		Statement: "What is guarded is shown to nobody who has not passed its guard: not without a cookie, nor with one that was changed, made up from stored data, or gives another right.",
		Covers:    []string{"GRD-004", "GRD-006", "GRD-007"},
	}}
}
