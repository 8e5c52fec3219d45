package rules

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

// Wait is rule L07.
var Wait = &analysis.Analyzer{
	Name: "L07wait",
	Doc:  "goroutines, channels and waiting only through internal/sched",
	Run:  runWait,
}

const (
	adviceGo   = "start it with sched.Go: it has an owner, a name and an end"
	adviceChan = "use a sched Gate, Queue or Sem"
	adviceOnce = "build it in the constructor; what reads a store on first use is a sched.Flight"
)

var (
	waitImports = map[string]string{
		"golang.org/x/sync/errgroup":     "use sched.Go and its Task",
		"golang.org/x/sync/singleflight": "use sched.Flight, which outlives its first caller",
		"golang.org/x/sync/semaphore":    "use sched.Sem",
	}
	waitObjects = map[string]string{
		"context.AfterFunc":    "its callback runs on a goroutine of its own; use sched.Go and a Gate",
		"sync.WaitGroup":       "wait for the Task of sched.Go",
		"sync.Cond":            adviceChan,
		"sync.NewCond":         adviceChan,
		"sync.Once":            adviceOnce,
		"sync.OnceFunc":        adviceOnce,
		"sync.OnceValue":       adviceOnce,
		"sync.OnceValues":      adviceOnce,
		"runtime.LockOSThread": "it cannot run in simulation",
		"runtime.Goexit":       "it cannot run in simulation",
		"runtime.SetFinalizer": "nothing may depend on the collector",
		"runtime.AddCleanup":   "nothing may depend on the collector",
	}
)

func runWait(pass *analysis.Pass) (any, error) {
	// The programs own their process. A test kit is test code that adapters
	// outside this repository can run: its races need real goroutines.
	if inAny(pass, "internal/sched", "cmd/*", "internal/cmd/*", "*test") {
		return nil, nil
	}
	clock := inAny(pass, "clock", "internal/virtual")
	for _, file := range pass.Files {
		if isTest(pass, file) {
			continue
		}
		r := newReporter(pass, "L07", file)
		reported := map[ast.Node]bool{} // the operations of a select: one finding is enough
		for _, spec := range file.Imports {
			if advice := waitImports[importPath(spec)]; advice != "" {
				r.reportf(spec.Pos(), "%s: %s", importPath(spec), advice)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				r.reportf(n.Pos(), "go statement: %s", adviceGo)
			case *ast.Ident:
				if name := qualified(pass.TypesInfo.Uses[n]); waitObjects[name] != "" && !clock {
					r.reportf(n.Pos(), "%s: %s", name, waitObjects[name])
				}
			case *ast.SelectStmt:
				if !clock {
					r.reportf(n.Pos(), "select: %s", adviceChan)
				}
				for _, clause := range n.Body.List {
					reported[commOp(clause)] = true
				}
			default:
				if verb := channelVerb(pass, n); verb != "" && !clock && !reported[n] {
					r.reportf(n.Pos(), "%s: %s", verb, adviceChan)
				}
			}
			return true
		})
		r.done()
	}
	return nil, nil
}

// channelVerb names what n does with a channel that may wait. Making, closing and
// handing out a channel does not wait: Session.Revoked must be able to (SES-084).
func channelVerb(pass *analysis.Pass, n ast.Node) string {
	switch n := n.(type) {
	case *ast.SendStmt:
		return "send to a channel"
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			return "receive from a channel"
		}
	case *ast.RangeStmt:
		if t := pass.TypesInfo.TypeOf(n.X); t != nil {
			if _, ok := t.Underlying().(*types.Chan); ok {
				return "range over a channel"
			}
		}
	}
	return ""
}

// commOp returns the send or receive of a select clause; nil for default.
func commOp(clause ast.Stmt) ast.Node {
	switch comm := clause.(*ast.CommClause).Comm.(type) {
	case *ast.SendStmt:
		return comm
	case *ast.ExprStmt:
		return ast.Unparen(comm.X)
	case *ast.AssignStmt:
		return ast.Unparen(comm.Rhs[0])
	}
	return nil
}
