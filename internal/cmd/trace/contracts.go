package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A definition opens a list item or a table row; any other mention refers.
var definition = regexp.MustCompile(`^(?:- |\| )(?:\*\*)?(` + idPattern + `)\b`)

// readContracts returns the ids that the Markdown files of dir define.
func readContracts(dir string, known prefixes) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil {
		return nil, fmt.Errorf("trace: list contracts: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("trace: no contract in %s", dir)
	}
	ids := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("trace: read contract: %w", err)
		}
		for line := range strings.Lines(string(text)) {
			if m := definition.FindStringSubmatch(line); m != nil && known.of(m[1]) {
				ids[m[1]] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(ids), compareIDs), nil
}

// writeCoverage prints for each prefix how many defined ids are listed, and
// those that are not yet.
func writeCoverage(w io.Writer, defined []string, l listing) {
	total, done := map[string]int{}, map[string]int{}
	open := map[string][]string{}
	for _, id := range defined {
		prefix, _, _ := strings.Cut(id, "-")
		total[prefix]++
		if l.at[id] != "" {
			done[prefix]++
		} else {
			open[prefix] = append(open[prefix], id)
		}
	}
	all, allDone := 0, 0
	for _, prefix := range slices.Sorted(maps.Keys(total)) {
		fmt.Fprintf(w, "%-4s %4d of %4d", prefix, done[prefix], total[prefix])
		if done[prefix] > 0 && len(open[prefix]) > 0 {
			fmt.Fprintf(w, "  not yet: %s", strings.Join(open[prefix], " "))
		}
		fmt.Fprintln(w)
		all, allDone = all+total[prefix], allDone+done[prefix]
	}
	fmt.Fprintf(w, "all  %4d of %4d\n", allDone, all)
	for _, id := range slices.SortedFunc(maps.Keys(l.at), compareIDs) {
		if !slices.Contains(defined, id) {
			fmt.Fprintf(w, "%s: %s is defined by no contract\n", l.at[id], id)
		}
	}
}

// compareIDs sorts IDN-I5 before IDN-I12.
func compareIDs(a, b string) int {
	return cmp.Or(
		strings.Compare(strings.TrimRight(a, "0123456789"), strings.TrimRight(b, "0123456789")),
		cmp.Compare(len(a), len(b)),
		strings.Compare(a, b),
	)
}
