package main

import (
	"errors"
	"io"
	"strings"
	"testing"
)

var errStage = errors.New("exit status 1")

// printing returns a runner whose every stage prints text and ends with err.
func printing(text string, err error) runner {
	return func(_ string, out io.Writer) error {
		// Byte by byte: a stage's lines do not arrive in one piece.
		for i := range len(text) {
			if _, werr := io.WriteString(out, text[i:i+1]); werr != nil {
				return werr
			}
		}
		return err
	}
}

const (
	passA = `{"Action":"output","Package":"p","Test":"TestA","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p"}
`
	failB = `{"Action":"output","Package":"p","Test":"TestB","Output":"b_test.go:7: loud\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p"}
`
	panicked = `{"Action":"output","Package":"p","Test":"TestC","Output":"panic: ouch\n"}
{"Action":"fail","Package":"p"}
`
	skipD = `{"Action":"output","Package":"p","Test":"TestD","Output":"d_test.go:9: no database here\n"}
{"Action":"skip","Package":"p","Test":"TestD"}
`
	skipE = `{"Action":"output","Package":"p","Test":"TestE","Output":"e_test.go:9: not applicable: no locks in this store\n"}
{"Action":"skip","Package":"p","Test":"TestE"}
`
	noTests = `{"Action":"skip","Package":"q"}
`
	noBuild = `{"ImportPath":"p","Action":"build-output","Output":"p.go:3: undefined: x\n"}
{"ImportPath":"p","Action":"build-fail"}
{"Action":"fail","Package":"p"}
`
)

// ASR-005
func TestRun(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		args   string
		stage  runner
		status int
		says   []string
		silent string
	}{
		{name: "passing suite", args: "-- unit", stage: printing(passA, nil), says: []string{"--- unit ok", "\n1 passed, 0 failed\n"}, silent: "quiet"},
		{name: "failing test", args: "-- unit", stage: printing(passA+failB, errStage), status: 1, says: []string{"b_test.go:7: loud", "failed stages: [unit]", "\n1 passed, 1 failed\n"}, silent: "quiet"},
		{name: "later stages run and add up", args: "-- unit walk", stage: printing(passA+failB, errStage), status: 1, says: []string{"=== walk", "[unit walk]", "\n2 passed, 2 failed\n"}},
		{name: "failing test hidden by the command", args: "-- unit", stage: printing(failB, nil), status: 1, says: []string{"but the command succeeded"}},
		{name: "panic", args: "-- unit", stage: printing(panicked, errStage), status: 1, says: []string{"panic: ouch", "\n0 passed, 1 failed\n"}},
		{name: "does not build", args: "-- unit", stage: printing(noBuild, errStage), status: 1, says: []string{"undefined: x", "\n0 passed, 1 failed\n"}},
		{name: "suite that did not run", args: "-- walk", stage: printing("nothing to do\n", nil), status: 1, says: []string{"nothing to do", "walk: no test ran", "\n0 passed, 1 failed\n"}},
		{name: "skip", args: "-- unit", stage: printing(passA+skipD, nil), status: 1, says: []string{"no database here", "skipped: p TestD"}},
		{name: "skip of what cannot apply", args: "-- unit", stage: printing(passA+skipE+noTests, nil), says: []string{"1 passed, 0 failed"}},
		{name: "stage without tests", args: "format", stage: printing("fine", nil), says: []string{"fine\n--- format ok", "\n0 passed, 0 failed\n"}},
		{name: "failing stage without tests", args: "format", stage: printing("x.go", errStage), status: 1, says: []string{"x.go\n", "format: exit status 1", "\n0 passed, 1 failed\n"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			status := run(strings.Fields(tc.args), &out, tc.stage)
			if status != tc.status {
				t.Errorf("status %d, want %d", status, tc.status)
			}
			for _, want := range tc.says {
				if !strings.Contains(out.String(), want) {
					t.Errorf("missing %q", want)
				}
			}
			if tc.silent != "" && strings.Contains(out.String(), tc.silent) {
				t.Errorf("prints %q", tc.silent)
			}
			if t.Failed() {
				t.Log(out.String())
			}
		})
	}
}
