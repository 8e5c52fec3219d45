package authn_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess/authn"
)

// verbsOf are the exported methods of the types whose methods do something, as
// "Accounts.BeginSignup"; what a type has by embedding is listed once.
func verbs() (list []string) {
	seen := map[string]bool{}
	for _, typ := range []reflect.Type{
		reflect.TypeFor[*authn.Service](), reflect.TypeFor[*authn.Accounts](), reflect.TypeFor[*authn.Admin](),
		reflect.TypeFor[*authn.Tenants](), reflect.TypeFor[*authn.Provisioner](),
	} {
		for i := range typ.NumMethod() {
			name := typ.Method(i).Name
			if typ == reflect.TypeFor[*authn.Accounts]() && seen["Service."+name] {
				continue
			}
			full := typ.Elem().Name() + "." + name
			seen[full] = true
			list = append(list, full)
		}
	}
	return list
}

// walkedFrom are the names that some functions of the tests mention, and those that
// these mention, and so on: which verbs a walk can reach.
func walkedFrom(t *testing.T, roots ...string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	mentions := map[string][]string{}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr:
					mentions[fn.Name.Name] = append(mentions[fn.Name.Name], n.Sel.Name)
				case *ast.CallExpr:
					if id, ok := n.Fun.(*ast.Ident); ok {
						mentions[fn.Name.Name] = append(mentions[fn.Name.Name], id.Name)
					}
				}
				return true
			})
		}
	}
	reached := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if reached[name] {
			return
		}
		reached[name] = true
		for _, m := range mentions[name] {
			visit(m)
		}
	}
	for _, r := range roots {
		if len(mentions[r]) == 0 {
			t.Fatalf("there is no %s", r)
		}
		visit(r)
	}
	return reached
}

// lookers ask no port and take no secret: they read the configuration, the session
// or what they are given.
var lookers = []string{
	"Service.Factor", "Service.Kinds", "Service.Teach", "Accounts.Explained", // of the tests
	"Accounts.Templates", "Service.Peppers", "Service.DecoyPasskeys", "Provisioner.Identifies",
	"Accounts.LinkLife", "Accounts.ResetLife", "Accounts.SignUp", "Accounts.PasswordPolicy", "Accounts.PasswordServes",
	"Service.Meets", "Accounts.Strongest", "Accounts.Stale", "Service.CodesLeft",
}

// unwalked are the verbs that a walk does not reach and that are not excused.
func unwalked(t *testing.T, excused []string, roots ...string) (missing []string) {
	t.Helper()
	reached, all := walkedFrom(t, roots...), verbs()
	for _, v := range all {
		_, name, _ := strings.Cut(v, ".")
		if !reached[name] && !slices.Contains(lookers, v) && !slices.Contains(excused, v) {
			missing = append(missing, v)
		}
	}
	for _, v := range excused {
		_, name, _ := strings.Cut(v, ".")
		if !slices.Contains(all, v) || reached[name] {
			t.Errorf("%s is excused for nothing", v)
		}
	}
	return missing
}

// AUN-171: every exported verb is among those that are fed with marked secrets; a
// new one is added to everyVerb.
func TestCanary_knows_every_verb(t *testing.T) {
	t.Parallel()
	if missing := unwalked(t, nil, "everyVerb"); len(missing) > 0 {
		t.Errorf("not fed with marked secrets: %q", missing)
	}
}

// AUN-174: every exported verb is among those that are run with a seeded clock and
// seeded randomness while each of their calls of a port fails in turn.
func TestOutage_knows_every_verb(t *testing.T) {
	t.Parallel()
	// The verb that sets the password says what that one cannot.
	// What reads the trail asks a port that is none of the rig's; its own tests do.
	excused := []string{"Accounts.PasswordPolicyFor", "Accounts.History", "Admin.Events"}
	if missing := unwalked(t, excused, "TestOutage_of_any_call_is_told", "TestOutage_of_any_call_of_an_order_is_told"); len(missing) > 0 {
		t.Errorf("not run against outages: %q", missing)
	}
}
