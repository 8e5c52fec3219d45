package valkey_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store/valkey"
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

// The same where the slot is on a node of which the process has never heard: a new one,
// or a replica that nobody listed and that has taken over.
//
// SES-210, STO-029
func waitsWhereNobodyWas(t *testing.T, s *server) {
	d, sub := newDuo(t, s), person()
	if err := d.far.Raise(t.Context(), identity.TenantScope(sub.Tenant)); err != nil {
		t.Fatal(err)
	}
	if s.grow == nil {
		t.Fatal("no cluster")
	}
	added, err := s.grow()
	if err != nil {
		t.Fatal(err)
	}
	m := &moving{d, append(s.nodes[:len(s.nodes):len(s.nodes)], added)}
	key := fmt.Sprintf("%s:epoch:{%s.%s}", m.prefix, m.prefix, sub.Tenant)
	slot, from, to := m.slot(key)
	if to != added {
		t.Fatal("the slot goes elsewhere")
	}
	m.begin(slot, from, to)
	m.end(slot, from, to)
	// The new node has no replica: that it says so is how it is known that it was asked.
	if err := m.far.Raise(t.Context(), identity.TenantScope(sub.Tenant)); !errors.Is(err, valkey.ErrNotDurable) {
		t.Errorf("on a node that is new: %v", err)
	}
	if e, err := m.far.Epochs(t.Context(), sub); err != nil || e.Tenant != 2 {
		t.Errorf("on a node that is new: %+v, %v", e, err)
	}
}
