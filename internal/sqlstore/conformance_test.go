package sqlstore

import (
	"testing"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/store/storetest"
)

// STO-010, STO-024: the contract holds with numbered parameters, row locks and
// interruptible reads.
func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) backend.Stores { return setup(t).Stores() })
}
