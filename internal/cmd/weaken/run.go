package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/axess-go/axess/internal/overlay"
)

// The test itself; the build before it is not counted. It is long for a machine that
// is busy with others: a defence whose test hangs without it is a fault of the table.
const testTimeout = "5m"

// runAll runs the entries, at most parallel at once, reports them in the order
// of the table and returns how many do not hold.
func runAll(ctx context.Context, root string, entries []Entry, parallel int, report reporter) (int, error) {
	verdicts, failed := make([]verdict, len(entries)), 0
	err := overlay.Each(ctx, len(entries), parallel, func(ctx context.Context, i int) (err error) {
		verdicts[i], err = runEntry(ctx, root, entries[i])
		return err
	}, func(i int) {
		report.entry(entries[i], verdicts[i])
		if !verdicts[i].holds() {
			failed++
		}
	})
	if err != nil {
		return failed, fmt.Errorf("weaken: %w", err)
	}
	return failed, nil
}

// runEntry runs the entry's test against the weakened product. Its error says
// that it could not be tried; what the test made of it is the verdict.
func runEntry(ctx context.Context, root string, e Entry) (verdict, error) {
	dir, err := os.MkdirTemp("", "weaken-")
	if err != nil {
		return verdict{}, fmt.Errorf("weaken: %s: %w", e.Name, err)
	}
	v, err := testIn(ctx, root, dir, e)
	if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
		return v, fmt.Errorf("weaken: %s: %w", e.Name, err)
	}
	return v, nil
}

func testIn(ctx context.Context, root, dir string, e Entry) (verdict, error) {
	list, err := overlay.Write(root, dir, e.edits())
	if err != nil {
		return verdict{}, err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-json", "-count=1", "-vet=off",
		"-timeout="+testTimeout, "-overlay="+list, "-run="+anchored(e.Run), ".")
	cmd.Dir = filepath.Join(root, filepath.FromSlash(e.Pkg))
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return verdict{}, fmt.Errorf("go test: %w", err)
	}
	return judge(out, e.Run, e.Says), nil
}
