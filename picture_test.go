package axess_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// layers are what the picture calls the calls of Handler.
var layers = map[string]string{
	"Recover": "recover", "errorPages": "error pages", "ids": "request id", "whoAsks": "client address",
	"headers": "secure headers", "probes": "health probes", "accessLog": "access log", "certificate": "client certificate", "checkHost": "host check",
	"limitBody": "body limit", "Origin": "origin check", "sessions": "session", "Token": "CSRF token",
}

// boxForm is what stands in a box of the picture.
var boxForm = regexp.MustCompile(`\["([^"]+)"\]`)

// MID-001, DOC-010: the picture of a request in docs/request.md has the layers of
// the chain, outermost first, and nothing else around the program's mux. The
// table below it explains each of them.
func TestPicture_of_a_request_is_the_chain(t *testing.T) {
	t.Parallel()
	want := append(chainOrder(t), "your mux", "guard", "your handler")
	page, err := os.ReadFile("docs/request.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "%% order of the chain")
	block, text, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("docs/request.md has no picture of the chain")
	}
	var drawn []string
	for _, box := range boxForm.FindAllStringSubmatch(block, -1) {
		drawn = append(drawn, strings.Split(box[1], "<br/>")...)
	}
	if !slices.Equal(drawn, want) {
		t.Errorf("drawn %v\ncode  %v", drawn, want)
	}
	for _, name := range chainOrder(t) {
		if !strings.Contains(text, "\n| "+name+" | ") {
			t.Errorf("the table does not explain %s", name)
		}
	}
}

// chainOrder reads the assignments to h in Handler, the last of which is the
// outermost layer.
func chainOrder(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "chain.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "Handler" {
			continue
		}
		for _, s := range f.Body.List {
			assign, ok := s.(*ast.AssignStmt)
			if !ok || len(assign.Lhs) != 1 {
				continue
			}
			if target, ok := assign.Lhs[0].(*ast.Ident); !ok || target.Name != "h" {
				continue
			}
			order = append(order, layer(t, assign.Rhs[0]))
		}
	}
	if len(order) < 5 {
		t.Fatalf("Handler was not understood: %v", order)
	}
	slices.Reverse(order)
	return order
}

// layer names the first known word of a call such as a.csrf.Origin(h).
func layer(t *testing.T, e ast.Expr) string {
	t.Helper()
	call, ok := e.(*ast.CallExpr)
	if !ok {
		t.Fatalf("%T is no layer", e)
	}
	for at := call.Fun; ; {
		sel, ok := at.(*ast.SelectorExpr)
		if !ok {
			t.Fatal("a layer of the chain has no name in the picture; add it to layers, and to docs/request.md")
		}
		if name, known := layers[sel.Sel.Name]; known {
			return name
		}
		at = sel.X
	}
}
