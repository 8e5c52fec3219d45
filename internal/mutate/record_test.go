package mutate_test

import (
	"os"
	"testing"

	"github.com/axess-go/axess/internal/mutate"
)

// FUZ-053 so far: the scores on record cover the packages of a run and hold the
// bound. They come from make mutate, which takes too long to be part of make test.
func TestReport_on_record_covers_the_packages_and_holds_the_bound(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/mutation.md")
	if err != nil {
		t.Fatal(err)
	}
	report, err := mutate.ParseReport(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range mutate.Packages() {
		if s, ok := report.Scores[name]; !ok || s.Percent() < mutate.Least(name) {
			t.Errorf("%s: on record %v: %s; want at least %v %%, see make mutate", name, ok, s, mutate.Least(name))
		}
	}
	if len(report.Scores) != len(mutate.Packages()) {
		t.Errorf("%d packages on record, %d in the list", len(report.Scores), len(mutate.Packages()))
	}
	list, err := os.ReadFile("equivalent.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mutate.ParseEquivalents(string(list)); err != nil {
		t.Error(err)
	}
}
