package sim

// outageKeepsLogin: people look at their own login, which nobody has ended and which has
// not run out; an answer that takes them for a guest breaks it.
func outageKeepsLogin() invariant {
	return invariant{Invariant: Invariant{
		ID: "I08", Name: "OutageKeepsLogin",
		Statement: "No failure behind the site ends a login that nobody ended and that has not run out.",
		Covers:    []string{"SES-066", "SES-067", "AUN-060"},
	}}
}
