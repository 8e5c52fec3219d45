package axess_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
)

// layers are what the picture calls the calls of Handler.
var layers = map[string]string{
	"Recover": "recover", "errorPages": "pages", "ids": "id", "whoAsks": "client", "headers": "headers",
	"probes": "probes", "accessLog": "log", "checkHost": "host", "limitBody": "body",
	"Origin": "origin", "sessions": "session", "Token": "csrf",
}

// MID-001, DOC-010: the picture of a request in docs/request.md has the layers of
// the chain, outermost first, and nothing else around the program's mux.
func TestPicture_of_a_request_is_the_chain(t *testing.T) {
	t.Parallel()
	want := append(append([]string{"in"}, chainOrder(t)...), "mux", "guard", "handler", "first", "out")
	page, err := os.ReadFile("docs/request.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "%% order of the chain\n")
	block, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("docs/request.md has no picture of the chain")
	}
	var drawn []string
	for line := range strings.Lines(block) {
		from, to, ok := strings.Cut(strings.TrimSpace(line), " --> ")
		if !ok {
			continue
		}
		if len(drawn) == 0 {
			drawn = append(drawn, node(from))
		}
		if node(from) != drawn[len(drawn)-1] {
			t.Errorf("%q does not go on from %s", strings.TrimSpace(line), drawn[len(drawn)-1])
		}
		drawn = append(drawn, node(to))
	}
	if !slices.Equal(drawn, want) {
		t.Errorf("drawn %v\ncode  %v", drawn, want)
	}
}

// node is the name in front of a shape: in([request]) is in.
func node(s string) string {
	name, _, _ := strings.Cut(s, "[")
	name, _, _ = strings.Cut(name, "(")
	name, _, _ = strings.Cut(name, "{")
	return name
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
