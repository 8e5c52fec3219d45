// Package rules holds the analyzers of axesslint.
//
//	L01 time     the wall clock, timers and deadlines only through package clock
//	L02 random   randomness, keys and ids only through package entropy
//	L05 compare  secrets and digests compared only in constant time
//	L07 wait     goroutines, channels and waiting only through internal/sched
//	L08 held     no port call, callback or user code under a held mutex
//	L10 order    no map range or select decides output, the order of port calls or events
//	allow        every exception names its rule and its reason
//
// L01, L02 and L07 are what lets the whole system run in simulation from one
// seed: a single place that asks the machine for the time, or lets the runtime
// choose who runs next, makes every run different. L05 keeps what an attacker
// guesses from being compared byte by byte.
//
// An exception stands on its line or on the line above it, and says why:
//
//	began := time.Now() //axess:allow L01 log record times stay real
//
// An exception without a reason, for an unknown rule, or for a line that breaks
// no rule is itself a finding. Test files are exempt from L01, L02, L05 and L07,
// but for time.Sleep: a test that sleeps is slow on a good day and wrong on a
// bad one.
//
// The rules see names and types, not data flow: a channel handed to a library, or
// a digest that is called x, passes. Review is still needed.
//
// Owns FUZ-072, of it FUZ-L01, FUZ-L02, FUZ-L05, FUZ-L07, FUZ-L08 and FUZ-L10 so far.
package rules

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Module is the path in front of the packages that the rules name.
const Module = "github.com/axess-go/axess"

// All returns the analyzers in the order of their ids.
func All() []*analysis.Analyzer {
	return []*analysis.Analyzer{Allow, Time, Random, Compare, Wait, Held, Order}
}

// inAny says whether the package under analysis, or the package that an external
// test belongs to, is one of names (relative to Module). "cmd/*" stands for all
// below cmd, "*test" for the test kits: packages whose name ends in test.
func inAny(pass *analysis.Pass, names ...string) bool {
	name := strings.TrimSuffix(strings.TrimPrefix(pass.Pkg.Path(), Module+"/"), "_test")
	return slices.ContainsFunc(names, func(pattern string) bool {
		if below, ok := strings.CutSuffix(pattern, "/*"); ok {
			return strings.HasPrefix(name, below+"/")
		}
		if ending, ok := strings.CutPrefix(pattern, "*"); ok {
			return strings.HasSuffix(name, ending)
		}
		return name == pattern
	})
}

func isTest(pass *analysis.Pass, file *ast.File) bool {
	return strings.HasSuffix(pass.Fset.File(file.Pos()).Name(), "_test.go")
}

// qualified returns "path.Name" for a package-level object, else "".
func qualified(obj types.Object) string {
	if obj == nil || obj.Pkg() == nil || obj.Parent() != obj.Pkg().Scope() {
		return ""
	}
	return obj.Pkg().Path() + "." + obj.Name()
}

func importPath(spec *ast.ImportSpec) string { return strings.Trim(spec.Path.Value, `"`) }
