package mutate_test

import (
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/mutate"
)

func outcome(file string, line int, op mutate.Op, state mutate.State) mutate.Outcome {
	return mutate.Outcome{
		Mutant: mutate.Mutant{File: file, Line: line, Col: 2, Func: "open", Op: op, Source: "a || b"},
		State:  state, Reached: true,
	}
}

func sample() mutate.Result {
	killed, elsewhere := outcome("seal/a.go", 1, mutate.Never, mutate.Killed), outcome("seal/a.go", 2, mutate.Never, mutate.Killed)
	killed.By, elsewhere.By = "seal", "keys"
	return mutate.Result{
		Package: "seal",
		Outcomes: []mutate.Outcome{
			killed, elsewhere,
			outcome("seal/a.go", 3, mutate.Boundary, mutate.Lived),
			outcome("seal/a.go", 4, mutate.Negate, mutate.Lived),
			outcome("seal/a.go", 5, mutate.Negate, mutate.Lived),
		},
		Unfit: []string{"TestAllocs"},
	}
}

// FUZ-053
func TestScore(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		score   mutate.Score
		percent float64
		void    bool
	}{
		{mutate.Score{}, 0, false},
		{mutate.Score{Own: 8, Wider: 1, Lived: 1, Same: 40}, 90, false},
		{mutate.Score{Own: 49, TimedOut: 1}, 100, false},
		{mutate.Score{Own: 48, TimedOut: 1}, 0, true},
	} {
		if tc.score.Percent() != tc.percent || tc.score.Void() != tc.void {
			t.Errorf("%s: void %v; want %v, %v", tc.score, tc.score.Void(), tc.percent, tc.void)
		}
	}
}

func TestReport_keeps_the_part_of_a_package_that_was_not_run(t *testing.T) {
	t.Parallel()
	var first mutate.Report
	first.Set(sample())
	other := sample()
	other.Package = "authn"
	first.Set(other)
	read, err := mutate.ParseReport(first.String())
	if err != nil {
		t.Fatal(err)
	}
	if read.String() != first.String() {
		t.Errorf("read back:\n%s\nwas:\n%s", read, &first)
	}
	clean := sample()
	clean.Outcomes = clean.Outcomes[:2]
	read.Set(clean)
	if got := read.Scores["seal"]; got.Lived != 0 || read.Scores["authn"].Lived != 3 {
		t.Errorf("scores %v", read.Scores)
	}
	if text := read.String(); strings.Count(text, "Lived:") != 1 || !strings.Contains(text, "| seal | 100.0 % | 2 | 1 | 1 | 0 | 0 | 0 |") {
		t.Errorf("report:\n%s", text)
	}
	for _, bad := range []string{
		strings.Replace(first.String(), "| 5 | 1 | 1 | 3 |", "| 5 | 1 | 1 | 2 |", 1),
		strings.Replace(first.String(), "| 5 | 1 |", "| 5 | x |", 1),
		first.String() + "\n## unknown\n",
	} {
		if _, err := mutate.ParseReport(bad); err == nil {
			t.Errorf("accepted:\n%s", bad)
		}
	}
}

// FUZ-052: each fault that lives is killed or listed with a reason; an entry that
// is not true any more fails.
func TestAccept(t *testing.T) {
	t.Parallel()
	const reason = "\tnobody can tell\n"
	for _, tc := range []struct {
		name, list string
		wantLived  int
		wantErr    string
	}{
		{"one", "# why\nseal/a.go open boundary\n\ta || b\n" + reason, 2, ""},
		{"all that look alike", "seal/a.go open negate\na || b\n" + reason, 1, ""},
		{"one of those that look alike", "seal/a.go open negate 2\na || b\n" + reason, 2, ""},
		{"of another package", "authn/a.go open negate\na || b\n" + reason, 3, ""},
		{"other source", "seal/a.go open negate\na && b\n" + reason, 3, "no such fault"},
		{"third of two", "seal/a.go open negate 3\na || b\n" + reason, 3, "no such fault"},
		{"killed", "seal/a.go open never 2\na || b\n" + reason, 3, "the tests of keys kill it"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			list, err := mutate.ParseEquivalents(tc.list)
			if err != nil {
				t.Fatal(err)
			}
			r := sample()
			err = r.Accept(list)
			if tc.wantErr == "" && err != nil || tc.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tc.wantErr)) {
				t.Errorf("error %v, want %q", err, tc.wantErr)
			}
			if s := r.Score(); s.Lived != tc.wantLived || s.Lived+s.Same != 3 {
				t.Errorf("%s", s)
			}
		})
	}
	for _, bad := range []string{"seal/a.go open never\na || b\n", "seal/a.go never\na\nb\n", "seal/a.go open never 0\na\nb\n"} {
		if list, err := mutate.ParseEquivalents(bad); err == nil {
			t.Errorf("%q: %v", bad, list)
		}
	}
}
