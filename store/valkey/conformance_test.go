package valkey_test

import (
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/storetest"
)

// STO-010, STO-029, STO-030, STO-035: all groups together, as a program has them.
func TestConformance(t *testing.T) {
	t.Parallel()
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunSplit(t, func(t *testing.T) backend.Stores { return settled(t, s.open(t).Stores()) })
		})
	}
}

// STO-069
func TestRecord_moves_to_and_from_memory(t *testing.T) {
	t.Parallel()
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.RunCopies(t, memory.New(memory.Config{}).Stores().Session, s.open(t).Stores().Session)
		})
	}
}
