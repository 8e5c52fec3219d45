package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// verdict is what became of the test against the weakened product.
type verdict struct {
	fault string // why the entry does not hold; empty when it does
	shown string // what go test printed
}

func (v verdict) holds() bool { return v.fault == "" }

// event is one line of `go test -json` (see `go doc test2json`).
type event struct {
	Action string
	Test   string
	Output string
}

// judge reads what go test -json printed. The entry holds when the test that run
// names (one of its subtests, if run has a slash) ran and failed, saying what was
// asked for, and nothing else went wrong.
func judge(out []byte, run, says string) verdict {
	var shown strings.Builder
	top, _, has := strings.Cut(run, "/")
	named := func(test string) bool { return test == top && !has || has && strings.HasPrefix(test, top+"/") }
	ran, failed, notBuilt := false, false, false
	for line := range bytes.Lines(out) {
		var e event
		if json.Unmarshal(line, &e) != nil || e.Action == "" {
			shown.Write(line)
			continue
		}
		if !strings.HasPrefix(e.Output, "=== ") {
			shown.WriteString(e.Output)
		}
		switch e.Action {
		case "build-fail":
			notBuilt = true
		case "run":
			ran = ran || named(e.Test)
		case "fail":
			failed = failed || named(e.Test)
		}
	}
	v := verdict{shown: shown.String()}
	switch {
	case notBuilt:
		v.fault = "the weakened product does not compile"
	case strings.Contains(v.shown, "testing: warning: no tests to run") || !ran:
		v.fault = "the test did not run"
	case strings.Contains(v.shown, "panic: test timed out"):
		v.fault = "the test did not end within " + testTimeout
	case strings.Contains(v.shown, "\npanic: ") || strings.Contains(v.shown, "\nfatal error: "):
		v.fault = "the test panicked: it must fail by its own judgement"
	case !failed:
		v.fault = "SURVIVED: the test passes without the defence"
	case !strings.Contains(v.shown, says):
		v.fault = fmt.Sprintf("the test failed for another reason: it does not say %q", says)
	}
	return v
}

// anchored makes the first part of run the whole name of a test. What follows a
// slash stays a regular expression, as subtests have long names.
func anchored(run string) string {
	top, sub, has := strings.Cut(run, "/")
	if !has {
		return "^" + top + "$"
	}
	return "^" + top + "$/" + sub
}
