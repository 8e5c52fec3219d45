package mutate

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"strings"
)

// finder walks a package and collects all faults that could be planted.
type finder struct {
	pkg    *Package
	file   *source
	fn     string // the function that is walked
	quiet  map[types.Object]bool
	labels map[types.Type][]*types.Const
	found  []*candidate
}

func find(p *Package) []*candidate {
	f := &finder{pkg: p, quiet: map[types.Object]bool{}, labels: map[types.Type][]*types.Const{}}
	f.findQuiet()
	f.findLabels()
	for _, file := range p.files {
		f.file = file
		for _, decl := range file.ast.Decls {
			f.decl(decl)
		}
	}
	return f.found
}

func (f *finder) decl(decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		f.fn = funcName(d)
		if d.Body == nil || textMethods[d.Name.Name] && d.Recv != nil || f.quiet[f.pkg.info.Defs[d.Name]] {
			return
		}
		f.body(d.Type, d.Body)
		f.walk(d.Body, d.Type)
	case *ast.GenDecl:
		if d.Tok != token.VAR {
			return
		}
		for _, spec := range d.Specs {
			if v, ok := spec.(*ast.ValueSpec); ok {
				f.fn = "var " + v.Names[0].Name
				for _, value := range v.Values {
					f.walk(value, nil)
				}
			}
		}
	}
}

// textMethods make text for people.
var textMethods = map[string]bool{"String": true, "GoString": true, "Error": true, "Format": true, "LogValue": true}

// walk visits everything below n, which belongs to a function of type ft.
func (f *finder) walk(n ast.Node, ft *ast.FuncType) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			f.body(n.Type, n.Body)
			f.walk(n.Body, n.Type)
			return false
		case *ast.BlockStmt:
			f.statements(n.List)
		case *ast.CaseClause:
			f.statements(n.Body)
		case *ast.ExprStmt:
			// What an exempt call is given is only counted or logged.
			if call, ok := n.X.(*ast.CallExpr); ok && f.exempt(call) {
				return false
			}
		case *ast.DeferStmt:
			if lit, ok := n.Call.Fun.(*ast.FuncLit); ok {
				f.walk(lit.Body, lit.Type) // dropping it is the defer's own fault
				return false
			}
			return !f.exempt(n.Call)
		case *ast.IfStmt:
			f.ifStmt(n)
		case *ast.SwitchStmt:
			f.switchStmt(n)
			if n.Tag != nil { // cases are constants: not replaced
				f.tagged(n, ft)
				return false
			}
		case *ast.ReturnStmt:
			f.returnStmt(n, ft)
		case *ast.BinaryExpr:
			f.binary(n)
		case *ast.CallExpr:
			f.call(n)
		case *ast.CompositeLit:
			f.composite(n)
		case *ast.Ident:
			f.constant(n, n)
		case *ast.SelectorExpr:
			f.constant(n, n.Sel)
			f.walk(n.X, ft)
			return false
		case *ast.KeyValueExpr:
			if _, field := n.Key.(*ast.Ident); !field {
				f.walk(n.Key, ft)
			}
			f.walk(n.Value, ft)
			return false
		case *ast.GenDecl:
			return n.Tok == token.VAR
		}
		return true
	})
}

func (f *finder) tagged(n *ast.SwitchStmt, ft *ast.FuncType) {
	if n.Init != nil {
		f.walk(n.Init, ft)
	}
	f.walk(n.Tag, ft)
	for _, clause := range n.Body.List {
		if c, ok := clause.(*ast.CaseClause); ok {
			f.statements(c.Body)
			for _, s := range c.Body {
				f.walk(s, ft)
			}
		}
	}
}

// plant adds a fault whose text is that of node.
func (f *finder) plant(op Op, at ast.Node, shown string, edits ...edit) {
	pos := f.pkg.fset.Position(at.Pos())
	c := &candidate{
		Mutant: Mutant{
			File: path.Join(f.pkg.Name, f.file.name), Line: pos.Line, Col: pos.Column,
			Func: f.fn, Op: op, Source: oneLine(shown),
		},
		file: f.file, offset: pos.Offset, edits: edits,
	}
	for i := range c.edits {
		c.edits[i].id = func() int { return c.ID }
	}
	f.found = append(f.found, c)
}

// on makes the edit of a node from a format with the mutant's number and the
// inner text, in this order.
func (f *finder) on(n ast.Node, format string) edit {
	return edit{start: f.offset(n.Pos()), end: f.offset(n.End()), wrap: func(id int, inner string) string {
		return fmt.Sprintf(format, id, inner)
	}}
}

// before inserts text in front of a position.
func (f *finder) before(at token.Pos, format string) edit {
	return edit{start: f.offset(at), end: f.offset(at), wrap: func(id int, _ string) string {
		return fmt.Sprintf(format, id)
	}}
}

func (f *finder) offset(p token.Pos) int { return f.pkg.fset.Position(p).Offset }

func (f *finder) text(n ast.Node) string {
	return string(f.file.text[f.offset(n.Pos()):f.offset(n.End())])
}

// raw is the text of a node for use inside a format.
func (f *finder) raw(n ast.Node) string { return strings.ReplaceAll(f.text(n), "%", "%%") }

const maxShown = 160

// oneLine joins lines and bounds the length, for reports and keys.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxShown {
		s = string(r[:maxShown]) + "…"
	}
	return s
}

func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	recv, star := d.Recv.List[0].Type, false
	for {
		switch r := recv.(type) {
		case *ast.StarExpr:
			recv, star = r.X, true
			continue
		case *ast.IndexExpr:
			recv = r.X
			continue
		case *ast.IndexListExpr:
			recv = r.X
			continue
		case *ast.Ident:
			if star {
				return "(*" + r.Name + ")." + d.Name.Name
			}
			return r.Name + "." + d.Name.Name
		}
		return d.Name.Name
	}
}
