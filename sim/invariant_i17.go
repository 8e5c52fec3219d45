package sim

// oneOwner: somebody signs up with an address of others before they do, and tries what
// they chose at every occasion.
func oneOwner() invariant {
	return invariant{Invariant: Invariant{
		ID: "I17", Name: "OneOwner",
		Statement: "Whoever signs up with an address of somebody else never gets in as them, neither before nor after they do, and a name is one person's.",
		Covers:    []string{"AUN-I14", "AUN-I15", "AUN-123", "IDN-I5"},
	}}
}
