package valkey_test

import (
	"fmt"
	"testing"

	"github.com/axess-go/axess/identity"
)

// A write that waits for a replica finds the node that has its key: while the slot is on
// its way, and when it has arrived where nobody was told.
//
// SES-210, STO-029
func waitsWhereItIs(t *testing.T, s *server) {
	m := &moving{newDuo(t, s), s.nodes}
	sub := person()
	raised := func(what string, want uint64) {
		t.Helper()
		if err := m.far.Raise(t.Context(), identity.TenantScope(sub.Tenant)); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if e, err := m.far.Epochs(t.Context(), sub); err != nil || e.Tenant != want {
			t.Errorf("%s: %+v, %v", what, e, err)
		}
	}
	raised("at rest", 1)
	key := fmt.Sprintf("%s:epoch:{%s.%s}", m.prefix, m.prefix, sub.Tenant)
	slot, from, to := m.slot(key)
	m.begin(slot, from, to)
	raised("on its way, not gone yet", 2)
	m.carry(from, to, key)
	raised("on its way, and gone", 3)
	m.end(slot, from, to)
	raised("arrived", 4)
}
