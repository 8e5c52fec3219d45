// Package archtest holds the house rules about imports as data and checks the
// tree against them. It is a test: nothing imports it, `make arch` runs it.
//
// Every package has a rank. A package imports only packages of lower rank,
// never of its own; so there are no cycles, and what a package may know is seen
// from one table. A new package fails the test until it has a rank in table.go:
//
//	"middleware/ratelimit": 4,
//
// Three more rules: only programs and test kits import a store adapter; the
// session machine is used by the packages that drive it and by nobody else; and
// what a user's program links through the library is a list of modules that
// grows only on purpose.
//
// Tests are exempt: a test may import a store to run on. What the analyzers can
// see inside one package (time, goroutines, randomness) is not here but in
// internal/axesslint.
//
// Owns FUZ-L17 and PRD-019 so far.
package archtest
