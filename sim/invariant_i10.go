package sim

// sessionLimit: where a limit is set, the sessions of somebody are counted whenever one
// is added.
func sessionLimit() invariant {
	return invariant{Invariant: Invariant{
		ID: "I10", Name: "SessionLimit",
		Statement: "Nobody has more sessions than the limit allows, however many sign-ins race.",
		Covers:    []string{"SES-202", "SES-203", "SES-204"},
	}}
}
