package backend_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/axess-go/axess/store/memory"
)

func ExampleStores_Topology() {
	people, sessions := memory.New(memory.Config{}), memory.New(memory.Config{})
	fmt.Print(people.Stores().WithSession(sessions.Stores()).Topology())
	// Output:
	// identity.Admin  memory (not durable, one process)
	// store.Outbox    memory (not durable, one process)
	// session.Store   memory (not durable, one process)
	// authn.Ledger    memory (not durable, one process)
	// store.KV        memory (not durable, one process)
	// audit.Store     memory (not durable, one process)
	// not one transaction: a change of an account and the raise of the epoch that ends its sessions
	//   instead: the change with a duty, then the raise, then the duty is cleared; the change is acknowledged after the raise
	//   window:  after a crash the sessions go on until the next start, or another process, settles the duty
	// not one transaction: a verb of the sessions and the events that report it
	//   instead: the verb, then its events; it is acknowledged after both
	//   window:  after a crash the events of one verb may be missing
}

// PRD-022
func TestTopology_names_what_a_mixture_costs(t *testing.T) {
	t.Parallel()
	whole, other := fresh(), fresh()
	if n := len(whole.Topology().Downgrades); n != 0 {
		t.Errorf("one backend has %d downgrades", n)
	}
	// The ledger commits with nothing else, so its place costs nothing.
	if n := len(whole.WithThrottle(other).Topology().Downgrades); n != 0 {
		t.Errorf("a ledger elsewhere costs %d", n)
	}
	mixed := whole.WithSession(other)
	mixed.Session = renamed{mixed.Session}
	top := mixed.Topology()
	if len(top.Downgrades) != 2 {
		t.Errorf("sessions elsewhere have %d downgrades, want 2", len(top.Downgrades))
	}
	var ports []string
	for _, p := range top.Ports {
		ports = append(ports, fmt.Sprint(p.Group, " ", p.Port, " ", p.Backend, " ", p.Durable, " ", p.Shared))
	}
	want := "Identity identity.Admin memory false false, Identity store.Outbox memory false false, " +
		"Session session.Store elsewhere true true, Throttle authn.Ledger memory false false, Throttle store.KV memory false false, Audit audit.Store memory false false"
	if got := strings.Join(ports, ", "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
