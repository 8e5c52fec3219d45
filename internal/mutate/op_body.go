package mutate

import (
	"go/ast"
	"go/types"
	"strings"
)

// body plants body-zero and body-true.
func (f *finder) body(ft *ast.FuncType, body *ast.BlockStmt) {
	if len(body.List) == 0 {
		return
	}
	var zeros []string
	named := false
	if ft.Results != nil {
		for _, field := range ft.Results.List {
			named = named || len(field.Names) > 0
			for range max(1, len(field.Names)) {
				zeros = append(zeros, "*new("+f.raw(field.Type)+")")
			}
		}
	}
	shown := "func" + strings.TrimPrefix(f.text(ft), "func")
	at := body.Lbrace + 1
	switch {
	case named:
		f.plant(BodyZero, ft, shown, f.before(at, "\tif mutantOn(%d) { return };"))
	case len(zeros) == 0:
		if len(body.List) > 1 || !f.droppable(body.List[0]) {
			f.plant(BodyZero, ft, shown, f.before(at, "\tif mutantOn(%d) { return };"))
		}
	case !f.returnsZero(body):
		f.plant(BodyZero, ft, shown, f.before(at, "\tif mutantOn(%d) { return "+strings.Join(zeros, ", ")+" };"))
	}
	if len(zeros) == 1 && !named && f.isBool(ft.Results.List[0].Type) && !f.returnsTrue(body) {
		f.plant(BodyTrue, ft, shown, f.before(at, "\tif mutantOn(%d) { return true };"))
	}
}

// droppable statements have a fault of their own that empties the body.
func (f *finder) droppable(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ExprStmt:
		_, ok := s.X.(*ast.CallExpr)
		return ok
	case *ast.AssignStmt, *ast.IncDecStmt:
		return true
	}
	return false
}

func (f *finder) isBool(e ast.Expr) bool {
	b, ok := f.pkg.info.TypeOf(e).(*types.Basic)
	return ok && b.Kind() == types.Bool
}

// returnsZero: the body only returns zero values already.
func (f *finder) returnsZero(body *ast.BlockStmt) bool {
	r, ok := only[*ast.ReturnStmt](body)
	if !ok {
		return false
	}
	for _, e := range r.Results {
		if !f.isZero(e) {
			return false
		}
	}
	return true
}

func (f *finder) returnsTrue(body *ast.BlockStmt) bool {
	r, ok := only[*ast.ReturnStmt](body)
	return ok && len(r.Results) == 1 && f.constantText(r.Results[0]) == "true"
}

func only[S ast.Stmt](body *ast.BlockStmt) (S, bool) {
	s, ok := body.List[0].(S)
	return s, ok && len(body.List) == 1
}

func (f *finder) isZero(e ast.Expr) bool {
	if f.pkg.info.Types[e].IsNil() {
		return true
	}
	switch f.constantText(e) {
	case "0", "false", `""`:
		return true
	}
	lit, ok := e.(*ast.CompositeLit)
	if !ok || len(lit.Elts) > 0 {
		return false
	}
	switch f.pkg.info.TypeOf(lit).Underlying().(type) {
	case *types.Struct, *types.Array:
		return true
	}
	return false
}

func (f *finder) constantText(e ast.Expr) string {
	if v := f.pkg.info.Types[e].Value; v != nil {
		return v.ExactString()
	}
	return ""
}
