package main

import "testing"

// FAC-013: where there is one processor, the server still hears the network while it
// hashes.
func TestProcessors_are_two_unless_somebody_says_otherwise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		have, want int
		set        string
	}{
		{have: 1, want: 2},
		{have: 2, want: 2},
		{have: 8, want: 8},
		{have: 1, set: "1", want: 1},
		{have: 3, set: "3", want: 3},
	} {
		got := processors(c.have, func(name string) (string, bool) {
			if name != "GOMAXPROCS" {
				t.Errorf("asked for %s", name)
			}
			return c.set, c.set != ""
		})
		if got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
