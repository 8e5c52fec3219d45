package unfit

import (
	"os"
	"testing"
)

func TestText(t *testing.T) {
	if Text(1) != "more" || Text(0) != "none" {
		t.Error("text")
	}
}

func TestUnfit(t *testing.T) {
	if os.Getenv("AXESS_MUTANT_REACH") != "" {
		t.Error("slower than without switches")
	}
}
