package rules

import (
	"go/ast"

	"golang.org/x/tools/go/analysis"
)

// Time is rule L01.
var Time = &analysis.Analyzer{
	Name: "L01time",
	Doc:  "the wall clock, timers and deadlines only through package clock",
	Run:  runTime,
}

const (
	adviceClock = "take a clock.Clock at construction"
	adviceCtx   = "use clock.WithTimeout or the clock's WithDeadline and WithCancel"
)

var (
	// clockOnly is what only package clock may touch.
	clockOnly = map[string]string{
		"time.Now":                adviceClock,
		"time.Since":              adviceClock,
		"time.Until":              adviceClock,
		"time.Sleep":              adviceClock,
		"time.After":              adviceClock,
		"time.AfterFunc":          adviceClock,
		"time.Tick":               adviceClock,
		"time.NewTimer":           adviceClock,
		"time.NewTicker":          adviceClock,
		"time.Timer":              adviceClock,
		"time.Ticker":             adviceClock,
		"net/http.TimeoutHandler": "it starts goroutines and a timer of its own; give the request a deadline through the clock",
	}
	// contextOnly is what clock and internal/sched may touch.
	contextOnly = map[string]string{
		"context.WithTimeout":       adviceCtx,
		"context.WithTimeoutCause":  adviceCtx,
		"context.WithDeadline":      adviceCtx,
		"context.WithDeadlineCause": adviceCtx,
		"context.WithCancel":        adviceCtx,
		"context.WithCancelCause":   adviceCtx,
	}
	timeImports = map[string]string{
		"golang.org/x/time/rate": "it reads the wall clock",
	}
)

func runTime(pass *analysis.Pass) (any, error) {
	clock, sched := inAny(pass, "clock", "internal/virtual"), inAny(pass, "internal/sched")
	for _, file := range pass.Files {
		test := isTest(pass, file)
		r := newReporter(pass, "L01", file)
		if !test {
			for _, spec := range file.Imports {
				if why := timeImports[importPath(spec)]; why != "" {
					r.reportf(spec.Pos(), "%s: %s", importPath(spec), why)
				}
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			name := qualified(pass.TypesInfo.Uses[id])
			advice := clockOnly[name]
			switch {
			case test && name == "time.Sleep":
				r.reportf(id.Pos(), "a test does not sleep: move a fake clock, or wait for a signal")
			case test:
			case advice != "" && !clock:
				r.reportf(id.Pos(), "%s: %s", name, advice)
			case contextOnly[name] != "" && !clock && !sched:
				r.reportf(id.Pos(), "%s: %s", name, contextOnly[name])
			}
			return true
		})
		r.done()
	}
	return nil, nil
}
