package timehit

import (
	"context"
	"testing"
	"time"
)

func TestX(t *testing.T) {
	_ = time.Now()
	_, cancel := context.WithTimeout(t.Context(), time.Second)
	cancel()
	time.Sleep(time.Second) // want `L01: a test does not sleep`
}
