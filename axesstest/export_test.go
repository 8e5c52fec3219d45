package axesstest

// AttackNames are the names of all attacks.
func AttackNames() (names []string) {
	for _, a := range attacks() {
		names = append(names, a.name)
	}
	return names
}
