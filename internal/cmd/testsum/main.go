// Command testsum runs make targets as stages, one after the other, and sums
// what their tests say.
//
//	go run ./internal/cmd/testsum format vet -- unit walk
//
// Each stage is a target of the Makefile, run with JSON=-json so that `go test`
// speaks test2json. A failed test prints its own output and nothing else does.
// A failed stage does not stop the later ones: the last line tells all, "N
// passed, N failed", where a stage that broke outside of any test counts as one.
//
// Stages after "--" are suites. A suite in which no test ran, or in which a test
// was skipped, has not shown anything and fails. A skip is accepted when its
// message begins with "not applicable:", for a case that the subject under test
// does not have.
//
// Owns ASR-005 so far.
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, makeTarget))
}

// A runner starts a stage, writes all it prints to out, and returns its error.
type runner func(stage string, out io.Writer) error

func makeTarget(stage string, out io.Writer) error {
	cmd := exec.Command("make", "--no-print-directory", stage, "JSON=-json")
	// An outer make's flags (-n, -k, the job server) are not for the stages.
	cmd.Env = append(os.Environ(), "MAKEFLAGS=", "MFLAGS=", "MAKELEVEL=0")
	cmd.Stdout, cmd.Stderr = out, out
	return cmd.Run()
}

func run(args []string, stdout io.Writer, start runner) int {
	var total tally
	var broken []string
	suite := false
	for _, stage := range args {
		if stage == "--" {
			suite = true
			continue
		}
		fmt.Fprintf(stdout, "=== %s\n", stage)
		began := time.Now() //axess:allow L01 people want to know how long a stage really took
		s := newSummer(stdout)
		err := start(stage, s)
		s.flush()
		reasons := s.verdict(err, suite)
		took := time.Since(began).Seconds() //axess:allow L01 as above
		result := "ok"
		if len(reasons) > 0 {
			result = "FAILED"
			broken = append(broken, stage)
			s.failed = max(s.failed, 1)
		}
		for _, reason := range reasons {
			fmt.Fprintf(stdout, "%s: %s\n", stage, reason)
		}
		fmt.Fprintf(stdout, "--- %s %s, %.1f s", stage, result, took)
		if s.passed+s.failed > 0 {
			fmt.Fprintf(stdout, ", %d passed, %d failed", s.passed, s.failed)
		}
		fmt.Fprintln(stdout)
		total.add(s.tally)
	}
	if len(broken) > 0 {
		fmt.Fprintf(stdout, "failed stages: %v\n", broken)
	}
	fmt.Fprintf(stdout, "%d passed, %d failed\n", total.passed, total.failed)
	if len(broken) > 0 {
		return 1
	}
	return 0
}
