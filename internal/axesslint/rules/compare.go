package rules

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Compare is rule L05.
var Compare = &analysis.Analyzer{
	Name: "L05compare",
	Doc:  "secrets and digests compared only in constant time",
	Run:  runCompare,
}

const adviceCompare = "compare with hmac.Equal or subtle.ConstantTimeCompare; for a public value say so with an allowance"

var comparers = map[string]bool{
	"bytes.Equal": true, "bytes.EqualFold": true, "bytes.Compare": true, "bytes.HasPrefix": true,
	"strings.EqualFold": true, "strings.Compare": true,
	"slices.Equal": true, "slices.Compare": true,
	"reflect.DeepEqual": true,
}

func runCompare(pass *analysis.Pass) (any, error) {
	for _, file := range pass.Files {
		if isTest(pass, file) {
			continue
		}
		r := newReporter(pass, "L05", file)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if n.Op == token.EQL || n.Op == token.NEQ {
					checkCompare(pass, r, n.OpPos, n.Op.String(), n.X, n.Y)
				}
			case *ast.CallExpr:
				fn := calledFunc(pass, n)
				if fn != nil && comparers[qualified(fn)] && len(n.Args) == 2 {
					checkCompare(pass, r, n.Pos(), qualified(fn), n.Args[0], n.Args[1])
				}
			}
			return true
		})
		r.done()
	}
	return nil, nil
}

// checkCompare reports a comparison of two values that hold bytes, neither of
// them a constant (`token == ""` asks for presence, not for equality), when the
// name of one says secret.
func checkCompare(pass *analysis.Pass, r *reporter, pos token.Pos, how string, x, y ast.Expr) {
	for _, e := range []ast.Expr{x, y} {
		tv := pass.TypesInfo.Types[e]
		if tv.Value != nil || !holdsBytes(tv.Type) {
			return
		}
	}
	for _, e := range []ast.Expr{x, y} {
		if what := secretName(pass, e); what != "" {
			r.reportf(pos, "%s on %s: %s", how, what, adviceCompare)
			return
		}
	}
}

func holdsBytes(t types.Type) bool {
	if t == nil {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Kind() == types.String
	case *types.Slice:
		return isByte(u.Elem())
	case *types.Array:
		return isByte(u.Elem())
	}
	return false
}

func isByte(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Kind() == types.Uint8
}

// secretName returns the name by which e is a secret, else "".
func secretName(pass *analysis.Pass, e ast.Expr) string {
	name := ""
	switch x := ast.Unparen(e).(type) {
	case *ast.Ident:
		name = x.Name
	case *ast.SelectorExpr:
		name = x.Sel.Name
	case *ast.SliceExpr:
		return secretName(pass, x.X)
	case *ast.StarExpr:
		return secretName(pass, x.X)
	case *ast.IndexExpr:
		return secretName(pass, x.X)
	case *ast.CallExpr:
		if tv := pass.TypesInfo.Types[x.Fun]; tv.IsType() && len(x.Args) == 1 { // a conversion
			return secretName(pass, x.Args[0])
		}
		if fn := calledFunc(pass, x); fn != nil {
			name = fn.Name()
			if fn.FullName() == "(hash.Hash).Sum" {
				return "hash.Hash.Sum"
			}
		}
	}
	text := isText(pass.TypesInfo.TypeOf(e))
	if saysSecret(name, text) {
		return name
	}
	if named, ok := types.Unalias(pass.TypesInfo.TypeOf(e)).(*types.Named); ok && saysSecret(named.Obj().Name(), text) {
		return named.Obj().Name()
	}
	return ""
}

func isText(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Kind() == types.String
}

var (
	secretWords = map[string]bool{
		"mac": true, "hmac": true, "digest": true, "token": true, "secret": true, "verifier": true,
		"hash": true, "password": true, "passphrase": true, "otp": true, "seed": true, "nonce": true,
		"challenge": true, "thumbprint": true, "passcode": true,
	}
	// A tag or a signature is a secret as bytes; as text it is mostly a language
	// tag, a grammar. A key is left out: it is mostly that of a map.
	secretBytes = map[string]bool{"tag": true, "sig": true, "signature": true}
	// Words that only say in what form the value stands.
	formWords = map[string]bool{
		"bytes": true, "sum": true, "value": true, "hex": true, "raw": true, "text": true,
		"string": true, "base64": true, "b64": true, "plain": true,
	}
)

// saysSecret looks at the last word of a name that is not a form: macSum and
// expectedMAC are secrets, tokenKind and hashName are not.
func saysSecret(name string, text bool) bool {
	words := splitWords(name)
	for len(words) > 1 && formWords[words[len(words)-1]] {
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return false
	}
	last := words[len(words)-1]
	return secretWords[last] || !text && secretBytes[last]
}

// splitWords splits a Go name at its capitals, in lower case, without digits and
// underscores: HMACKey2 is hmac, key.
func splitWords(name string) []string {
	upper := func(i int) bool { return name[i] >= 'A' && name[i] <= 'Z' }
	var words []string
	start := 0
	for i := 1; i <= len(name); i++ {
		boundary := i == len(name) || name[i] == '_' ||
			upper(i) && (!upper(i-1) || i+1 < len(name) && !upper(i+1) && name[i+1] != '_' && (name[i+1] < '0' || name[i+1] > '9'))
		if !boundary {
			continue
		}
		if word := strings.ToLower(strings.Trim(name[start:i], "_0123456789")); word != "" {
			words = append(words, word)
		}
		start = i
	}
	return words
}

func calledFunc(pass *analysis.Pass, call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	if index, ok := fun.(*ast.IndexExpr); ok { // explicit type argument
		fun = index.X
	}
	var id *ast.Ident
	switch fun := fun.(type) {
	case *ast.Ident:
		id = fun
	case *ast.SelectorExpr:
		id = fun.Sel
	default:
		return nil
	}
	fn, _ := pass.TypesInfo.Uses[id].(*types.Func)
	return fn
}
