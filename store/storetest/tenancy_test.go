package storetest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// IDN-031, IDN-032: a change that is new to the closed set has a case in which it
// is tried on another tenant's user, or says why it names none.
func TestTenancy_tries_every_change(t *testing.T) {
	t.Parallel()
	parse := func(path string) *ast.File {
		t.Helper()
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	var set []string
	for _, d := range parse("../../identity/change.go").Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "change" && fn.Recv != nil {
			if of, ok := fn.Recv.List[0].Type.(*ast.Ident); ok {
				set = append(set, of.Name)
			}
		}
	}
	if len(set) < 19 {
		t.Fatalf("the closed set is %v", set)
	}
	tried := map[string]bool{}
	ast.Inspect(parse("identity_tenancy.go"), func(n ast.Node) bool {
		if lit, ok := n.(*ast.CompositeLit); ok {
			if of, ok := lit.Type.(*ast.SelectorExpr); ok {
				tried[of.Sel.Name] = true
			}
		}
		return true
	})
	spared := withoutTenant()
	for _, name := range set {
		if !tried[name] && spared[name] == "" {
			t.Errorf("identity.%s is tried on no other tenant's user, and no reason is given", name)
		}
		delete(spared, name)
	}
	for name := range spared {
		t.Errorf("identity.%s is spared and no change", name)
	}
}
