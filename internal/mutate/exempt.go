package mutate

import (
	"go/ast"
	"go/types"
	"path"
)

// exempt reports whether dropping the call is not counted: it counts, logs,
// locks, wipes, cancels or panics.
func (f *finder) exempt(call *ast.CallExpr) bool {
	if named, ok := f.pkg.info.TypeOf(call.Fun).(*types.Named); ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "context" {
		return true // CancelFunc, CancelCauseFunc
	}
	obj := f.callee(call)
	if obj == nil {
		return false
	}
	if obj.Pkg() == nil {
		return obj.Name() == "panic" || obj.Name() == "clear" && f.isBytes(call.Args[0])
	}
	switch p := obj.Pkg().Path(); {
	case p == "log", p == "log/slog", path.Base(p) == "metric" && p != f.pkg.Path:
		return true
	case p == "runtime":
		return obj.Name() == "KeepAlive"
	case p == "sync":
		return obj.Name() != "Wait"
	}
	return f.quiet[obj]
}

func (f *finder) isBytes(e ast.Expr) bool {
	var elem types.Type
	switch t := f.pkg.info.TypeOf(e).Underlying().(type) {
	case *types.Slice:
		elem = t.Elem()
	case *types.Map:
		return false
	}
	b, ok := elem.(*types.Basic)
	return ok && b.Kind() == types.Byte
}

// callee is the function, method or builtin that is called by name.
func (f *finder) callee(call *ast.CallExpr) types.Object {
	fun := ast.Unparen(call.Fun)
	if index, ok := fun.(*ast.IndexExpr); ok {
		fun = index.X
	}
	switch fun := fun.(type) {
	case *ast.Ident:
		return f.pkg.info.Uses[fun]
	case *ast.SelectorExpr:
		return f.pkg.info.Uses[fun.Sel]
	}
	return nil
}

// findQuiet collects functions of the package that do nothing but make one
// exempt call: a helper that counts is a counter.
func (f *finder) findQuiet() {
	for _, file := range f.pkg.files {
		for _, decl := range file.ast.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || d.Body == nil || len(d.Body.List) != 1 {
				continue
			}
			if s, ok := d.Body.List[0].(*ast.ExprStmt); ok {
				if call, ok := s.X.(*ast.CallExpr); ok && f.exempt(call) {
					f.quiet[f.pkg.info.Defs[d.Name]] = true
				}
			}
		}
	}
}
