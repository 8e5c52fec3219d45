package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
)

// naming is what the tests say: for each id the places whose comments name it.
type naming struct {
	at     map[string][]string // id → file:line, in path order
	faults []string
}

// readTests reads the comments of all test code below root, nested modules
// included. Test code is a _test.go file, or a file that imports "testing":
// the conformance suites are ordinary packages so that adapters outside this
// repository can run them.
func readTests(root string, known prefixes) (naming, error) {
	n := naming{at: map[string][]string{}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != root && skippedDir(d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return n.readFile(path, filepath.ToSlash(rel), known)
	})
	if err != nil {
		return n, fmt.Errorf("trace: read tests: %w", err)
	}
	return n, nil
}

// Fixtures below testdata are made up, and what is installed is not ours.
func skippedDir(name string) bool {
	return name == "testdata" || name == "vendor" || name == "node_modules" || strings.HasPrefix(name, ".")
}

func (n *naming) readFile(path, rel string, known prefixes) error {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	if !strings.HasSuffix(rel, "_test.go") && !importsTesting(file) {
		return nil
	}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			place := fmt.Sprintf("%s:%d", rel, fset.Position(comment.Pos()).Line)
			ids, ranges := known.find(comment.Text)
			for _, id := range ids {
				n.at[id] = append(n.at[id], place)
			}
			for _, r := range ranges {
				n.faults = append(n.faults, fmt.Sprintf("%s: %s is a range; spell out each id", place, r))
			}
		}
	}
	return nil
}

func importsTesting(file *ast.File) bool {
	for _, imp := range file.Imports {
		if imp.Path.Value == `"testing"` {
			return true
		}
	}
	return false
}
