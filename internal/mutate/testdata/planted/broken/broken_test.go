package broken

import "testing"

func mutantOn(int) bool { return false }

func TestYes(t *testing.T) {
	if !Yes(1) || mutantOn(1) {
		t.Error("yes")
	}
}
