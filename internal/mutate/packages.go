package mutate

// Packages are those that guard something, in the order of a run.
func Packages() []string {
	return []string{
		"seal", "factor", "factor/password", "factor/totp", "internal/machine",
		"session", "middleware/csrf", "authn",
	}
}

// Wider says whose tests are also run on what a package's own let live: users
// that show a promise of it better than it can itself.
func Wider(name string) []string {
	return map[string][]string{
		"seal":             {"keys", "session", "factor"},
		"factor":           {"authn"},
		"factor/password":  {"authn"},
		"factor/totp":      {"authn"},
		"internal/machine": {"session", "authn"},
	}[name]
}

// Least is the score in percent below which a package fails. No score may fall:
// a package that is not at the common bound yet stands here with what it has.
func Least(name string) float64 {
	if least, below := map[string]float64{}[name]; below {
		return least
	}
	return 85
}
