package axess_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Programs that misuse guards, proofs, ids and states do not build, and those
// that use them do: the compiler is the first guard. The programs stand in a
// module of their own, as a user's do, because that is where the rule about
// internal packages holds. GRD-001, GRD-003, SES-008, FUZ-073, PRD-021
func TestPrograms_that_must_not_compile(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/compile")); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod = bytes.Replace(mod, []byte("module github.com/axess-go/axess\n"), []byte("module programs\n"), 1)
	mod = append(mod, "\nrequire github.com/axess-go/axess v0.0.0\n\nreplace github.com/axess-go/axess => "+root+"\n"...)
	write(t, filepath.Join(dir, "go.mod"), mod)
	sum, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.sum"), sum)

	programs, err := filepath.Glob("testdata/compile/*/p.go")
	if err != nil {
		t.Fatal(err)
	}
	compiled, refused := 0, 0
	complaints := compile(t, dir)
	for _, path := range programs {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(filepath.Dir(path))
		first, _, _ := strings.Cut(string(text), "\n")
		want, refuse := strings.CutPrefix(first, "// Must not compile: ")
		got := complaints[name]
		switch {
		case refuse && got == "":
			t.Errorf("%s compiles", name)
		case refuse && !regexp.MustCompile(want).MatchString(got):
			t.Errorf("%s is refused for another reason than %q:\n%s", name, want, got)
		case refuse:
			refused++
		case got != "":
			t.Errorf("%s does not compile:\n%s", name, got)
		default:
			compiled++
		}
	}
	if compiled == 0 || refused < 30 {
		t.Errorf("%d compile and %d do not: programs are missing", compiled, refused)
	}
}

// compile builds every program below dir and returns what the go command says of
// each. A program that imports what it may not stops the command before it
// compiles anything, so each is asked about by itself unless all can be loaded.
func compile(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var loadable []string
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name(), "p.go"))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("axess/internal/")) {
			out[e.Name()] = run(t, dir, "build", "./"+e.Name())
			continue
		}
		loadable = append(loadable, "./"+e.Name())
	}
	text := run(t, dir, append([]string{"build", "-gcflags=-e"}, loadable...)...)
	at := ""
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "# programs/"); ok {
			at = name
			continue
		}
		out[at] += line
	}
	if out[""] != "" {
		t.Fatalf("the programs could not be built:\n%s", text)
	}
	return out
}

// run returns what the go command says; silence means that it succeeded.
func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod -buildvcs=false", "GOPROXY=off", "GOWORK=off")
	text, err := cmd.CombinedOutput()
	if (err != nil) != (len(text) > 0) {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, text)
	}
	return string(text)
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
