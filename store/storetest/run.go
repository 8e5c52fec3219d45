package storetest

import (
	"slices"
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

// Port is one suite of the package.
type Port string

// The ports that [RunOnly] knows.
const (
	Session  Port = "Session"
	Identity Port = "Identity"
	Outbox   Port = "Outbox"
	Throttle Port = "Throttle"
	Audit    Port = "Audit"
)

// RunOnly holds a backend to the contract of some ports. The other groups of the
// bundle may be those of another backend, store/memory say; where sessions then
// commit in another place than the outbox, they are held to what [RunSplit] asks.
func RunOnly(t *testing.T, factory func(t *testing.T) backend.Stores, ports ...Port) {
	t.Helper()
	sessions := testSession
	if slices.Contains(ports, Session) && factory(t).Split() {
		sessions = testSplitSession
	}
	for _, s := range suites(sessions) {
		if slices.Contains(ports, s.port) {
			s.run(t, factory)
		}
	}
}

type suite struct {
	port Port
	test func(*testing.T, Factory)
}

func suites(sessions func(*testing.T, Factory)) []suite {
	return []suite{
		{Session, sessions},
		{Identity, testIdentity},
		{Outbox, testOutbox},
		{Throttle, testThrottle},
		{"Model", testModel},
		{Audit, testAudit},
		{"Faults", testFaults},
	}
}

func (s suite) run(t *testing.T, factory Factory) {
	t.Helper()
	t.Run(string(s.port), func(t *testing.T) {
		t.Parallel()
		s.test(t, factory)
	})
}

func runAll(t *testing.T, factory Factory, sessions func(*testing.T, Factory)) {
	t.Helper()
	for _, s := range suites(sessions) {
		s.run(t, factory)
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
