package sim

// tenantWall: pairs of worlds that differ in a fact of one tenant are compared as those of
// the other see them.
func tenantWall() invariant {
	return invariant{Invariant: Invariant{
		ID: "I13", Name: "TenantWall",
		Statement: "Whatever is so in one tenant, people, administrators and strangers of another get the same bytes, events and work.",
		Covers:    []string{"IDN-I7", "IDN-I12", "AUN-161"},
	}}
}
