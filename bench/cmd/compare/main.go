// Command compare runs the contests of package bench, prints what came out and
// writes it down.
//
//	compare [-contest read,csrf] [-rounds 25] [-benchtime 30ms] [-out RESULTS.md]
//
// It ends with 0 also when a bar was missed: the report says so, a person judges.
// 2 means that something could not be measured (a server that is missing included,
// unless -allow-missing is given), 64 that it was called wrongly.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess/bench"
	"github.com/axess-go/axess/internal/dbtest"
)

func main() { os.Exit(run()) }

func run() int {
	testing.Init()
	names := flag.String("contest", "", "contests to run, separated by commas; empty means all")
	rounds := flag.Int("rounds", 25, "rounds, at least 1; below 7 a median says little")
	benchtime := flag.String("benchtime", "30ms", "time of one measurement")
	out := flag.String("out", "", "file to write; empty means none")
	missing := flag.Bool("allow-missing", false, "end well although a server is missing")
	flag.Parse()
	contests, err := choose(*names)
	if err == nil && (*rounds < 1 || flag.NArg() > 0) {
		err = errors.New("want -rounds of at least 1 and no further arguments")
	}
	if err == nil {
		err = flag.Set("test.benchtime", *benchtime)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		return 64
	}
	err = compare(contests, *rounds, *out)
	var absent *dbtest.AbsentError
	if *missing && errors.As(err, &absent) {
		err = nil
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		return 2
	}
	return 0
}

func choose(names string) ([]bench.Contest, error) {
	all := bench.Contests()
	if names == "" {
		return all, nil
	}
	var chosen []bench.Contest
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(all, func(c bench.Contest) bool { return c.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("no contest %q", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

func compare(contests []bench.Contest, rounds int, out string) error {
	scratch, err := os.MkdirTemp("", "axess-bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }() // what stays behind is in the temporary directory
	before := load()
	results, err := bench.Run(contests, rounds, scratch, func(round int) {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, rounds)
	})
	if err != nil {
		return err
	}
	text := report(results, machine()+". Load average before, "+before+"; after, "+load(), rounds, flag.Lookup("test.benchtime").Value.String())
	fmt.Print(text)
	if out != "" {
		if err := os.WriteFile(out, []byte(text), 0o644); err != nil {
			return err
		}
	}
	for _, r := range results {
		if r.Missing != nil {
			return fmt.Errorf("%s was not measured: %w", r.Contest.Name, r.Missing)
		}
	}
	return nil
}
