package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// simProgram is the program as somebody has it.
type simProgram struct {
	what   string
	binary string
	procs  int
}

func (p simProgram) run(t *testing.T, args ...string) simTotals {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), p.binary, append([]string{"sim", "--json", "--out", t.TempDir()}, args...)...)
	cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", p.procs))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", p.what, err, out)
	}
	var sum simTotals
	if err := json.Unmarshal(out, &sum); err != nil {
		t.Fatal(err)
	}
	return sum
}

// SIM-014: with one processor and two, with the race detector and without, the whole
// product does the same from equal seeds, on every kind of store and with all that goes
// wrong. make sim runs this; it needs a C compiler, and some seconds.
func TestSim_same_everywhere(t *testing.T) {
	t.Parallel()
	if os.Getenv("AXESS_SIM_SAME") == "" {
		t.Skip("not applicable: it builds the program twice; make sim runs it")
	}
	dir := t.TempDir()
	build := func(name string, flags ...string) string {
		binary := filepath.Join(dir, name)
		cmd := exec.CommandContext(t.Context(), "go", append(append([]string{"build", "-o", binary}, flags...), ".")...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go build: %v: %s", err, out)
		}
		return binary
	}
	plain, raced := build("plain"), build("raced", "-race")
	programs := []simProgram{{"plain, one processor", plain, 1}, {"plain, two processors", plain, 2}, {"race detector, one processor", raced, 1}, {"race detector, two processors", raced, 2}}
	const from, to = 21, 22
	for _, world := range [][]string{
		{"--backend", "sql", "--faults", "heavy,tamper=2e-2"}, {"--backend", "replica"}, {"--backend", "valkey", "--faults", "heavy"}, {"--backend", "sqlite"},
	} {
		world = append(world, "--steps", "1500", "--workers", "1")
		seeds := append([]string{"--seeds", fmt.Sprintf("%d..%d", from, to)}, world...)
		first := programs[0].run(t, seeds...)
		if first.Seeds != to-from+1 || first.Requests == 0 || first.Crashes == 0 && world[1] == "sql" {
			t.Fatalf("%v: too little happens: %+v", world, first)
		}
		for _, p := range programs[1:] {
			if again := p.run(t, seeds...); again.Chain != first.Chain {
				t.Errorf("%v: %s has another chain than %s, first at %s", world, p.what, programs[0].what, parting(t, programs[0], p, from, to, world))
			}
		}
	}
}

// parting is the first line of a trace that differs between two programs.
func parting(t *testing.T, one, other simProgram, from, to int, world []string) string {
	t.Helper()
	for seed := from; seed <= to; seed++ {
		var lines [2][]string
		for i, p := range []simProgram{one, other} {
			name := filepath.Join(t.TempDir(), "trace")
			p.run(t, append([]string{"--seed", fmt.Sprint(seed), "--trace", name}, world...)...)
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			for in := bufio.NewScanner(f); in.Scan(); {
				lines[i] = append(lines[i], in.Text())
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
		for i, line := range lines[0] {
			if i >= len(lines[1]) || line != lines[1][i] {
				return fmt.Sprintf("seed %d: %s", seed, strings.TrimSpace(line))
			}
		}
	}
	return "no line, this time"
}
