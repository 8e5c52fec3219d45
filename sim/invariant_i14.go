package sim

// noOracle: pairs of worlds that differ in what is so about an account are compared as
// somebody sees them who has proved nothing.
func noOracle() invariant {
	return invariant{Invariant: Invariant{
		ID: "I14", Name: "NoOracle",
		Statement: "Whether an account exists, in which state it is and what it signs in with is told to nobody who has proved nothing: not by bytes, time or work.",
		Covers:    []string{"AUN-I1", "AUN-I2", "AUN-I11", "AUN-I18"},
	}}
}
