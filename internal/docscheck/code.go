package docscheck

import (
	"context"
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
	"slices"
	"strings"
)

// Library says how Go blocks are read: which package a name before a dot means,
// and what the names are that a page uses without declaring them.
type Library struct {
	Packages map[string]string // name → import path
	Given    map[string]string // name → declaration, such as "var ctx context.Context"
	set      *token.FileSet
	imports  types.Importer
}

// Load asks the go command for what the packages export, compiled as they are
// now. It must run in root.
func Load(ctx context.Context, root string, packages, given map[string]string) (*Library, error) {
	args := []string{"list", "-export", "-deps", "-f", "{{if .Export}}{{.ImportPath}}\t{{.Export}}{{end}}"}
	for _, path := range packages {
		args = append(args, path)
	}
	slices.Sort(args[5:])
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("docscheck: go list: %w", err)
	}
	export := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		export[path] = file
	}
	set := token.NewFileSet()
	lookup := func(path string) (io.ReadCloser, error) {
		file, ok := export[path]
		if !ok {
			return nil, fmt.Errorf("no page may import %s: it is not in the list", path)
		}
		return os.Open(file)
	}
	return &Library{Packages: packages, Given: given, set: set, imports: importer.ForCompiler(set, "gc", lookup)}, nil
}

// Code reports Go blocks that do not compile (DOC-005). A block is a whole file,
// or declarations and statements in any order; what it imports follows from the
// names it uses. A variable that a page declares and does not go on to use is no
// fault: the page stops where its point is made.
func (l *Library) Code(pages []Page) []Fault {
	var faults []Fault
	for _, p := range pages {
		for _, b := range p.Blocks {
			if b.Info == "go" {
				faults = append(faults, l.compile(p.Path, b)...)
			}
		}
	}
	return faults
}

func (l *Library) compile(page string, b Block) []Fault {
	source := b.Text
	line := b.Line
	if !strings.HasPrefix(source, "package ") && !strings.Contains(source, "\npackage ") {
		source = arrange(page, b)
		probe, err := parser.ParseFile(token.NewFileSet(), "", "package page\n"+source, parser.SkipObjectResolution)
		if err != nil {
			return []Fault{{page, line, "does not parse: " + err.Error()}}
		}
		source = l.head(probe) + source
	} else {
		source = fmt.Sprintf("//line %s:%d\n%s", page, line, source)
	}
	file, err := parser.ParseFile(l.set, page, source, parser.SkipObjectResolution)
	if err != nil {
		return []Fault{{page, line, "does not parse: " + err.Error()}}
	}
	var faults []Fault
	conf := types.Config{Importer: l.imports, Error: func(err error) {
		e, ok := errors.AsType[types.Error](err)
		if ok && e.Soft {
			return // declared and not used
		}
		at := line
		if ok {
			if pos := l.set.Position(e.Pos); pos.Filename == page {
				at = pos.Line
			}
			err = errors.New(e.Msg)
		}
		faults = append(faults, Fault{page, at, err.Error()})
	}}
	_, _ = conf.Check("page", l.set, []*ast.File{file}, nil) // every error came to conf.Error
	return faults
}

// arrange puts the statements of a block into a function and leaves its
// declarations beside it.
func arrange(page string, b Block) string {
	var decls, body strings.Builder
	in := false // a declaration that goes on
	where := &body
	for i, text := range strings.Split(strings.TrimSuffix(b.Text, "\n"), "\n") {
		starts := declares(text)
		switch {
		case in && (text == "}" || text == ")"):
			in = false
		case !in && starts:
			where = &decls
			in = strings.HasSuffix(text, "{") || strings.HasSuffix(text, "(")
		case !in:
			where = &body
		}
		fmt.Fprintf(where, "//line %s:%d\n%s\n", page, b.Line+i, text)
	}
	return decls.String() + "func _() (_ error) {\n" + body.String() + "\nreturn\n}\n"
}

func declares(line string) bool {
	for _, word := range []string{"func ", "type ", "var ", "const ", "//go:embed "} {
		if strings.HasPrefix(line, word) {
			return true
		}
	}
	return false
}

// head is the package clause, the imports and the given names that the file
// needs.
func (l *Library) head(f *ast.File) string {
	declared := map[string]bool{}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			declared[d.Name.Name] = d.Recv == nil
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.ValueSpec:
					for _, n := range s.Names {
						declared[n.Name] = true
					}
				case *ast.TypeSpec:
					declared[s.Name.Name] = true
				}
			}
		}
	}
	names := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			names[id.Name] = true
		}
		return true
	})
	var vars []string
	text := ""
	for name, decl := range l.Given {
		if names[name] && !declared[name] {
			vars = append(vars, decl)
			text += decl + "\n"
		}
	}
	slices.Sort(vars)
	head := "package page\n"
	imported := map[string]bool{}
	for name, path := range l.Packages {
		if names[name] || strings.Contains(text, name+".") {
			imported[fmt.Sprintf("import %s %q\n", name, path)] = true
		}
	}
	lines := make([]string, 0, len(imported))
	for line := range imported {
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return head + strings.Join(lines, "") + strings.Join(vars, "\n") + "\n"
}
