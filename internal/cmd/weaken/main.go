// Command weaken shows that each defence has a test which misses it: it takes
// one check out of the product and demands that the attack's test fails.
//
//	go run ./internal/cmd/weaken                  # every entry; make weaken
//	go run ./internal/cmd/weaken -only 'cookie'   # entries whose name matches; make weaken ONLY=cookie
//	go run ./internal/cmd/weaken -page            # only write docs/attacks.md
//
// An entry of the table names an attack, the lines that stop it, what they are
// replaced by and the test that must go red. The replaced file reaches the
// compiler as a `go test -overlay`; the working tree is not touched. An entry
// holds when the weakened product compiles, the named test runs, and it fails
// by its own judgement: a build error, a panic, a test that did not run or one
// that passes is a fault, and the command ends in 1.
//
// The table is one file for each area (sessions.go, accounts.go, faults.go).
// docs/attacks.md is made from it; the package's own tests hold page, table and
// tree together without running anything, so a stale entry is red in make unit.
//
// It is not mutation testing: that asks whether some test notices any change.
// Here a person says which attack a defence is for, and which test is the one.
//
// Owns FUZ-053 so far: the curated part.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
)

const page = "docs/attacks.md"

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit status: 0 all hold, 1 some do not, 2 could not be run.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("weaken", flag.ContinueOnError)
	flags.SetOutput(stderr)
	root := flags.String("root", ".", "the repository")
	only := flags.String("only", "", "run the entries whose name matches this regular expression")
	parallel := flags.Int("p", 2, "how many go test run at once")
	pageOnly := flags.Bool("page", false, "write "+page+" and run nothing")
	asJSON := flags.Bool("json", false, "report as go test -json does")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	pattern, err := regexp.Compile(*only)
	if err != nil || *parallel < 1 {
		fmt.Fprintln(stderr, "weaken: -only is no regular expression, or -p is below 1")
		return 2
	}
	entries := Entries()
	if faults := check(*root, entries); len(faults) > 0 {
		for _, fault := range faults {
			fmt.Fprintln(stdout, fault)
		}
		return 1
	}
	if err := writePage(*root); err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if *pageOnly {
		return 0
	}
	var chosen []Entry
	for _, e := range entries {
		if pattern.MatchString(e.Name) {
			chosen = append(chosen, e)
		}
	}
	if len(chosen) == 0 {
		fmt.Fprintf(stderr, "weaken: no entry is named like %q\n", *only)
		return 2
	}
	abs, err := filepath.Abs(*root)
	if err != nil {
		fmt.Fprintln(stderr, "weaken:", err)
		return 2
	}
	report := reporter{out: stdout, json: *asJSON}
	failed, err := runAll(ctx, abs, chosen, *parallel, report)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if !*asJSON {
		fmt.Fprintf(stdout, "weaken: %d entries, %d do not hold\n", len(chosen), failed)
	}
	if failed > 0 {
		return 1
	}
	return 0
}
