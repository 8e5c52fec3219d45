package valkey_test

import (
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/storetest"
)

// STO-010, STO-029
func TestConformance(t *testing.T) {
	t.Parallel()
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunOnly(t, func(t *testing.T) backend.Stores {
				all, own := memory.New(memory.Config{}).Stores(), s.open(t).Stores()
				all.Throttle, all.Audit = own.Throttle, own.Audit
				return all
			}, storetest.Throttle, storetest.Audit)
		})
	}
}

// STO-007, STO-008, STO-009
func TestKV(t *testing.T) {
	t.Parallel()
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunKV(t, func(t *testing.T) store.KV { return s.open(t).KV() })
		})
	}
}

// STO-010, STO-029, STO-030, STO-035
func TestSessions(t *testing.T) {
	t.Parallel()
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunOnly(t, func(t *testing.T) backend.Stores { return s.open(t).Stores() }, storetest.Session)
		})
	}
}
