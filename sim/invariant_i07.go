package sim

// ackBeforeCookie: every session cookie that a browser is given is held against what the
// servers have heard of their store.
func ackBeforeCookie() invariant {
	return invariant{Invariant: Invariant{
		ID: "I07", Name: "AckBeforeCookie",
		Statement: "A browser is given a session only after the store has acknowledged it.",
		Covers:    []string{"SES-072", "SES-075"},
	}}
}
