package sim

// deadStaysDead: whoever hears that a login has ended can rely on it. It is looked at
// with every request that is served, of the owner and of thieves.
func deadStaysDead() invariant {
	return invariant{Invariant: Invariant{
		ID: "I03", Name: "DeadStaysDead",
		Statement: "Once an end was acknowledged, no request that begins later is served as that login.",
		Covers:    []string{"SES-103", "SES-195", "SES-196", "AUN-I5", "AUN-I6", "IDN-I8", "GRD-033"},
	}}
}
