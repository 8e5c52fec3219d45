// Command mutate plants faults in packages, runs their tests on each, and
// writes what no test noticed to docs/mutation.md (make mutate):
//
//	go run ./internal/cmd/mutate                     # the packages that guard something
//	go run ./internal/cmd/mutate seal session        # some; the others keep their part of the report
//	go run ./internal/cmd/mutate -only 'cookie.go.*boundary' session   # some faults, no report
//	go run ./internal/cmd/mutate -list seal          # what would be planted
//
// It fails when a package scores below its bound (85 %; mutate.Least), when a score is void, and when an
// entry of internal/mutate/equivalent.txt is wrong. The package comment of
// internal/mutate says what the faults are.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"time"

	"github.com/axess-go/axess/internal/mutate"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

type settings struct {
	root, report string
	jobs         int
	timeout      time.Duration
	only         *regexp.Regexp
	list, own    bool
	packages     []string
}

// run returns the exit status: 0 good, 1 scores or entries are not, 2 nothing
// was measured, 64 usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return 64
	}
	if s.list {
		err = list(ctx, s, stdout)
	} else {
		err = measure(ctx, s, stdout, stderr)
	}
	if err == nil {
		return 0
	}
	fmt.Fprintln(stderr, "mutate:", err)
	var f *findings
	if errors.As(err, &f) {
		return 1
	}
	return 2
}

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	var only string
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: mutate [flags] [package directory ...]\n\nplants faults in packages and lists those that no test notices; see internal/mutate\n\nflags:")
		flags.PrintDefaults()
		fmt.Fprintln(stderr, "\ndefault packages:", mutate.Packages())
	}
	flags.StringVar(&s.root, "root", ".", "the repository")
	flags.StringVar(&s.report, "report", "docs/mutation.md", "file of the report, relative to the root; empty for none")
	flags.IntVar(&s.jobs, "jobs", runtime.NumCPU(), "test binaries at once")
	flags.DurationVar(&s.timeout, "timeout", time.Minute, "of one test binary")
	flags.StringVar(&only, "only", "", "regular expression over \"file:line:col operator function\"; limits the run and writes no report")
	flags.BoolVar(&s.list, "list", false, "list the faults and run nothing")
	flags.BoolVar(&s.own, "own", false, "run the package's own tests alone, not those of packages that use it")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if only != "" {
		var err error
		if s.only, err = regexp.Compile(only); err != nil {
			fmt.Fprintln(stderr, "mutate: -only:", err)
			return s, err
		}
		s.report = ""
	}
	for _, name := range flags.Args() {
		s.packages = append(s.packages, filepath.ToSlash(filepath.Clean(name)))
	}
	if len(s.packages) == 0 {
		s.packages = mutate.Packages()
	}
	return s, nil
}

// findings is a run that worked and whose result is not good enough.
type findings struct{ all []error }

func (f *findings) Error() string { return errors.Join(f.all...).Error() }

func list(ctx context.Context, s settings, stdout io.Writer) error {
	for _, name := range s.packages {
		schema, err := instrument(ctx, s.root, name)
		if err != nil {
			return err
		}
		for _, m := range schema.Mutants {
			if s.only == nil || s.only.MatchString(m.String()) {
				fmt.Fprintf(stdout, "%s: %s\n", m, m.Source)
			}
		}
	}
	return nil
}

func instrument(ctx context.Context, root, name string) (*mutate.Schema, error) {
	pkg, err := mutate.Load(ctx, root, name)
	if err != nil {
		return nil, err
	}
	return mutate.Instrument(pkg)
}

func measure(ctx context.Context, s settings, stdout, stderr io.Writer) error {
	equivalents, err := readEquivalents(s.root)
	if err != nil {
		return err
	}
	var bad findings
	for _, name := range s.packages {
		result, err := one(ctx, s, name, stderr)
		if err != nil {
			return err
		}
		if s.only == nil {
			if err := result.Accept(equivalents); err != nil {
				bad.all = append(bad.all, err)
			}
		}
		for _, o := range result.Outcomes {
			if o.State == mutate.Lived || o.State == mutate.TimedOut {
				fmt.Fprintf(stdout, "%s: %s: %s%s\n", o.Mutant, o.State, o.Source, unreached(o))
			}
		}
		score := result.Score()
		fmt.Fprintln(stdout, score)
		if s.only == nil && score.Percent() < mutate.Least(name) {
			bad.all = append(bad.all, fmt.Errorf("%s scores below %v %%", name, mutate.Least(name)))
		}
		if err := writeReport(s, result); err != nil {
			return err
		}
	}
	if len(bad.all) > 0 {
		return &bad
	}
	return nil
}

func unreached(o mutate.Outcome) string {
	if o.Reached {
		return ""
	}
	return " (no test reaches it)"
}

func one(ctx context.Context, s settings, name string, stderr io.Writer) (mutate.Result, error) {
	fmt.Fprintf(stderr, "%s: instrumenting\n", name)
	schema, err := instrument(ctx, s.root, name)
	if err != nil {
		return mutate.Result{}, err
	}
	o := mutate.Options{Jobs: s.jobs, Timeout: s.timeout, Wider: mutate.Wider(name), Progress: progress(stderr)}
	if s.own {
		o.Wider = nil
	}
	if s.only != nil {
		o.Select = func(m mutate.Mutant) bool { return s.only.MatchString(m.String()) }
	}
	return mutate.Run(ctx, schema, o)
}

// progress prints a line now and then.
func progress(w io.Writer) func(string) {
	var mu sync.Mutex
	var last time.Time
	return func(line string) {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now() //axess:allow L01 how often to print, for people who wait
		if now.Sub(last) >= 5*time.Second {
			last = now
			fmt.Fprintln(w, line)
		}
	}
}

func readEquivalents(root string) ([]mutate.Equivalent, error) {
	text, err := os.ReadFile(filepath.Join(root, "internal", "mutate", "equivalent.txt"))
	if err != nil {
		return nil, err
	}
	return mutate.ParseEquivalents(string(text))
}

// writeReport replaces one package's part, so that a run that is broken off
// keeps what it has.
func writeReport(s settings, result mutate.Result) error {
	if s.report == "" {
		return nil
	}
	at := filepath.Join(s.root, filepath.FromSlash(s.report))
	report := &mutate.Report{}
	text, err := os.ReadFile(at)
	if err == nil {
		report, err = mutate.ParseReport(string(text))
	} else if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return err
	}
	report.Set(result)
	return os.WriteFile(at, []byte(report.String()), 0o644)
}
