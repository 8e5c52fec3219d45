package user

import "testing"

func TestTwice(t *testing.T) {
	if Twice(2) != 4 || Twice(100) != 100 {
		t.Error("twice")
	}
}
