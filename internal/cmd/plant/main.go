package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/axess-go/axess/internal/overlay"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit status: 0 all were found, 1 some were not, 2 could not be run.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("plant", flag.ContinueOnError)
	flags.SetOutput(stderr)
	root := flags.String("root", ".", "the repository")
	only := flags.String("only", "", "plant the bugs whose name matches this regular expression")
	parallel := flags.Int("p", 2, "how many hunts run at once")
	seed := flags.Uint64("seed", 1, "of the first world of each hunt")
	pageOnly := flags.Bool("page", false, "write "+page+" and plant nothing")
	duels := flags.Bool("duels", false, "have the duels fought that are about a bug, and nothing else")
	story := flags.Bool("story", false, "print what happened in the world that found it")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	pattern, err := regexp.Compile(*only)
	if err != nil || *parallel < 1 {
		fmt.Fprintln(stderr, "plant: -only is no regular expression, or -p is below 1")
		return 2
	}
	if faults := check(*root, bugs()); len(faults) > 0 {
		for _, fault := range faults {
			fmt.Fprintln(stdout, fault)
		}
		return 1
	}
	if *pageOnly {
		if err := writePage(*root, nil, nil, duelledBugs()); err != nil {
			fmt.Fprintln(stderr, err)
			return 2
		}
		return 0
	}
	var chosen []bug
	for _, b := range bugs() {
		if pattern.MatchString(b.name) {
			chosen = append(chosen, b)
		}
	}
	if *duels {
		all := duelledBugs()
		held, err := fightAll(ctx, *root, all, pattern, *story, stdout)
		if err = errors.Join(err, writePage(*root, nil, nil, all)); err != nil {
			fmt.Fprintln(stderr, err)
			return 2
		}
		return min(held, 1)
	}
	if len(chosen) == 0 {
		fmt.Fprintf(stderr, "plant: no bug is named like %q\n", *only)
		return 2
	}
	abs, err := filepath.Abs(*root)
	if err != nil {
		fmt.Fprintln(stderr, "plant:", err)
		return 2
	}
	found, err := huntAll(ctx, abs, chosen, *parallel, *seed, *story, stdout)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	missed := 0
	for _, h := range found {
		if h.fault != "" {
			missed++
		}
	}
	fmt.Fprintf(stdout, "plant: %d bugs, %d missed\n", len(chosen), missed)
	if err := writePage(*root, chosen, found, duelledBugs()); err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if missed > 0 {
		return 1
	}
	return 0
}

// huntAll hunts the bugs, some at once, and tells of each in the order of the table.
func huntAll(ctx context.Context, root string, chosen []bug, parallel int, seed uint64, story bool, out io.Writer) ([]hunted, error) {
	found := make([]hunted, len(chosen))
	err := overlay.Each(ctx, len(chosen), parallel, func(ctx context.Context, i int) (err error) {
		found[i], err = hunt(ctx, root, chosen[i], "", seed, story)
		return err
	}, func(i int) {
		if h, b := found[i], chosen[i]; h.fault != "" {
			fmt.Fprintf(out, "FAIL  %s: %s\n", b.name, h.fault)
		} else {
			fmt.Fprintf(out, "ok    %s: %s in world %d after %d steps: %s\n", b.name, h.by, h.Seed, h.Steps, h.Findings[0])
		}
	})
	if err != nil {
		return found, fmt.Errorf("plant: %w", err)
	}
	return found, nil
}
