// Package headroom lets a small server make some garbage before it is collected.
//
// The collector of Go runs whenever the heap has doubled. A server that holds ten
// megabytes therefore collects after ten more, which a crowd that signs in makes several
// times a second, and whoever is signed in waits a little each time: the hundredth of
// their reads took two to three times as long as at rest. With some room it happens so
// seldom that the hundredth read does not meet it.
//
// [Keep] makes the room with memory that is asked for and never touched, so that the
// operating system has nothing to give for it: the heap counts as larger than it is, and
// doubles later. What it can cost is as much garbage as it is large, once. A percentage
// that is right for a small heap (GOGC=800) would cost a large one eight times its size.
package headroom

import "runtime"

// Size is how much more garbage than otherwise is made before it is collected.
const Size = 64 << 20

// Keep gives the program its room until letGo is called. Who sets GOGC or GOMEMLIMIT,
// as getenv tells, has said what the collector shall do: then it does nothing.
func Keep(getenv func(string) (string, bool)) (letGo func()) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if v, _ := getenv(name); v != "" {
			return func() {}
		}
	}
	room := make([]byte, Size)
	return func() { runtime.KeepAlive(room) }
}
