package rules

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Order is rule L10.
var Order = &analysis.Analyzer{
	Name: "L10order",
	Doc:  "no map range or multi-case select decides output, the order of port calls or events",
	Run:  runOrder,
}

const adviceOrder = "sort first: maps have another order in each run"

func runOrder(pass *analysis.Pass) (any, error) {
	if inAny(pass, "internal/sched", "clock", "internal/virtual", "cmd/*", "internal/cmd/*", "internal/mutate", "internal/docscheck", "*test") {
		return nil, nil
	}
	for _, file := range pass.Files {
		if isTest(pass, file) {
			continue
		}
		r := newReporter(pass, "L10", file)
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			o := &ordering{pass: pass, r: r, sorted: map[types.Object]token.Pos{}}
			o.sorts(fn.Body)
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.RangeStmt:
					if o.unordered(n.X) {
						o.loop(n)
					}
				case *ast.SelectStmt:
					if waits(n) > 1 {
						r.reportf(n.Pos(), "a select of several cases: which of two that are ready is taken differs in each run")
					}
				}
				return true
			})
		}
		r.done()
	}
	return nil, nil
}

func waits(s *ast.SelectStmt) (n int) {
	for _, c := range s.Body.List {
		if c.(*ast.CommClause).Comm != nil { //nolint:errcheck // the grammar's
			n++
		}
	}
	return n
}

// ordering looks at one function.
type ordering struct {
	pass   *analysis.Pass
	r      *reporter
	sorted map[types.Object]token.Pos // the last place where a slice is sorted
}

// sorts finds what is sorted, and where.
func (o *ordering) sorts(body *ast.BlockStmt) {
	ast.Inspect(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		name := o.called(call)
		if strings.HasPrefix(name, "slices.Sort") || strings.HasPrefix(name, "sort.") {
			if obj := o.root(call.Args[0]); obj != nil {
				o.sorted[obj] = call.Pos()
			}
		}
		return true
	})
}

// called is "package.Function" of a call of a package's function.
func (o *ordering) called(call *ast.CallExpr) string {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if f, ok := o.pass.TypesInfo.Uses[sel.Sel].(*types.Func); ok {
		return qualified(f)
	}
	return ""
}

// root is the variable, or the field, at the end of an expression.
func (o *ordering) root(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return o.pass.TypesInfo.ObjectOf(e)
	case *ast.SelectorExpr:
		return o.pass.TypesInfo.ObjectOf(e.Sel)
	case *ast.CallExpr: // a conversion, as to sort.StringSlice
		if len(e.Args) == 1 {
			return o.root(e.Args[0])
		}
	}
	return nil
}

// unordered reports a map, or what package maps yields of one.
func (o *ordering) unordered(x ast.Expr) bool {
	if call, ok := ast.Unparen(x).(*ast.CallExpr); ok {
		switch o.called(call) {
		case "maps.Keys", "maps.Values", "maps.All":
			return true
		}
	}
	t := o.pass.TypesInfo.TypeOf(x)
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// loop finds what a range over a map puts in an order, and what it picks.
func (o *ordering) loop(loop *ast.RangeStmt) {
	within := func(obj types.Object) bool { return obj != nil && loop.Pos() <= obj.Pos() && obj.Pos() < loop.End() }
	ast.Inspect(loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.RangeStmt:
			if o.unordered(n.X) {
				return false // it is looked at for itself
			}
		case *ast.AssignStmt:
			o.assigned(loop, n, within)
		case *ast.CallExpr:
			if what := o.told(n); what != "" {
				o.r.reportf(n.Pos(), "%s in a range over a map: %s", what, adviceOrder)
			}
		case *ast.ReturnStmt:
			for _, e := range n.Results {
				if o.names(e, within) {
					o.r.reportf(n.Pos(), "a range over a map returns what it comes to first: %s", adviceOrder)
					break
				}
			}
		}
		return true
	})
}

// assigned finds a slice or a text outside the loop that grows in it.
func (o *ordering) assigned(loop *ast.RangeStmt, n *ast.AssignStmt, within func(types.Object) bool) {
	for i, left := range n.Lhs {
		obj := o.root(left)
		if _, indexed := ast.Unparen(left).(*ast.IndexExpr); indexed || obj == nil || within(obj) {
			continue
		}
		grows := false
		if n.Tok == token.ADD_ASSIGN {
			b, ok := obj.Type().Underlying().(*types.Basic)
			grows = ok && b.Info()&types.IsString != 0
		} else if i < len(n.Rhs) {
			call, ok := ast.Unparen(n.Rhs[i]).(*ast.CallExpr)
			if ok {
				id, named := ast.Unparen(call.Fun).(*ast.Ident)
				grows = named && id.Name == "append" && o.pass.TypesInfo.Types[call.Fun].IsBuiltin()
			}
		}
		if grows && o.sorted[obj] < loop.End() {
			o.r.reportf(n.Pos(), "%s grows in a range over a map and is not sorted behind it: %s", types.ExprString(left), adviceOrder)
		}
	}
}

// told names a call that somebody outside can see the order of: a port's, a log's, a
// writer's.
func (o *ordering) told(call *ast.CallExpr) string {
	if name := o.called(call); strings.HasPrefix(name, "fmt.Fprint") || strings.HasPrefix(name, "fmt.Print") || strings.HasPrefix(name, "io.WriteString") {
		return name
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	s := o.pass.TypesInfo.Selections[sel]
	if s == nil || s.Kind() != types.MethodVal {
		return ""
	}
	switch s.Obj().Name() {
	case "Write", "WriteString", "WriteByte", "WriteRune":
		return types.ExprString(sel)
	}
	recv := strings.TrimPrefix(types.Unalias(s.Recv()).String(), "*")
	if recv == "log/slog.Logger" {
		return types.ExprString(sel)
	}
	sig, ok := s.Obj().Type().(*types.Signature)
	if !ok || !types.IsInterface(s.Recv()) || sig.Params().Len() == 0 || !strings.HasPrefix(recv, Module) {
		return ""
	}
	if sig.Params().At(0).Type().String() == "context.Context" {
		return types.ExprString(sel)
	}
	return ""
}

// names reports that an expression uses what the loop has.
func (o *ordering) names(e ast.Expr, within func(types.Object) bool) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v, ok := o.pass.TypesInfo.Uses[id].(*types.Var); ok && !v.IsField() && within(v) {
				found = true
			}
		}
		return !found
	})
	return found
}
