package mutate_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/mutate"
)

const planted = "testdata/planted"

// instrument plants everything in a package of the test module.
func instrument(t *testing.T, name string) *mutate.Schema {
	t.Helper()
	pkg, err := mutate.Load(t.Context(), planted, name)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := mutate.Instrument(pkg)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func measure(t *testing.T, name string, o mutate.Options) mutate.Result {
	t.Helper()
	result, err := mutate.Run(t.Context(), instrument(t, name), o)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// FUZ-052: the faults that live are exactly those that the source announces, and
// each operator finds one that is noticed and one that is not.
func TestRun_each_operator_lives_where_the_tests_do_not_look(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join(planted, "ops", "ops.go"))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i, line := range strings.Split(string(source), "\n") {
		if _, ops, ok := strings.Cut(line, "// lived: "); ok {
			for _, op := range strings.Fields(ops) {
				want = append(want, fmt.Sprintf("%d %s", i+1, op))
			}
		}
	}
	result := measure(t, "ops", mutate.Options{Jobs: 2})
	killed, lived := map[mutate.Op]int{}, map[mutate.Op]int{}
	var got []string
	for _, o := range result.Outcomes {
		switch {
		case o.Func == "unreached":
			if o.State != mutate.Lived || o.Reached {
				t.Errorf("%s: %s, reached %v; no test calls it", o.Mutant, o.State, o.Reached)
			}
		case o.State == mutate.Lived:
			lived[o.Op]++
			got = append(got, fmt.Sprintf("%d %s", o.Line, o.Op))
			if !o.Reached && o.Op != mutate.SwallowError { // of two errors that never come
				t.Errorf("%s: not reached", o.Mutant)
			}
		case o.State == mutate.Killed:
			killed[o.Op]++
			if o.By != "ops" {
				t.Errorf("%s: killed by %q", o.Mutant, o.By)
			}
		default:
			t.Errorf("%s: %s", o.Mutant, o.State)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("line %s lived and is not announced", g)
		}
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("line %s is announced and did not live", w)
		}
	}
	for _, op := range mutate.Ops() {
		if killed[op] == 0 || lived[op] == 0 {
			t.Errorf("%s: %d killed, %d lived; want some of each", op, killed[op], lived[op])
		}
	}
}

// FUZ-052
func TestInstrument_leaves_exempt_code_alone_and_numbers_in_order(t *testing.T) {
	t.Parallel()
	first, second := instrument(t, "ops"), instrument(t, "ops")
	if !slices.Equal(first.Mutants, second.Mutants) {
		t.Error("two runs number differently")
	}
	for i, m := range first.Mutants {
		if m.ID != i+1 {
			t.Fatalf("fault %d has number %d", i+1, m.ID)
		}
		for _, exempt := range []string{"slog.", ".Lock", ".Unlock", "clear(", "cancel()"} {
			if strings.Contains(m.Source, exempt) {
				t.Errorf("%s: %s is left alone", m, m.Source)
			}
		}
		if m.Func == "box.String" || m.Func == "(*box).String" {
			t.Errorf("%s: text for people is left alone", m)
		}
	}
}

// FUZ-052: what the tests of a package miss, those of its user may catch; the
// result tells whose it was.
func TestRun_wider_tests_kill_what_the_own_ones_miss(t *testing.T) {
	t.Parallel()
	own := measure(t, "used", mutate.Options{}).Score()
	if own.Lived == 0 || own.Wider != 0 {
		t.Errorf("own tests: %s", own)
	}
	result := measure(t, "used", mutate.Options{Wider: []string{"user"}})
	wider := result.Score()
	if wider.Own != own.Own || wider.Wider == 0 || wider.Lived >= own.Lived {
		t.Errorf("with the user's tests: %s", wider)
	}
	for _, o := range result.Outcomes {
		if o.State == mutate.Killed && o.By != "used" && o.By != "user" {
			t.Errorf("%s: killed by %q", o.Mutant, o.By)
		}
	}
}

// FUZ-050: time-outs count on neither side, and too many void the score.
func TestRun_endless_loop_is_a_time_out(t *testing.T) {
	t.Parallel()
	result := measure(t, "endless", mutate.Options{
		Timeout: time.Second,
		Select:  func(m mutate.Mutant) bool { return m.Op == mutate.DeleteAssign },
	})
	score := result.Score()
	if score.TimedOut != 1 || score.All() != 1 || !score.Void() || score.Percent() != 0 {
		t.Errorf("%s", score)
	}
}

// FUZ-052: a package that does not build is an error, never a kill.
func TestRun_package_that_does_not_build_is_an_error(t *testing.T) {
	t.Parallel()
	result, err := mutate.Run(t.Context(), instrument(t, "broken"), mutate.Options{})
	if !errors.Is(err, mutate.ErrBuild) || len(result.Outcomes) > 0 {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestRun_package_without_tests_is_an_error(t *testing.T) {
	t.Parallel()
	if _, err := mutate.Run(t.Context(), instrument(t, "seal"), mutate.Options{}); err == nil {
		t.Error("no test ran, and no error")
	}
}

// A test that the switches fail would kill everything that it reaches.
func TestRun_test_that_fails_without_a_fault_takes_no_part(t *testing.T) {
	t.Parallel()
	result := measure(t, "unfit", mutate.Options{})
	if !slices.Equal(result.Unfit, []string{"TestUnfit"}) {
		t.Errorf("unfit: %q", result.Unfit)
	}
	if s := result.Score(); s.Own == 0 || s.Lived == 0 {
		t.Errorf("%s", s)
	}
}

func TestLoad_reports_what_cannot_be_read(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"nowhere", "."} {
		if _, err := mutate.Load(t.Context(), planted, name); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

// The working tree is never written: what changes is in an overlay.
func TestRun_leaves_the_tree_untouched(t *testing.T) {
	t.Parallel()
	before := tree(t)
	measure(t, "used", mutate.Options{Wider: []string{"user"}})
	if after := tree(t); !slices.Equal(before, after) {
		t.Errorf("files before %q, after %q", before, after)
	}
}

func tree(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(planted, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files = append(files, path+": "+string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
