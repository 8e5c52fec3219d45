//go:build !goexperiment.runtimesecret

package password

// secretly computes f. Built with GOEXPERIMENT=runtimesecret, the runtime wipes the
// registers and the stack that f used, and what f allocated once it is garbage (FAC-004).
func secretly(f func()) { f() }
