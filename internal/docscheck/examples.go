package docscheck

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Examples reports exported functions of public packages that no Example of
// their package calls, by itself or through a function of its test, or is named
// after (DOC-005). Methods are reached through the functions that
// make their receivers and are left to judgement.
func Examples(root string) ([]Fault, error) {
	var faults []Fault
	err := filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if dir != root && !public(dir, d.Name()) {
			return filepath.SkipDir
		}
		found, err := missing(root, dir)
		faults = append(faults, found...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("docscheck: examples: %w", err)
	}
	return faults, nil
}

// public reports a directory whose packages a program may import. A module of
// its own is no part of the library.
func public(dir, name string) bool {
	switch {
	case strings.HasPrefix(name, "."), name == "internal", name == "cmd", name == "testdata", name == "node_modules":
		return false
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err != nil
}

func missing(root, dir string) ([]Fault, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	called := map[string]bool{}
	helpers := map[string]*ast.FuncDecl{}
	var offered, examples []*ast.FuncDecl
	for _, file := range files {
		parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		test := strings.HasSuffix(file, "_test.go")
		for _, decl := range parsed.Decls {
			f, ok := decl.(*ast.FuncDecl)
			switch {
			case !ok:
			case test && strings.HasPrefix(f.Name.Name, "Example"):
				name, _, _ := strings.Cut(strings.TrimPrefix(f.Name.Name, "Example"), "_")
				called[name] = true
				examples = append(examples, f)
			case test && f.Recv == nil:
				helpers[f.Name.Name] = f
			case !test && f.Recv == nil && f.Name.IsExported():
				offered = append(offered, f)
			}
		}
	}
	for _, f := range examples {
		callees(f, helpers, called)
	}
	var faults []Fault
	for _, f := range offered {
		if called[f.Name.Name] {
			continue
		}
		at := set.Position(f.Pos())
		rel, err := filepath.Rel(root, at.Filename)
		if err != nil {
			return nil, err
		}
		faults = append(faults, Fault{filepath.ToSlash(rel), at.Line, f.Name.Name + " is in no Example of its package"})
	}
	slices.SortFunc(faults, func(a, b Fault) int { return strings.Compare(a.String(), b.String()) })
	return faults, nil
}

// callees notes the names of what an Example mentions of packages. A helper that
// it calls is read as a part of it, and only once.
func callees(f *ast.FuncDecl, helpers map[string]*ast.FuncDecl, into map[string]bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			into[n.Sel.Name] = true
		case *ast.Ident:
			if helper, ok := helpers[n.Name]; ok {
				delete(helpers, n.Name)
				callees(helper, helpers, into)
			}
		}
		return true
	})
}
