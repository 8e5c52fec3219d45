package storetest

import (
	"testing"

	"github.com/axess-go/axess/backend"
)

// Factory makes empty stores that nothing else uses.
type Factory func(t *testing.T) backend.Stores

// Run holds a backend to the contract of every port.
func Run(t *testing.T, factory func(t *testing.T) backend.Stores) {
	t.Helper()
	runAll(t, factory, testSession)
}

// RunSplit is Run for a bundle whose sessions commit in another place than its
// outbox. Everything holds but one sentence: there, a row that cannot be stored
// undoes no verb of the sessions.
func RunSplit(t *testing.T, factory func(t *testing.T) backend.Stores) {
	t.Helper()
	runAll(t, factory, testSplitSession)
}

func runAll(t *testing.T, factory Factory, sessions func(*testing.T, Factory)) {
	t.Helper()
	for _, suite := range []struct {
		port string
		test func(*testing.T, Factory)
	}{
		{"Session", sessions},
		{"Identity", testIdentity},
		{"Outbox", testOutbox},
		{"Throttle", testThrottle},
		{"Audit", testAudit},
		{"Faults", testFaults},
	} {
		t.Run(suite.port, func(t *testing.T) {
			t.Parallel()
			suite.test(t, factory)
		})
	}
}

type testCase struct {
	name string
	run  func(*kit)
}

// runCases runs each case on stores of its own.
func runCases(t *testing.T, f Factory, cases []testCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(newKit(t, f))
		})
	}
}
