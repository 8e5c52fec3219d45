package archtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// Package is one node of the import graph, without its tests.
type Package struct {
	Path    string   // import path
	Module  string   // path of its module; empty for the standard library
	Imports []string // import paths
}

// Graph holds packages and everything they reach, by import path.
type Graph map[string]Package

// Load asks the go command for the packages of the module in dir and all their
// dependencies.
func Load(ctx context.Context, dir string) (Graph, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-json=ImportPath,Imports,Module", "./...")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("archtest: go list: %w: %s", err, stderr.Bytes())
	}
	return decode(bytes.NewReader(out))
}

func decode(r io.Reader) (Graph, error) {
	g := Graph{}
	for d := json.NewDecoder(r); ; {
		var p struct {
			ImportPath string
			Imports    []string
			Module     *struct{ Path string }
		}
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return g, nil
		}
		if err != nil {
			return nil, fmt.Errorf("archtest: decode graph: %w", err)
		}
		node := Package{Path: p.ImportPath, Imports: p.Imports}
		if p.Module != nil {
			node.Module = p.Module.Path
		}
		g[p.ImportPath] = node
	}
}

// name makes an import path relative to Module; false for foreign packages.
func name(path string) (string, bool) {
	if path == Module {
		return ".", true
	}
	return strings.CutPrefix(path, Module+"/")
}
