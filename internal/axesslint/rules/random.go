package rules

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Random is rule L02.
var Random = &analysis.Analyzer{
	Name: "L02random",
	Doc:  "randomness, keys and ids only through package entropy",
	Run:  runRandom,
}

const adviceEntropy = "take an entropy.Source at construction"

var (
	randomImports = map[string]string{
		"crypto/rand":              adviceEntropy,
		"math/rand":                adviceEntropy,
		"math/rand/v2":             adviceEntropy,
		"uuid":                     "mint ids with package identity",
		"crypto/uuid":              "mint ids with package identity",
		"github.com/google/uuid":   "mint ids with package identity",
		"github.com/gofrs/uuid":    "mint ids with package identity",
		"github.com/gofrs/uuid/v5": "mint ids with package identity",
	}
	randomObjects = map[string]string{
		"hash/maphash.MakeSeed":                           adviceEntropy,
		"hash/maphash.Hash":                               "it seeds itself; hash with a key from the entropy source",
		"crypto/cipher.NewGCMWithRandomNonce":             "nonces are drawn in seal alone",
		"golang.org/x/crypto/bcrypt.GenerateFromPassword": "its salt bypasses the entropy source",
	}
)

func runRandom(pass *analysis.Pass) (any, error) {
	if inAny(pass, "entropy", "seal") {
		return nil, nil
	}
	for _, file := range pass.Files {
		if isTest(pass, file) {
			continue
		}
		r := newReporter(pass, "L02", file)
		for _, spec := range file.Imports {
			if advice := randomImports[importPath(spec)]; advice != "" {
				r.reportf(spec.Pos(), "%s: %s", importPath(spec), advice)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			obj := pass.TypesInfo.Uses[id]
			name := qualified(obj)
			switch {
			case randomObjects[name] != "":
				r.reportf(id.Pos(), "%s: %s", name, randomObjects[name])
			case generatesKey(obj):
				// The platform's generators ignore the reader they are given, so
				// not even an injected source makes them repeatable.
				r.reportf(id.Pos(), "%s.%s: keys are generated in seal or keys", obj.Pkg().Path(), obj.Name())
			}
			return true
		})
		r.done()
	}
	return nil, nil
}

func generatesKey(obj types.Object) bool {
	fn, ok := obj.(*types.Func)
	if !ok || fn.Pkg() == nil {
		return false
	}
	path, name := fn.Pkg().Path(), fn.Name()
	return (strings.HasPrefix(path, "crypto/") || strings.HasPrefix(path, "golang.org/x/crypto/")) &&
		strings.HasPrefix(name, "Generate") && strings.Contains(name, "Key")
}
