package sim

// linear: a model of the ports goes along with the store, and each answer is held
// against it. A call has its effect in one step, so the order of the effects is known
// and nothing has to be searched: what the model says of that order is what must have
// been answered.
func linear() invariant {
	return invariant{Invariant: Invariant{
		ID: linearID, Name: "Linear",
		Statement: "Every answer of the store is the one that its ports promise behind all that came before.",
		Covers:    []string{"SIM-021", "SIM-061", "STO-005", "SES-100", "IDN-060", "AUN-050"},
	}}
}

const linearID = "061"
