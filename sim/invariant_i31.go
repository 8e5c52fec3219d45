package sim

// noForgery: pages of other sites post wherever they can; what runs because of them is
// seen by the handler, and by the answer.
func noForgery() invariant {
	return invariant{Invariant: Invariant{
		ID: "I31", Name: "NoForgery",
		Statement: "No page of another site has anything done in somebody's name, and no browser that behaves is refused.",
		Covers:    []string{"CSR-015", "CSR-031", "CSR-032", "CSR-033"},
	}}
}
