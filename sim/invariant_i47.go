package sim

// noPanic: what a task throws ends the run by itself; what a handler catches and answers
// as an internal error is looked for in the answers.
func noPanic() invariant {
	return invariant{Invariant: Invariant{
		ID: "I47", Name: "NoPanic",
		Statement: "No request is answered with an internal error, and nothing panics.",
		Covers:    []string{"MID-062", "SES-078"},
	}}
}
