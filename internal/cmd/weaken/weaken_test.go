package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const repository = "../../.."

// FUZ-053: every Old stands in its file exactly once, every test exists, every
// id is listed. Runs nothing: a stale entry is red here first.
func TestTable_fits_the_tree(t *testing.T) {
	t.Parallel()
	entries := Entries()
	if len(entries) == 0 {
		t.Fatal("the table is empty")
	}
	for _, fault := range check(repository, entries) {
		t.Error(fault)
	}
}

// FUZ-053
func TestPage_is_in_step_with_the_table(t *testing.T) {
	t.Parallel()
	have, err := os.ReadFile(filepath.Join(repository, filepath.FromSlash(page)))
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != renderPage(areas()) {
		t.Errorf("%s is out of step: go run ./internal/cmd/weaken -page", page)
	}
}

// module writes a module with one guarded function, and returns an entry that
// opens it.
func module(t *testing.T, test string) (root string, e Entry) {
	t.Helper()
	root = t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                   "module example.test/m\n\ngo 1.26\n",
		"p/p.go":                   "package p\n\nfunc Allowed(n int) bool {\n\tif n > 3 {\n\t\treturn false\n\t}\n\treturn true\n}\n",
		"p/p_test.go":              "package p\n\nimport \"testing\"\n\n" + test,
		"docs/requirements/SES.md": "- **SES-001** One.\n",
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root, Entry{
		Name: "limit-off", Attack: "I ask for four.", Gain: "Four.",
		Edit: Edit{File: "p/p.go", Old: "n > 3", New: "n > 4"},
		Pkg:  "p", Run: "TestAllowed", IDs: []string{"SES-001"},
	}
}

const good = "func TestAllowed(t *testing.T) {\n\tif Allowed(4) {\n\t\tt.Error(\"four got in\")\n\t}\n}\n"

// FUZ-053: only a test that ran and judged counts; whatever else ends in red is
// a fault of the entry.
func TestRunEntry(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, test string
		change     func(*Entry)
		want       string // part of the fault; empty for an entry that holds
	}{
		{"the test misses the defence", good, nil, ""},
		{"and says so", good, func(e *Entry) { e.Says = "four got in" }, ""},
		{"for another reason", good, func(e *Entry) { e.Says = "five got in" }, "another reason"},
		{"the test looks past it", "func TestAllowed(t *testing.T) {\n\tif Allowed(9) {\n\t\tt.Error()\n\t}\n}\n", nil, "SURVIVED"},
		{"it does not compile", good, func(e *Entry) { e.New = "n >" }, "does not compile"},
		{"no such subtest", good, func(e *Entry) { e.Run = "TestAllowed/never" }, "did not run"},
		{"no such test", good, func(e *Entry) { e.Run = "TestAllow" }, "did not run"},
		{"it panics", "func TestAllowed(t *testing.T) {\n\tif Allowed(4) {\n\t\tpanic(4)\n\t}\n}\n", nil, "panicked"},
		{"a subtest fails", "func TestAllowed(t *testing.T) {\n\tt.Run(\"of four\", func(t *testing.T) {\n\t\tif Allowed(4) {\n\t\t\tt.Error()\n\t\t}\n\t})\n}\n", func(e *Entry) { e.Run = "TestAllowed/of_four" }, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			root, e := module(t, tc.test)
			if tc.change != nil {
				tc.change(&e)
			}
			before := read(t, root, e.File)
			v, err := runEntry(t.Context(), root, e)
			if err != nil {
				t.Fatal(err)
			}
			if v.holds() != (tc.want == "") || !strings.Contains(v.fault, tc.want) {
				t.Errorf("fault %q, want %q; go test said:\n%s", v.fault, tc.want, v.shown)
			}
			if read(t, root, e.File) != before {
				t.Error("the working tree was touched")
			}
		})
	}
}

func read(t *testing.T, root, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// FUZ-053
func TestCheck_names_what_is_stale(t *testing.T) {
	t.Parallel()
	root, e := module(t, good)
	if faults := check(root, []Entry{e}); len(faults) > 0 {
		t.Fatal(faults)
	}
	for name, tc := range map[string]struct {
		change func(*Entry)
		want   string
	}{
		"old is gone":    {func(e *Entry) { e.Old = "n > 7" }, "occurs 0 times"},
		"old twice":      {func(e *Entry) { e.Old = "return" }, "occurs 2 times"},
		"nothing done":   {func(e *Entry) { e.New = e.Old }, "are the same"},
		"file is gone":   {func(e *Entry) { e.File = "p/q.go" }, "q.go"},
		"weakens a test": {func(e *Entry) { e.File, e.Old = "p/p_test.go", "Allowed(4)" }, "is a test"},
		"test is gone":   {func(e *Entry) { e.Run = "TestAllow/x" }, "has no test function TestAllow"},
		"second edit":    {func(e *Entry) { e.Also = []Edit{{File: "p/p.go", Old: "n > 9"}} }, "occurs 0 times"},
		"id not listed":  {func(e *Entry) { e.IDs = []string{"SES-002"} }, "SES-002 is not listed"},
		"no id":          {func(e *Entry) { e.IDs = nil }, "names no requirement"},
		"no sentence":    {func(e *Entry) { e.Attack = "I ask" }, "one sentence"},
		"bad name":       {func(e *Entry) { e.Name = "Limit off" }, "lower case"},
	} {
		changed := e
		tc.change(&changed)
		if faults := check(root, []Entry{changed}); len(faults) != 1 || !strings.Contains(faults[0], tc.want) {
			t.Errorf("%s: %q, want one with %q", name, faults, tc.want)
		}
	}
	if faults := check(root, []Entry{e, e}); len(faults) != 1 || !strings.Contains(faults[0], "twice") {
		t.Errorf("one name twice: %q", faults)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	_, e := module(t, good)
	var people, machine strings.Builder
	bad := verdict{fault: "SURVIVED", shown: "ok p"}
	for _, v := range []verdict{{}, bad} {
		reporter{out: &people}.entry(e, v)
		reporter{out: &machine, json: true}.entry(e, v)
	}
	for _, want := range []string{"ok    limit-off\n", "FAIL  limit-off: SURVIVED", "attack: I ask for four.", "-n > 3", "+n > 4", "ok p"} {
		if !strings.Contains(people.String(), want) {
			t.Errorf("lacks %q:\n%s", want, people.String())
		}
	}
	for _, want := range []string{`{"Action":"pass","Package":"weaken","Test":"limit-off"}`, `{"Action":"fail","Package":"weaken","Test":"limit-off"}`} {
		if !strings.Contains(machine.String(), want+"\n") {
			t.Errorf("lacks %q:\n%s", want, machine.String())
		}
	}
}
