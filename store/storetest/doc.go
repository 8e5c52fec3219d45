// Package storetest holds what every backend must do: one suite for each port,
// made of the sentences in the ports' doc comments.
//
// A backend proves itself in one test:
//
//	func TestConformance(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) backend.Stores {
//			return memory.New(memory.Config{}).Stores()
//		})
//	}
//
// The factory is called once for each test, from parallel tests, and returns
// stores that are empty and independent of all others; it removes them by
// t.Cleanup. Times come in as arguments of the verbs and are whole milliseconds,
// so the suite has no clock and never sleeps. Races use real goroutines: 64 of
// them, of which the port says how many win.
//
// Beside its own models the suite holds all groups together to sim/model, which is what
// the simulator expects of a store, and looks for an order of calls that overlapped.
//
// An adapter to a server that can die also runs [RunOutage], [RunRestart] and [RunReconnect].
//
// What the tests of other packages need to make a backend fail is package
// store/storetest/fault.
//
// The suite is not a benchmark, and it judges what is visible through the ports
// only: that passwords, tokens and sessions are stored sealed is the business of
// those who seal them.
//
// Requirements: STO-010, IDN-067.
package storetest
