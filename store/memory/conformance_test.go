package memory_test

import (
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store/memory"
	"github.com/axess-go/axess/store/storetest"
)

// STO-010
func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) backend.Stores { return memory.New(memory.Config{}).Stores() })
}
