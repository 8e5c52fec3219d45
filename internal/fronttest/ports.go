package fronttest

import (
	"slices"
	"strings"
	"sync"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/storetest/fault"
)

// Ports are a backend's ports, counted, with faults on demand. What background
// jobs call (outbox leases, sweeps) is neither counted nor fails: it comes when it
// comes. Faults is there for tests that want those as well, or more than an
// outage.
type Ports struct {
	Faults *fault.Faults

	under backend.Stores

	mu    sync.Mutex
	taken int
	rows  map[store.Topic]int // how many calls TakeRows has counted
}

// NewPorts wraps a backend.
func NewPorts(s backend.Stores) *Ports {
	return &Ports{Faults: fault.New(s), under: s, rows: map[store.Topic]int{}}
}

// Fail makes verbs fail before they have any effect: f returns the error of
// port ("identity", "session", "throttle", "outbox") and verb, nil to let it
// pass. A nil f ends the outage.
func (p *Ports) Fail(f func(port, verb string) error) {
	if f == nil {
		p.Faults.Use(nil)
		return
	}
	p.Faults.Use(func(c fault.Call) fault.Injection {
		if OfJobs(c) {
			return fault.Injection{}
		}
		port, verb, _ := strings.Cut(c.Verb, ".")
		return fault.Injection{Before: f(port, verb)}
	})
}

// Down is an outage of whole ports.
func Down(ports ...string) func(port, verb string) error {
	return func(port, _ string) error {
		if slices.Contains(ports, port) {
			return store.ErrUnavailable
		}
		return nil
	}
}

// OfJobs reports a call that only background jobs and diagnostics make.
func OfJobs(c fault.Call) bool {
	switch c.Verb {
	case "outbox.Lease", "outbox.Done", "outbox.Defer", "outbox.RowKids",
		"identity.Sweep", "identity.Overdue", "identity.CredentialKids", "identity.Tenants", "session.Sweep", "values.Sweep":
		return true
	}
	return strings.HasPrefix(c.Verb, "audit.")
}

// Take returns the calls since the last Take, "port.Verb" each.
func (p *Ports) Take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.Faults.Calls()
	var out []string
	for _, c := range all[p.taken:] {
		if !OfJobs(c) {
			out = append(out, c.Verb)
		}
	}
	p.taken = len(all)
	return out
}

// TakeRows returns how many rows of a topic were handed to the outbox since the
// last call: those that were stored with a change, and those that came alone.
func (p *Ports) TakeRows(t store.Topic) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.Faults.Calls()
	for _, c := range all[p.rows[t]:] {
		for _, topic := range c.Rows {
			if topic == t {
				n++
			}
		}
	}
	p.rows[t] = len(all)
	return n
}

// Stores returns the wrapped bundle.
func (p *Ports) Stores() backend.Stores { return p.Faults.Stores() }
