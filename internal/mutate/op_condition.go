package mutate

import (
	"go/ast"
	"go/token"
	"go/types"
)

// ifStmt plants never, and always where the body does not leave.
func (f *finder) ifStmt(n *ast.IfStmt) {
	f.plant(Never, n.Cond, f.text(n.Cond), f.on(n.Cond, "!mutantOn(%d) && (%s)"))
	if n.Else == nil && !leaves(n.Body) {
		f.plant(Always, n.Cond, f.text(n.Cond), f.on(n.Cond, "mutantOn(%d) || (%s)"))
	}
}

// switchStmt plants never for each condition of a switch without tag.
func (f *finder) switchStmt(n *ast.SwitchStmt) {
	if n.Tag != nil {
		return
	}
	for _, clause := range n.Body.List {
		if c, ok := clause.(*ast.CaseClause); ok {
			for _, cond := range c.List {
				f.plant(Never, cond, f.text(cond), f.on(cond, "!mutantOn(%d) && (%s)"))
			}
		}
	}
}

// leaves reports whether the block ends by leaving what surrounds it.
func leaves(b *ast.BlockStmt) bool {
	if len(b.List) == 0 {
		return false
	}
	switch last := b.List[len(b.List)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	case *ast.ExprStmt:
		call, ok := last.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		id, ok := call.Fun.(*ast.Ident)
		return ok && id.Name == "panic"
	}
	return false
}

var comparisons = map[token.Token]string{token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">"}

// binary plants drop-operand, boundary and negate.
func (f *finder) binary(n *ast.BinaryExpr) {
	if f.pkg.info.Types[n].Value != nil {
		return // decided by the compiler
	}
	switch n.Op { //nolint:exhaustive // of all tokens these are what is exchanged
	case token.LAND, token.LOR:
		format := "(mutantOn(%d) || (%s))"
		if n.Op == token.LOR {
			format = "(!mutantOn(%d) && (%s))"
		}
		for _, operand := range []ast.Expr{n.X, n.Y} {
			if inner, chain := operand.(*ast.BinaryExpr); !chain || inner.Op != n.Op {
				f.plant(DropOperand, operand, f.text(operand)+" in "+f.text(n), f.on(operand, format))
			}
		}
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		f.exchange(n, f.raw(n.X)+" "+comparisons[n.Op]+" "+f.raw(n.Y))
	case token.EQL, token.NEQ:
		if !f.pkg.info.Types[n.X].IsNil() && !f.pkg.info.Types[n.Y].IsNil() {
			f.plant(Negate, n, f.text(n), f.on(n, "(mutantOn(%d) != (%s))"))
		}
	}
}

// exchange plants a boundary: other is evaluated in place of n, never both.
func (f *finder) exchange(n ast.Expr, other string) {
	f.plant(Boundary, n, f.text(n), f.on(n, "(mutantOn(%[1]d) && ("+other+") || !mutantOn(%[1]d) && (%[2]s))"))
}

// timeComparison plants the boundary of Before and After.
func (f *finder) timeComparison(call *ast.CallExpr) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) != 1 || f.pkg.info.Selections[sel] == nil {
		return
	}
	named, ok := types.Unalias(f.pkg.info.TypeOf(sel.X)).(*types.Named)
	if !ok || named.Obj().Pkg() == nil || named.Obj().Pkg().Path() != "time" || named.Obj().Name() != "Time" {
		return
	}
	other := map[string]string{"Before": "After", "After": "Before"}[sel.Sel.Name]
	if other != "" {
		f.exchange(call, "!"+f.raw(sel.X)+"."+other+"("+f.raw(call.Args[0])+")")
	}
}
