package mutate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/axess-go/axess/clock"
)

// binary is the compiled test of one package over an instrumented one.
type binary struct {
	path  string
	dir   string // where it runs
	temp  string
	tests []reached
}

// reached is one top-level test and the faults whose switches it reaches.
type reached struct {
	name    string
	mutants map[int]bool
}

// ErrBuild: the instrumented package does not compile, so nothing was measured.
var ErrBuild = errors.New("the instrumented package does not build")

// compile writes the overlay and builds the test of the package at name.
func compile(ctx context.Context, s *Schema, name, temp string) (*binary, error) {
	overlay := map[string]map[string]string{"Replace": {}}
	for base, text := range s.files {
		at := filepath.Join(temp, "src", base)
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			return nil, fmt.Errorf("write overlay: %w", err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			return nil, fmt.Errorf("write overlay: %w", err)
		}
		overlay["Replace"][filepath.Join(s.Package.Dir, base)] = at
	}
	encoded, err := json.Marshal(overlay)
	if err != nil {
		return nil, fmt.Errorf("write overlay: %w", err)
	}
	list := filepath.Join(temp, "overlay.json")
	if err := os.WriteFile(list, encoded, 0o600); err != nil {
		return nil, fmt.Errorf("write overlay: %w", err)
	}
	b := &binary{
		path: filepath.Join(temp, strings.ReplaceAll(name, "/", "_")+".test"),
		dir:  filepath.Join(s.Package.Root, filepath.FromSlash(name)),
		temp: temp,
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", list, "-o", b.path, "./"+name)
	cmd.Dir = s.Package.Root
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %w: %s", ErrBuild, err, bytes.TrimSpace(out))
	}
	if _, err := os.Stat(b.path); err != nil {
		return nil, fmt.Errorf("%s has no tests", name)
	}
	return b, nil
}

// verdict of one run.
type verdict int

const (
	passed verdict = iota
	timedOut
	failed
)

// run runs the named tests with these additions to the environment.
func (b *binary) run(ctx context.Context, tests []string, limit time.Duration, env ...string) (verdict, string, error) {
	// The binary ends itself; the second limit is for one that cannot.
	ctx, cancel := clock.WithTimeout(ctx, clock.System(), limit+10*time.Second)
	defer cancel()
	// Names of tests are identifiers: they need no quoting.
	args := []string{"-test.run=^(" + strings.Join(tests, "|") + ")$", "-test.failfast", "-test.timeout=" + limit.String()}
	cmd := confined(ctx, b.path, args)
	cmd.Dir = b.dir
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, envMutant) }), env...)
	var out tail
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return passed, "", nil
	case ctx.Err() != nil:
		return timedOut, out.String(), nil
	case !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay):
		return failed, "", fmt.Errorf("run %s: %w", filepath.Base(b.path), err)
	case strings.Contains(out.String(), "panic: test timed out after"):
		return timedOut, out.String(), nil
	}
	return failed, out.String(), nil
}

// reach runs every test alone and notes the faults that it reaches. Tests that
// fail although no fault is on are returned apart: they measure what the
// switches cost, such as allocations.
func (b *binary) reach(ctx context.Context, jobs int, limit time.Duration, say func(string)) (unfit []string, err error) {
	cmd := exec.CommandContext(ctx, b.path, "-test.list=.")
	cmd.Dir = b.dir
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list tests: %w", err)
	}
	var names []string
	for _, line := range strings.Fields(string(out)) {
		if !strings.HasPrefix(line, "Benchmark") {
			names = append(names, line)
		}
	}
	tests := make([]reached, len(names))
	fit := make([]bool, len(names))
	err = parallel(ctx, jobs, len(names), func(ctx context.Context, i int) error {
		say(fmt.Sprintf("reach %d/%d", i+1, len(names)))
		notes := filepath.Join(b.temp, filepath.Base(b.path)+".reach."+strconv.Itoa(i))
		v, _, err := b.run(ctx, names[i:i+1], limit, envReach+"="+notes)
		if err != nil {
			return err
		}
		fit[i] = v == passed
		tests[i] = reached{name: names[i], mutants: map[int]bool{}}
		text, err := os.ReadFile(notes)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read reach: %w", err)
		}
		for _, line := range strings.Fields(string(text)) {
			id, err := strconv.Atoi(line)
			if err != nil {
				return fmt.Errorf("read reach: %w", err)
			}
			tests[i].mutants[id] = true
		}
		return os.Remove(notes)
	})
	if err != nil {
		return nil, err
	}
	for i, t := range tests {
		if fit[i] {
			b.tests = append(b.tests, t)
		} else {
			unfit = append(unfit, t.name)
		}
	}
	slices.SortStableFunc(b.tests, func(x, y reached) int { return len(x.mutants) - len(y.mutants) })
	return unfit, nil
}

// reaching are the tests that reach a fault, those that reach least first.
func (b *binary) reaching(id int) []string {
	var names []string
	for _, t := range b.tests {
		if t.mutants[id] {
			names = append(names, t.name)
		}
	}
	return names
}

// firstTests bounds how many of the nearest tests are tried before all others,
// and firstLimit how long: one that a fault makes hang must not hide others that
// fail at once.
const (
	firstTests = 4
	firstLimit = 10 * time.Second
)

// try runs what reaches the fault. It has timed out when no test fails and some
// hang.
func (b *binary) try(ctx context.Context, id int, limit time.Duration) (verdict, error) {
	names := b.reaching(id)
	cut := min(firstTests, len(names))
	on := envMutant + "=" + strconv.Itoa(id)
	first, _, err := b.run(ctx, names[:cut], min(firstLimit, limit), on)
	if err != nil || first == failed {
		return first, err
	}
	rest := passed
	if cut < len(names) {
		rest, _, err = b.run(ctx, names[cut:], limit, on)
		if err != nil || rest == failed {
			return rest, err
		}
	}
	if first == timedOut && limit > firstLimit {
		first, _, err = b.run(ctx, names[:cut], limit, on)
	}
	return max(first, rest), err
}

// tail keeps the last part of what is written to it.
type tail struct{ b []byte }

const maxTail = 64 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if len(t.b) > 2*maxTail {
		t.b = append(t.b[:0], t.b[len(t.b)-maxTail:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.b) }
