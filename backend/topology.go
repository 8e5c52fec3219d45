package backend

import (
	"fmt"
	"strings"
)

// Topology says where each port is, and what a mixture of backends costs.
type Topology struct {
	Ports      []Port
	Downgrades []Downgrade // none on one backend
	// Endings is how this process learns what others have ended, as [Info.Endings]
	// of the Session group.
	Endings string
}

// Port is one port and its backend.
type Port struct {
	Port    string // "identity.Admin"
	Group   string // "Identity"
	Backend string // "sqlite"
	Durable bool
	Shared  bool
}

// Downgrade is a step that one backend makes in one transaction and this mixture
// does not.
type Downgrade struct {
	Step    string // what one transaction would hold
	Instead string // the order that replaces it
	Window  string // what a crash in between leaves
}

// Topology lists the ports in the order of their groups, and every downgrade.
func (s Stores) Topology() Topology {
	ports := map[string][]string{
		"Identity": {"identity.Admin", "store.Outbox"},
		"Session":  {"session.Store"},
		"Throttle": {"authn.Ledger", "store.KV"},
		"Audit":    {"audit.Store"},
	}
	var t Topology
	for _, g := range s.Groups() {
		if g.Name == "Session" {
			t.Endings = g.Info.Endings
		}
		for _, port := range ports[g.Name] {
			t.Ports = append(t.Ports, Port{port, g.Name, g.Info.Name, g.Info.Durable, g.Info.Shared})
		}
	}
	if s.Split() {
		t.Downgrades = []Downgrade{
			{
				Step:    "a change of an account and the raise of the epoch that ends its sessions",
				Instead: "the change with a duty, then the raise, then the duty is cleared; the change is acknowledged after the raise",
				Window:  "after a crash the sessions go on until the next start, or another process, settles the duty",
			},
			{
				Step:    "a verb of the sessions and the events that report it",
				Instead: "the verb, then its events; it is acknowledged after both",
				Window:  "after a crash the events of one verb may be missing",
			},
		}
	}
	return t
}

// String is the topology for a terminal: a line for each port, then each
// downgrade.
func (t Topology) String() string {
	var b strings.Builder
	for _, p := range t.Ports {
		kept, used := "durable", "shared"
		if !p.Durable {
			kept = "not durable"
		}
		if !p.Shared {
			used = "one process"
		}
		fmt.Fprintf(&b, "%-15s %s (%s, %s)\n", p.Port, p.Backend, kept, used)
	}
	if t.Endings != "" {
		fmt.Fprintf(&b, "what others end: %s\n", t.Endings)
	}
	for _, d := range t.Downgrades {
		fmt.Fprintf(&b, "not one transaction: %s\n  instead: %s\n  window:  %s\n", d.Step, d.Instead, d.Window)
	}
	return b.String()
}
