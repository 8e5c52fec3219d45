package backend_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store/memory"
)

// STO-001
func TestCheck_names_every_port_that_is_missing(t *testing.T) {
	t.Parallel()
	err := backend.Stores{}.Check()
	if !errors.Is(err, backend.ErrIncomplete) {
		t.Fatalf("got %v, want ErrIncomplete", err)
	}
	for _, name := range []string{"Identity", "Outbox", "Session", "Throttle", "Audit", "Info.Name", "Info.Place"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %s", err, name)
		}
	}
	whole := memory.New(memory.Config{}).Stores()
	if err := whole.Check(); err != nil {
		t.Errorf("a whole bundle: %v", err)
	}
	whole.Throttle = nil
	if err := whole.Check(); err == nil || strings.Contains(err.Error(), "Session") || !strings.Contains(err.Error(), "Throttle") {
		t.Errorf("got %v, want Throttle and nothing else", err)
	}
}
