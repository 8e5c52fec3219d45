package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/sched"
)

// The test itself; the build before it is not counted. It is long for a machine that
// is busy with others: a defence whose test hangs without it is a fault of the table.
const testTimeout = "5m"

// runAll runs the entries, at most parallel at once, reports them in the order
// of the table and returns how many do not hold.
func runAll(ctx context.Context, root string, entries []Entry, parallel int, report reporter) (int, error) {
	s := sched.Of(clock.System())
	verdicts, errs := make([]verdict, len(entries)), make([]error, len(entries))
	done := make([]*sched.Gate, len(entries))
	for i, e := range entries {
		done[i] = s.NewGate(e.Name)
	}
	var next atomic.Int64
	for range parallel {
		s.Go(ctx, "weaken", func(ctx context.Context) error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(entries) {
					return nil
				}
				verdicts[i], errs[i] = runEntry(ctx, root, entries[i])
				done[i].Open()
			}
		})
	}
	failed := 0
	for i, e := range entries {
		if err := done[i].Wait(ctx); err != nil {
			return failed, fmt.Errorf("weaken: %s: %w", e.Name, err)
		}
		if errs[i] != nil {
			continue
		}
		report.entry(e, verdicts[i])
		if !verdicts[i].holds() {
			failed++
		}
	}
	return failed, errors.Join(errs...)
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
	overlay, err := writeOverlay(root, dir, e)
	if err != nil {
		return verdict{}, err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-json", "-count=1", "-vet=off",
		"-timeout="+testTimeout, "-overlay="+overlay, "-run="+anchored(e.Run), ".")
	cmd.Dir = filepath.Join(root, filepath.FromSlash(e.Pkg))
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return verdict{}, fmt.Errorf("go test: %w", err)
	}
	return judge(out, e.Run, e.Says), nil
}

// writeOverlay writes the weakened files into dir and returns the overlay that
// puts them in place of the real ones.
func writeOverlay(root, dir string, e Entry) (string, error) {
	files, texts, err := weakened(root, e)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for i, file := range files {
		path := filepath.Join(dir, strconv.Itoa(i)+".go")
		if err := os.WriteFile(path, []byte(texts[file]), 0o600); err != nil {
			return "", err
		}
		replace[filepath.Join(root, filepath.FromSlash(file))] = path
	}
	spec, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, spec, 0o600)
}
