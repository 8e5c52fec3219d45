//go:build goexperiment.runtimesecret

package password

import "runtime/secret"

// secretly computes f and has the runtime wipe what f leaves behind.
func secretly(f func()) { secret.Do(f) }
