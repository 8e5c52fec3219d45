package mutate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// Package is a parsed and type-checked package without its tests.
type Package struct {
	Root string // absolute path of the module
	Name string // relative to the module: "middleware/csrf"; "." for its root
	Path string // import path
	Dir  string // absolute

	fset     *token.FileSet
	files    []*source
	types    *types.Package
	info     *types.Info
	importer types.Importer
}

// source is one file.
type source struct {
	name string // base name
	text []byte
	ast  *ast.File
}

// Load reads the package at name, relative to the module in root. Types of
// dependencies come from the go command's build cache.
func Load(ctx context.Context, root, name string) (*Package, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("mutate: load: %w", err)
	}
	listed, exports, err := list(ctx, root, "./"+name)
	if err != nil {
		return nil, fmt.Errorf("mutate: load %s: %w", name, err)
	}
	p := &Package{Root: root, Name: filepath.ToSlash(name), Path: listed.ImportPath, Dir: listed.Dir, fset: token.NewFileSet()}
	p.importer = importer.ForCompiler(p.fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("no export data for %s", path)
		}
		return os.Open(exports[path])
	})
	for _, base := range listed.GoFiles {
		text, err := os.ReadFile(filepath.Join(p.Dir, base))
		if err != nil {
			return nil, fmt.Errorf("mutate: load %s: %w", name, err)
		}
		file, err := parser.ParseFile(p.fset, base, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("mutate: load %s: %w", name, err)
		}
		p.files = append(p.files, &source{name: base, text: text, ast: file})
	}
	p.info = &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Uses:       map[*ast.Ident]types.Object{},
		Defs:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	var parsed []*ast.File
	for _, f := range p.files {
		parsed = append(parsed, f.ast)
	}
	p.types, err = (&types.Config{Importer: p.importer}).Check(p.Path, p.fset, parsed, p.info)
	if err != nil {
		return nil, fmt.Errorf("mutate: load %s: %w", name, err)
	}
	return p, nil
}

type listing struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	DepOnly, Standard       bool
}

// list returns the package and where the export data of each dependency is.
func list(ctx context.Context, dir, pattern string) (listing, map[string]string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,DepOnly,Standard",
		pattern, "os", "strconv", "sync/atomic") // what the switches import
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return listing{}, nil, fmt.Errorf("go list: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	var named listing
	exports := map[string]string{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var one listing
		err := d.Decode(&one)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return listing{}, nil, fmt.Errorf("go list: %w", err)
		}
		exports[one.ImportPath] = one.Export
		if !one.DepOnly && !one.Standard {
			named = one
		}
	}
	if len(named.GoFiles) == 0 {
		return listing{}, nil, errors.New("no Go files")
	}
	return named, exports, nil
}
