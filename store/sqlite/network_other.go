//go:build !linux

package sqlite

// networkKind cannot tell here.
func networkKind(string) string { return "" }
