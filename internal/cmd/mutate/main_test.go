package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// copyModule copies the test module of the engine, so that reports have a place.
func copyModule(t *testing.T, equivalents string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS("../../mutate/testdata/planted")); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"docs", "internal/mutate"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "internal", "mutate", "equivalent.txt"), []byte(equivalents), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), args, &out, &err)
	return code, out.String(), err.String()
}

// FUZ-053: a score below the bound fails the run, which leaves its report.
func TestRun_low_score_fails_and_is_reported(t *testing.T) {
	t.Parallel()
	root := copyModule(t, "")
	code, stdout, stderr := call(t, "-root", root, "used")
	if code != 1 || !strings.Contains(stderr, "used scores below 85 %") || !strings.Contains(stdout, "never Double: lived: n > 99") {
		t.Errorf("%d, %q, %q", code, stdout, stderr)
	}
	report, err := os.ReadFile(filepath.Join(root, "docs", "mutation.md"))
	if err != nil || !strings.Contains(string(report), "\n## used\n") {
		t.Errorf("report %q, %v", report, err)
	}
}

// FUZ-052: a listed fault does not count, and a wrong entry fails.
func TestRun_reads_the_list_of_equivalent_faults(t *testing.T) {
	t.Parallel()
	const entries = "used/used.go Double never\nn > 99\na reason\n\nused/used.go Double boundary\nn > 99\na reason\n"
	if code, stdout, stderr := call(t, "-root", copyModule(t, entries), "used"); code != 0 {
		t.Errorf("%d, %q, %q", code, stdout, stderr)
	}
	const wrong = entries + "\nused/used.go Double body-zero\nfunc Double(n int) int\na reason\n"
	if code, _, stderr := call(t, "-root", copyModule(t, wrong), "used"); code != 1 || !strings.Contains(stderr, "the tests of used kill it") {
		t.Errorf("%d, %q", code, stderr)
	}
}

func TestRun_some_faults_leave_the_report_alone(t *testing.T) {
	t.Parallel()
	root := copyModule(t, "")
	code, stdout, _ := call(t, "-root", root, "-only", "body-zero", "used")
	if code != 0 || !strings.Contains(stdout, "used: 100.0 %: 1 faults") {
		t.Errorf("%d, %q", code, stdout)
	}
	if _, err := os.Stat(filepath.Join(root, "docs", "mutation.md")); err == nil {
		t.Error("wrote a report of a part")
	}
}

func TestRun_list_runs_nothing(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := call(t, "-root", copyModule(t, ""), "-list", "-only", "never", "broken", "used")
	if code != 0 || stdout != "used/used.go:5:5 never Double: n > 99\n" {
		t.Errorf("%d, %q, %q", code, stdout, stderr)
	}
}

func TestRun_exit_status(t *testing.T) {
	t.Parallel()
	root := copyModule(t, "")
	for _, tc := range []struct {
		args []string
		want int
	}{
		{[]string{"-h"}, 0},
		{[]string{"-unknown"}, 64},
		{[]string{"-only", "("}, 64},
		{[]string{"-root", root, "nowhere"}, 2},
		{[]string{"-root", root, "broken"}, 2},
		{[]string{"-root", t.TempDir(), "used"}, 2},
	} {
		if code, stdout, stderr := call(t, tc.args...); code != tc.want || stderr == "" {
			t.Errorf("%q: %d, %q, %q; want %d and a word", tc.args, code, stdout, stderr, tc.want)
		}
	}
}
