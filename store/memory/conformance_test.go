package memory_test

import (
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/storetest"
)

// STO-010
func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) backend.Stores { return memory.New(memory.Config{}).Stores() })
}

// STO-007, STO-010
func TestKV(t *testing.T) {
	t.Parallel()
	storetest.RunKV(t, func(*testing.T) store.KV { return memory.New(memory.Config{}).KV() })
}
