package rules

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Held is rule L08.
var Held = &analysis.Analyzer{
	Name: "L08held",
	Doc:  "no port call, callback or user code under a held mutex",
	Run:  runHeld,
}

// harmless are interfaces of the library that call nobody back and wait for nothing.
var harmless = []string{"/clock.Clock", "/entropy.Source"}

func runHeld(pass *analysis.Pass) (any, error) {
	for _, file := range pass.Files {
		if isTest(pass, file) {
			continue
		}
		r := newReporter(pass, "L08", file)
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			h := &holding{pass: pass, r: r, own: ownParams(pass, fn)}
			h.block(fn.Body.List, nil)
		}
		r.done()
	}
	return nil, nil
}

// ownParams are the functions that an unexported function is given: its callers are in
// the package, and so is what they pass.
func ownParams(pass *analysis.Pass, fn *ast.FuncDecl) map[types.Object]bool {
	own := map[types.Object]bool{}
	if fn.Name.IsExported() {
		return own
	}
	for _, field := range fn.Type.Params.List {
		for _, name := range field.Names {
			own[pass.TypesInfo.Defs[name]] = true
		}
	}
	return own
}

// holding walks one function in the order in which it is written.
type holding struct {
	pass *analysis.Pass
	r    *reporter
	own  map[types.Object]bool
}

// block walks statements with the locks that are held before them, and returns those
// that are held behind them. A branch that unlocks and leaves keeps them for the rest.
func (h *holding) block(list []ast.Stmt, held []string) []string {
	held = slices.Clone(held)
	for _, s := range list {
		held = h.stmt(s, held)
	}
	return held
}

func (h *holding) stmt(s ast.Stmt, held []string) []string {
	switch s := s.(type) {
	case *ast.ExprStmt:
		if name, verb := h.lock(s.X); name != "" {
			if verb == "Lock" || verb == "RLock" {
				return append(held, name)
			}
			return slices.DeleteFunc(held, func(n string) bool { return n == name })
		}
	case *ast.DeferStmt: // it runs behind everything that follows
		if name, _ := h.lock(s.Call); name == "" {
			h.look(s.Call.Fun, nil)
		}
		return held
	case *ast.GoStmt:
		return held
	case *ast.BlockStmt:
		return h.block(s.List, held)
	case *ast.IfStmt:
		if s.Init != nil {
			held = h.stmt(s.Init, held)
		}
		h.look(s.Cond, held)
		then := h.block(s.Body.List, held)
		if s.Else != nil {
			other := h.stmt(s.Else, slices.Clone(held))
			if leaves(s.Body.List) {
				return other
			}
		}
		if leaves(s.Body.List) {
			return held
		}
		return then
	case *ast.ForStmt:
		if s.Init != nil {
			held = h.stmt(s.Init, held)
		}
		if s.Cond != nil {
			h.look(s.Cond, held)
		}
		return h.block(s.Body.List, held)
	case *ast.RangeStmt:
		h.look(s.X, held)
		return h.block(s.Body.List, held)
	case *ast.SwitchStmt:
		if s.Init != nil {
			held = h.stmt(s.Init, held)
		}
		if s.Tag != nil {
			h.look(s.Tag, held)
		}
		return h.cases(s.Body, held)
	case *ast.TypeSwitchStmt:
		return h.cases(s.Body, held)
	case *ast.SelectStmt:
		return h.cases(s.Body, held)
	case *ast.LabeledStmt:
		return h.stmt(s.Stmt, held)
	}
	h.look(s, held)
	return held
}

func (h *holding) cases(body *ast.BlockStmt, held []string) []string {
	after := held
	for _, c := range body.List {
		var list []ast.Stmt
		switch c := c.(type) {
		case *ast.CaseClause:
			for _, e := range c.List {
				h.look(e, held)
			}
			list = c.Body
		case *ast.CommClause:
			list = c.Body
		}
		if end := h.block(list, held); !leaves(list) && len(end) < len(after) {
			after = end
		}
	}
	return after
}

// leaves reports that nothing behind a list of statements is reached from its end.
func leaves(list []ast.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	switch s := list[len(list)-1].(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok != token.FALLTHROUGH
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		id, named := ast.Unparen(callee(call, ok)).(*ast.Ident)
		return named && id.Name == "panic"
	}
	return false
}

func callee(call *ast.CallExpr, ok bool) ast.Expr {
	if !ok {
		return &ast.BadExpr{}
	}
	return call.Fun
}

// lock is the mutex that an expression locks or unlocks, and which of both.
func (h *holding) lock(e ast.Expr) (name, verb string) {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return "", ""
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	f, ok := h.pass.TypesInfo.Uses[sel.Sel].(*types.Func)
	if !ok || f.Pkg() == nil || f.Pkg().Path() != "sync" {
		return "", ""
	}
	switch f.Name() {
	case "Lock", "RLock", "Unlock", "RUnlock":
		return types.ExprString(sel.X), f.Name()
	}
	return "", ""
}

// look finds what must not be called while a lock is held. What a literal does happens
// when it is called, which may be later: it is walked with nothing held.
func (h *holding) look(n ast.Node, held []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			h.block(n.Body.List, nil)
			return false
		case *ast.CallExpr:
			if what := h.foreign(n); what != "" && len(held) > 0 {
				h.r.reportf(n.Pos(), "%s is called while %s is held: unlock first, its code may lock, wait or call back", what, held[len(held)-1])
			}
		}
		return true
	})
}

// foreign names the call of code that is not this package's: a port of the library, or a
// function that somebody has handed over.
func (h *holding) foreign(call *ast.CallExpr) string {
	fun := ast.Unparen(call.Fun)
	if tv, ok := h.pass.TypesInfo.Types[fun]; !ok || tv.IsType() || tv.IsBuiltin() {
		return ""
	}
	switch fun := fun.(type) {
	case *ast.Ident:
		v, ok := h.pass.TypesInfo.Uses[fun].(*types.Var)
		if !ok || h.own[v] || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() && !h.param(v) {
			return "" // a function of the package, or one that this function has made
		}
		return fun.Name
	case *ast.SelectorExpr:
		s := h.pass.TypesInfo.Selections[fun]
		if s == nil {
			return ""
		}
		switch s.Kind() {
		case types.MethodExpr: // T.Method: a function, with nothing of a value in it
			return ""
		case types.FieldVal:
			return types.ExprString(fun)
		case types.MethodVal:
			if !types.IsInterface(s.Recv()) {
				return ""
			}
			named, ok := types.Unalias(s.Recv()).(*types.Named)
			if !ok || named.Obj().Pkg() == nil || !strings.HasPrefix(named.Obj().Pkg().Path(), Module) {
				return "" // a type parameter, or the standard library's
			}
			whole := named.Obj().Pkg().Path() + "." + named.Obj().Name()
			if slices.ContainsFunc(harmless, func(end string) bool { return strings.HasSuffix(whole, end) }) {
				return ""
			}
			return types.ExprString(fun)
		}
	}
	return ""
}

// param reports a parameter of the exported function around.
func (h *holding) param(v *types.Var) bool { return v.Kind() == types.ParamVar }
