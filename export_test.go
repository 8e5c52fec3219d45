package axess

// CanonicalOrigin is an origin as the program compares and shows it, and whether
// it is on this machine.
func CanonicalOrigin(s string) (canonical string, loopback bool, err error) {
	o, err := parseOrigin(s)
	if err != nil {
		return "", false, err
	}
	return o.String(), o.loopback, nil
}
