// Command trace keeps claims and tests together: every requirement id listed in
// docs/requirements must be named in a comment of some test, and every id that a
// test names must be listed. It fails otherwise and says where.
//
//	go run ./internal/cmd/trace                    # the check; make trace
//	go run ./internal/cmd/trace -contracts DIR     # also: how much of the contracts in DIR is listed
//
// It proves only that somebody made the connection. Whether a test would fail
// without the feature is for its author and for mutation runs to show.
//
// docs/requirements/README.md explains the convention. Owns ASR-001 so far.
package main

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit status: 0 kept, 1 broken, 2 could not be checked.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("trace", flag.ContinueOnError)
	flags.SetOutput(stderr)
	root := flags.String("root", ".", "the repository")
	contracts := flags.String("contracts", "", "directory of contracts to compare with")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	l, err := readListing(filepath.Join(*root, "docs", "requirements"))
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	named, err := readTests(*root, l.prefixes)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if *contracts != "" {
		defined, err := readContracts(*contracts, l.prefixes)
		if err != nil {
			fmt.Fprintln(stderr, err)
			return 2
		}
		writeCoverage(stdout, defined, l)
	}
	faults := compare(l, named)
	for _, fault := range faults {
		fmt.Fprintln(stdout, fault)
	}
	if len(faults) > 0 {
		fmt.Fprintf(stdout, "trace: %d faults\n", len(faults))
		return 1
	}
	fmt.Fprintf(stdout, "trace: %d ids listed, each named by a test\n", len(l.at))
	return 0
}

func compare(l listing, named naming) []string {
	faults := slices.Concat(l.faults, named.faults)
	for _, id := range slices.SortedFunc(maps.Keys(l.at), compareIDs) {
		if len(named.at[id]) == 0 {
			faults = append(faults, fmt.Sprintf("%s: no test names %s", l.at[id], id))
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(named.at), compareIDs) {
		if l.at[id] == "" {
			faults = append(faults, fmt.Sprintf("%s: %s is not listed in docs/requirements", named.at[id][0], id))
		}
	}
	return faults
}
