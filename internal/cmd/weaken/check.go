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
		if _, _, err := weakened(root, e); err != nil {
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

// weakened returns the files that an entry changes, in order, and their texts
// with all its edits.
func weakened(root string, e Entry) (files []string, texts map[string]string, err error) {
	texts = map[string]string{}
	for _, edit := range e.edits() {
		text, begun := texts[edit.File]
		if !begun {
			read, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(edit.File)))
			if err != nil {
				return nil, nil, fmt.Errorf("read the file to weaken: %w", err)
			}
			text, files = string(read), append(files, edit.File)
		}
		if texts[edit.File], err = edit.apply(text); err != nil {
			return nil, nil, err
		}
	}
	return files, texts, nil
}

// apply returns the text with Old replaced by New.
func (e Edit) apply(text string) (string, error) {
	if strings.HasSuffix(e.File, "_test.go") {
		return "", fmt.Errorf("%s is a test: weaken the product", e.File)
	}
	if e.Old == e.New {
		return "", fmt.Errorf("old and new text in %s are the same", e.File)
	}
	if n := strings.Count(text, e.Old); n != 1 {
		return "", fmt.Errorf("the old text occurs %d times in %s, must be once: %q", n, e.File, e.Old)
	}
	return strings.Replace(text, e.Old, e.New, 1), nil
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
