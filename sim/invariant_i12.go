package sim

// epochMonotone: whatever a store says about epochs is held against what it has said.
func epochMonotone() invariant {
	return invariant{Invariant: Invariant{
		ID: "I12", Name: "EpochMonotone",
		Statement: "Epochs never fall.",
		Covers:    []string{"SES-201", "STO-031"},
	}}
}
