package smtp_test

import (
	"testing"

	"go.uber.org/goleak"
)

// PRD-070: no goroutine outlives Send.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
