package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/axess-go/axess/internal/overlay"
)

var entryName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// check says in one sentence each what keeps entries from being run: a stale
// Old, a test that is gone, a requirement nobody listed.
func check(root string, entries []Entry) []string {
	var faults []string
	seen := map[string]bool{}
	tests := map[string]map[string]bool{} // directory → names of test functions
	for _, e := range entries {
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Sprintf("weaken: %s: %s", e.Name, fmt.Sprintf(format, args...)))
		}
		if !entryName.MatchString(e.Name) || seen[e.Name] {
			fault("the name is not lower case with dashes, or used twice")
		}
		seen[e.Name] = true
		if !sentence(e.Attack) || !sentence(e.Gain) {
			fault("Attack and Gain are one sentence each, with a full stop")
		}
		if _, _, err := overlay.Texts(root, e.edits()); err != nil {
			fault("%v", err)
		}
		if tests[e.Pkg] == nil {
			names, err := testNames(filepath.Join(root, filepath.FromSlash(e.Pkg)))
			if err != nil {
				fault("%v", err)
			}
			tests[e.Pkg] = names
		}
		if top, _, _ := strings.Cut(e.Run, "/"); !tests[e.Pkg][top] {
			fault("%s has no test function %s", e.Pkg, top)
		}
		if _, err := regexp.Compile(e.Run); err != nil {
			fault("Run is no regular expression")
		}
		if len(e.IDs) == 0 {
			fault("names no requirement")
		}
		for _, id := range e.IDs {
			if !listed(root, id) {
				fault("%s is not listed in docs/requirements", id)
			}
		}
	}
	return faults
}

func sentence(s string) bool {
	return strings.HasSuffix(s, ".") && !strings.ContainsAny(s, "\n|")
}

func testNames(dir string) (map[string]bool, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, fmt.Errorf("list tests: %w", err)
	}
	names := map[string]bool{}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("read tests: %w", err)
		}
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				names[fn.Name.Name] = true
			}
		}
	}
	return names, nil
}

func listed(root, id string) bool {
	prefix, _, _ := strings.Cut(id, "-")
	text, err := os.ReadFile(filepath.Join(root, "docs", "requirements", prefix+".md"))
	return err == nil && strings.Contains(string(text), "- **"+id+"**")
}
