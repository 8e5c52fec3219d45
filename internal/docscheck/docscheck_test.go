package docscheck

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree writes files below a directory of the test.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func lines(faults []Fault) string {
	out := make([]string, len(faults))
	for i, f := range faults {
		out[i] = f.String()
	}
	return strings.Join(out, "\n")
}

// DOC-005, DOC-010
func TestLinks(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ page, want string }{
		"all well":            {"# A b\n[x](#a-b) [y](docs/c.md#d-e--f) [z](docs) [w](https://example.com) ![a lock](docs/c.md)", ""},
		"a heading with code": {"## What `axess.New` does, and why\n[x](#what-axessnew-does-and-why)", ""},
		"the second of two":   {"# A\n# A\n[x](#a-1)", ""},
		"no file":             {"[x](gone.md)", "p.md:1: there is no gone.md"},
		"no heading":          {"text\n[x](docs/c.md#gone)", "p.md:2: docs/c.md has no heading #gone"},
		"no heading here":     {"[x](#gone)", "p.md:1: p.md has no heading #gone"},
		"without TLS":         {"[x](http://example.com)", "p.md:1: an address without TLS: http://example.com"},
		"of one host":         {"[x](/docs/c.md)", "p.md:1: a link that only one host understands: /docs/c.md"},
		"outside":             {"[x](../c.md)", "p.md:1: leaves the repository: ../c.md"},
		"a blind picture":     {"![](docs/c.md)", "p.md:1: a picture without alternative text: docs/c.md"},
		"code is no link":     {"`[x](gone.md)`\n\n```\n[x](gone.md)\n# no heading\n```\n", ""},
		"code in a link":      {"[`x`](gone.md)", "p.md:1: there is no gone.md"},
		"a picture in HTML":   {`<a href="docs/c.md"><img src="docs/c.md" alt="a lock"></a>`, ""},
		"a blind one":         {`<img src="docs/c.md">`, "p.md:1: a picture without alternative text: docs/c.md"},
		"one that is gone":    {`<picture><source srcset="gone.webp"><img src="gone.webp" alt="x"></picture>`, "p.md:1: there is no gone.webp\np.md:1: there is no gone.webp"},
		"an open fence":       {"```go\nfunc", "p.md:2: a fenced block is never closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := tree(t, map[string]string{"p.md": tc.page, "docs/c.md": "# D, e & f\n"})
			pages, err := Read(root)
			if err != nil {
				t.Fatal(err)
			}
			if got := lines(Links(root, pages)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestIndex(t *testing.T) {
	t.Parallel()
	pages := []Page{
		Parse("docs/README.md", "[a](a.md#x)"), Parse("docs/a.md", ""), Parse("docs/b.md", ""), Parse("docs/deep/c.md", ""),
	}
	if got := lines(Index(pages, "docs/README.md", "docs")); got != "docs/b.md:0: is not in docs/README.md" {
		t.Error(got)
	}
}

// DOC-005
func TestCode(t *testing.T) {
	t.Parallel()
	lib, err := Load(t.Context(), root, map[string]string{"fmt": "fmt", "http": "net/http", "errors": "errors"}, map[string]string{
		"w": "var w http.ResponseWriter", "home": "func home() {}",
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ code, want string }{
		"a statement":              {`fmt.Fprint(w, "x")`, ""},
		"a variable of the page":   {`answer := 42`, ""},
		"statements around a func": {"x := twice(2)\nfmt.Println(x)\n\nfunc twice(n int) int {\n\treturn 2 * n\n}\nhome()", ""},
		"a return":                 {"if w == nil {\n\treturn errors.New(\"x\")\n}", ""},
		"a func of a given name":   {"func home() string {\n\treturn \"\"\n}", ""},
		"a file":                   {"package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println() }", ""},
		"a name that is not there": {"x := 1\nfmt.Printn(x)", "p.md:4: undefined: fmt.Printn"},
		"a type that does not fit": {`var n int = "x"`, "p.md:3: cannot use \"x\""},
		"a package nobody knows":   {"package main\n\nimport \"os/exec\"\n\nvar _ = exec.Command", "p.md:5: could not import os/exec"},
		"half a line":              {"x := (", "p.md:3: does not parse"},
	} {
		t.Run(name, func(t *testing.T) {
			got := lines(lib.Code([]Page{Parse("p.md", "# T\n```go\n"+tc.code+"\n```\n")}))
			if tc.want == "" && got != "" || !strings.HasPrefix(got, tc.want) {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// DOC-005
func TestExamples(t *testing.T) {
	t.Parallel()
	root := tree(t, map[string]string{
		"go.mod":             "module x\n",
		"a/a.go":             "package a\nfunc New() {}\nfunc Helped() {}\nfunc Old() {}\nfunc Named() {}\nfunc hidden() {}\ntype T struct{}\nfunc (T) Do() {}\n",
		"a/a_test.go":        "package a_test\nfunc ExampleNew() { a.New(); help() }\nfunc help() { a.Helped() }\nfunc ExampleNamed_second() {}\nfunc TestOld() { a.Old() }\n",
		"internal/b/b.go":    "package b\nfunc New() {}\n",
		"cmd/c/c.go":         "package main\nfunc New() {}\n",
		"bench/go.mod":       "module y\n",
		"bench/d.go":         "package d\nfunc New() {}\n",
		"a/testdata/e/e.go":  "package e\nfunc New() {}\n",
		".tools/f/broken.go": "package",
	})
	faults, err := Examples(root)
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(faults); got != "a/a.go:4: Old is in no Example of its package" {
		t.Error(got)
	}
}

// DOC-011
func TestFigures(t *testing.T) {
	t.Parallel()
	page := "# T\n" + figuresBegin + "old\n" + figuresEnd + "\nrest\n"
	results := "| read | axess | ≤ 0.30× of scs, idle timeout, ≤ 30 allocs | 0.19×, 26 allocs | **met** |\n" +
		"| csrf | axess | ≤ 0.20× of gorilla/csrf | 0.21× | **missed** |\n| cookie | axess | ≤ 2.00 µs | 288 ns | **met** |\n" +
		"\n## Reading\n\n`-contest read`\n\n## Forging\n\n`-contest csrf`\n"
	got, err := Figures(page, results)
	want := "# T\n" + figuresBegin + "| | axess takes |\n|---|---|\n| Reading | 0.19× of scs, idle timeout |\n" +
		"| Forging | 0.21× of gorilla/csrf (we want ≤ 0.20×: missed) |\n" + figuresEnd + "\nrest\n"
	if err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
	for _, bad := range [][2]string{{"# T\n", results}, {page, "nothing"}} {
		if _, err := Figures(bad[0], bad[1]); !errors.Is(err, ErrNoFigures) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
