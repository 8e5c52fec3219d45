package main

import (
	"encoding/json"
	"fmt"
	"io"
)

// reporter tells people one line for each entry, or testsum one test.
type reporter struct {
	out  io.Writer
	json bool
}

const pkg = "weaken"

func (r reporter) entry(e Entry, v verdict) {
	if r.json {
		r.events(e, v)
		return
	}
	if v.holds() {
		fmt.Fprintf(r.out, "ok    %s\n", e.Name)
		return
	}
	fmt.Fprint(r.out, "FAIL  "+explain(e, v))
}

// explain says what survived, so that its reader need not look into the table.
func explain(e Entry, v verdict) string {
	text := fmt.Sprintf("%s: %s\n  attack: %s\n  test:   %s %s\n", e.Name, v.fault, e.Attack, e.Pkg, e.Run)
	for _, edit := range e.edits() {
		text += fmt.Sprintf("  in %s\n  -%s\n  +%s\n", edit.File, edit.Old, edit.New)
	}
	return text + "  go test said:\n" + v.shown + "\n"
}

func (r reporter) events(e Entry, v verdict) {
	type line struct {
		Action  string
		Package string
		Test    string
		Output  string `json:",omitempty"`
	}
	lines := []line{{Action: "pass", Package: pkg, Test: e.Name}}
	if !v.holds() {
		lines = []line{
			{Action: "output", Package: pkg, Test: e.Name, Output: explain(e, v)},
			{Action: "fail", Package: pkg, Test: e.Name},
		}
	}
	for _, l := range lines {
		text, err := json.Marshal(l)
		if err != nil {
			fmt.Fprintln(r.out, err) // testsum lets it through; the exit status stays
			continue
		}
		fmt.Fprintf(r.out, "%s\n", text)
	}
}
