package valkey_test

import (
	"testing"

	"github.com/axess-go/axess/backend"
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
				rest := memory.New(memory.Config{}).Stores()
				return rest.WithThrottle(s.open(t).Stores())
			}, storetest.Throttle)
		})
	}
}
