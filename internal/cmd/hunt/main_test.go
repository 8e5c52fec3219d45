package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess/sim"
)

// SIM-070: a hunt in the product as it is comes home with nothing, having made the
// steps that it was given.
func TestRun_finds_nothing_in_the_product_as_it_is(t *testing.T) {
	t.Parallel()
	var out, errs strings.Builder
	if code := run([]string{"-steps", "2000", "-each", "1000", "-seed", "3"}, &out, &errs); code != 0 {
		t.Fatalf("%d: %s", code, errs.String())
	}
	if want := `{"steps":2000,"worlds":2,"seed":5,"findings":[]}` + "\n"; out.String() != want {
		t.Errorf("%s, want %s", out.String(), want)
	}
	if code := run([]string{"-each", "0"}, &out, &errs); code != 2 {
		t.Errorf("worlds without steps: %d", code)
	}
}

// SIM-070: what nobody shall look at is left out, and nothing else.
func TestOthers(t *testing.T) {
	t.Parallel()
	all := len(sim.Invariants())
	if got := others("I03"); len(got) != all-1 || slices.Contains(got, "I03") {
		t.Errorf("without I03: %v", got)
	}
	if got := others(""); got != nil {
		t.Errorf("without nothing: %v", got)
	}
}
