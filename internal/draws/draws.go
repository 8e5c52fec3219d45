// Package draws runs properties whose every draw builds a whole service, a site or a
// database: a share of the draws that rapid is asked for, so that RAPID_CHECKS makes
// a long run of these, too.
//
//	draws.OneIn(t, 5, func(rt *rapid.T) { … }) // 20 draws, if rapid is asked for 100
//
// It is for tests alone and owns no requirement.
package draws

import "pgregory.net/rapid"

// OneIn checks a property with every n-th draw; the others pass unseen. Once a draw
// has failed all are looked at, so that rapid makes the example smaller.
func OneIn(t rapid.TB, n int, property func(*rapid.T)) {
	t.Helper()
	asked, failed := 0, false
	rapid.Check(t, func(rt *rapid.T) {
		asked++
		if n > 1 && asked%n != 1 && !failed {
			return
		}
		done := false
		defer func() { failed = failed || !done || rt.Failed() }()
		property(rt)
		done = true
	})
}
