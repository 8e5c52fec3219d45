package mutate

import (
	"go/ast"
	"go/constant"
	"go/types"
	"path"
	"slices"
	"strings"
)

// call plants the faults of comparisons and of sealing.
func (f *finder) call(call *ast.CallExpr) {
	f.timeComparison(call)
	obj, ok := f.callee(call).(*types.Func)
	if !ok || obj.Pkg() == nil {
		return
	}
	sealing := path.Base(obj.Pkg().Path()) == "seal"
	switch {
	case obj.Pkg().Path() == "crypto/subtle" && obj.Name() == "ConstantTimeCompare":
		f.plant(AlwaysEqual, call, f.text(call), f.on(call, "mutantPick(%d, %s, 1)"))
	case obj.Name() == "Equal" && (sealing || obj.Pkg().Path() == "crypto/hmac"):
		f.plant(AlwaysEqual, call, f.text(call), f.on(call, "(mutantOn(%d) || %s)"))
	}
	params := obj.Signature().Params()
	for i, arg := range call.Args {
		if sealing && i < params.Len() && params.At(i).Name() == "aad" && !f.pkg.info.Types[arg].IsNil() {
			f.plant(EmptyAAD, arg, f.text(call), f.on(arg, "mutantPick(%d, %s, nil)"))
		}
	}
}

// findLabels collects the constants that separate uses of keys: those of the
// types Label, Prefix and DigestUse of a package seal, in declaration order.
func (f *finder) findLabels() {
	for _, p := range append(f.pkg.types.Imports(), f.pkg.types) {
		if path.Base(p.Path()) != "seal" {
			continue
		}
		for _, name := range p.Scope().Names() {
			c, ok := p.Scope().Lookup(name).(*types.Const)
			if !ok || !c.Exported() {
				continue
			}
			if named, ok := c.Type().(*types.Named); ok && slices.Contains([]string{"Label", "Prefix", "DigestUse"}, named.Obj().Name()) {
				f.labels[c.Type()] = append(f.labels[c.Type()], c)
			}
		}
	}
	for _, list := range f.labels {
		slices.SortFunc(list, func(a, b *types.Const) int { return f.line(a) - f.line(b) })
	}
}

func (f *finder) line(c *types.Const) int { return f.pkg.fset.Position(c.Pos()).Line }

// constant plants swap-label at a use of such a constant.
func (f *finder) constant(whole ast.Expr, id *ast.Ident) {
	c, ok := f.pkg.info.Uses[id].(*types.Const)
	if !ok {
		return
	}
	list := f.labels[c.Type()]
	at := slices.Index(list, c)
	if at < 0 {
		return
	}
	// The nearest of the same primitive, which labels end in: mostly one that
	// the same ring accepts.
	suffix := func(c *types.Const) string { return path.Ext(constant.StringVal(c.Val())) }
	for step := 1; step < len(list); step++ {
		for _, i := range []int{at + step, at - step} {
			if i < 0 || i >= len(list) || suffix(list[i]) != suffix(c) {
				continue
			}
			name := strings.TrimSuffix(f.raw(whole), id.Name) + list[i].Name()
			f.plant(SwapLabel, whole, f.text(whole)+" → "+list[i].Name(), f.on(whole, "mutantPick(%d, %s, "+name+")"))
			return
		}
	}
}

// composite plants swap-entries in lists of functions.
func (f *finder) composite(n *ast.CompositeLit) {
	t := f.pkg.info.TypeOf(n)
	var elem types.Type
	switch t := t.Underlying().(type) {
	case *types.Slice:
		elem = t.Elem()
	case *types.Array:
		elem = t.Elem()
	default:
		return
	}
	if _, ok := elem.Underlying().(*types.Signature); !ok {
		return
	}
	for i := 1; i < len(n.Elts); i++ {
		a, b := n.Elts[i-1], n.Elts[i]
		f.plant(SwapEntries, a, f.text(a)+" ⇄ "+f.text(b),
			f.on(a, "mutantPick(%d, %s, "+f.raw(b)+")"),
			f.on(b, "mutantPick(%d, %s, "+f.raw(a)+")"))
	}
}
