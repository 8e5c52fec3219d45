package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

type tally struct{ passed, failed int }

func (t *tally) add(o tally) {
	t.passed += o.passed
	t.failed += o.failed
}

// event is one line of `go test -json` (see `go doc test2json`).
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Output     string
}

// summer is the writer a stage prints to. It holds back the output of a test
// until the test fails or is skipped, counts, and lets other lines through.
type summer struct {
	tally
	out         io.Writer
	partial     []byte
	held        map[[2]string]string // output by package and test
	failedTests map[string]int       // by package
	skips       []string
}

func newSummer(out io.Writer) *summer {
	return &summer{out: out, held: map[[2]string]string{}, failedTests: map[string]int{}}
}

func (s *summer) Write(p []byte) (int, error) {
	s.partial = append(s.partial, p...)
	for {
		line, rest, found := bytes.Cut(s.partial, []byte("\n"))
		if !found {
			return len(p), nil
		}
		s.line(line)
		s.partial = rest
	}
}

func (s *summer) flush() {
	if len(s.partial) > 0 {
		s.line(s.partial)
		s.partial = nil
	}
}

func (s *summer) line(line []byte) {
	var e event
	if !bytes.HasPrefix(line, []byte("{")) || json.Unmarshal(line, &e) != nil || e.Action == "" {
		fmt.Fprintf(s.out, "%s\n", line)
		return
	}
	key := [2]string{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(s.out, e.Output)
	case "output":
		s.held[key] += e.Output
	case "pass":
		if e.Test != "" {
			s.passed++
		}
		delete(s.held, key)
	case "skip":
		if e.Test != "" && !strings.Contains(s.held[key], "not applicable:") {
			s.skips = append(s.skips, e.Package+" "+e.Test)
			fmt.Fprint(s.out, s.held[key])
		}
		delete(s.held, key)
	case "fail":
		s.fail(e, key)
	}
}

func (s *summer) fail(e event, key [2]string) {
	switch {
	case e.Test != "":
		s.failed++
		s.failedTests[e.Package]++
		fmt.Fprint(s.out, s.held[key])
	case s.failedTests[e.Package] == 0:
		// Did not build, or died outside of any test: a panic, os.Exit, a
		// time limit. What the running tests said is all there is to see.
		s.failed++
		fmt.Fprintf(s.out, "FAIL %s\n", e.Package)
		for k, output := range s.held {
			if k[0] == e.Package {
				fmt.Fprint(s.out, output)
			}
		}
	}
	delete(s.held, key)
}

// verdict says why the stage fails; empty means that it holds.
func (s *summer) verdict(err error, suite bool) []string {
	var reasons []string
	if err != nil {
		reasons = append(reasons, err.Error())
	}
	if s.failed > 0 && err == nil {
		reasons = append(reasons, "a test failed but the command succeeded")
	}
	if suite && s.passed == 0 {
		reasons = append(reasons, "no test ran")
	}
	if suite {
		for _, skip := range s.skips {
			reasons = append(reasons, "skipped: "+skip)
		}
	}
	return reasons
}
