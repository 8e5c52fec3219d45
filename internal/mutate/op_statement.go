package mutate

import (
	"go/ast"
	"go/token"
	"go/types"
)

// statements plants what drops or exchanges statements of one list.
func (f *finder) statements(list []ast.Stmt) {
	for i, s := range list {
		f.drop(s)
		if i+1 < len(list) {
			f.swap(s, list[i+1])
		}
	}
}

func (f *finder) drop(s ast.Stmt) {
	const without = "if !mutantOn(%d) { %s }"
	switch s := s.(type) {
	case *ast.ExprStmt:
		if call, ok := s.X.(*ast.CallExpr); ok && !f.exempt(call) {
			f.plant(DeleteCall, s, f.text(s), f.on(s, without))
		}
	case *ast.DeferStmt:
		if !f.exempt(s.Call) {
			f.plant(DeleteCall, s, f.text(s), f.on(s, without))
		}
	case *ast.AssignStmt:
		if s.Tok != token.DEFINE && !blank(s.Lhs) {
			f.plant(DeleteAssign, s, f.text(s), f.on(s, without))
		}
	case *ast.IncDecStmt:
		f.plant(DeleteAssign, s, f.text(s), f.on(s, without))
	case *ast.IfStmt:
		if f.isStep(s) {
			f.plant(SkipStep, s, f.text(s.Init), f.on(s, without))
		}
	}
}

func blank(lhs []ast.Expr) bool {
	for _, e := range lhs {
		if id, ok := e.(*ast.Ident); !ok || id.Name != "_" {
			return false
		}
	}
	return true
}

// isStep: if err := f(…); err != nil { … }.
func (f *finder) isStep(s *ast.IfStmt) bool {
	if s.Init == nil || s.Else != nil || !leaves(s.Body) {
		return false
	}
	assign, ok := s.Init.(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 {
		return false
	}
	if _, ok := assign.Rhs[0].(*ast.CallExpr); !ok {
		return false
	}
	cond, ok := s.Cond.(*ast.BinaryExpr)
	return ok && cond.Op == token.NEQ && f.pkg.info.Types[cond.Y].IsNil() && isError(f.pkg.info.TypeOf(cond.X))
}

// swap plants the exchange of two adjacent steps. The second is copied in front
// of the first and dropped from its own place.
func (f *finder) swap(a, b ast.Stmt) {
	aFails, aOK := f.effect(a)
	bFails, bOK := f.effect(b)
	if !aOK || !bOK || !aFails && !bFails || f.text(a) == f.text(b) {
		return
	}
	f.plant(SwapSteps, a, shownStep(f, a)+" ⇄ "+shownStep(f, b),
		f.before(a.Pos(), "if mutantOn(%d) { "+f.raw(b)+" };"),
		f.on(b, "if !mutantOn(%d) { %s }"))
}

func shownStep(f *finder, s ast.Stmt) string {
	if s, ok := s.(*ast.IfStmt); ok {
		return f.text(s.Init)
	}
	return f.text(s)
}

// effect reports whether s is a step that may change places, and whether it can
// fail.
func (f *finder) effect(s ast.Stmt) (fails, ok bool) {
	switch s := s.(type) {
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		return false, ok && !f.exempt(call)
	case *ast.IfStmt:
		return true, f.isStep(s)
	case *ast.AssignStmt:
		if s.Tok != token.ASSIGN || len(s.Rhs) != 1 {
			return false, false
		}
		_, call := s.Rhs[0].(*ast.CallExpr)
		return isError(f.pkg.info.TypeOf(s.Lhs[len(s.Lhs)-1])), call
	}
	return false, false
}

// returnStmt plants swallow-error.
func (f *finder) returnStmt(n *ast.ReturnStmt, ft *ast.FuncType) {
	if ft == nil || ft.Results == nil || len(n.Results) == 0 || len(n.Results) != ft.Results.NumFields() {
		return
	}
	field := ft.Results.List[len(ft.Results.List)-1]
	last := n.Results[len(n.Results)-1]
	if isError(f.pkg.info.TypeOf(field.Type)) && !f.pkg.info.Types[last].IsNil() {
		f.plant(SwallowError, last, f.text(n), f.on(last, "mutantNil(%d, %s)"))
	}
}

func isError(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}
