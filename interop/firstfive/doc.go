// Package firstfive measures what a newcomer waits for: from a built binary in
// an empty directory to two accounts with two factors and a trail, in a browser,
// with no configuration and no network (PRD-001, PRD-002, PRD-007).
//
// It holds tests only. `make first-five` prints the seconds of each step and
// fails above the targets; `make test` takes the same way without them, since a
// busy machine is no fault of the program's.
//
// The server and the browser run in a network namespace of their own that has
// nothing but loopback. Where the system does not give one, the run says so and
// fails.
package firstfive
