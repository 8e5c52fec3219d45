package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/cmd/axess/internal/settings"
)

// call runs the program: nothing of the real environment reaches it.
func call(t *testing.T, ctx context.Context, args ...string) (code int, stdout, stderr string) { //nolint:revive // t first reads better here
	t.Helper()
	return callWith(t, ctx, nil, args...)
}

func callWith(t *testing.T, ctx context.Context, env map[string]string, args ...string) (code int, stdout, stderr string) { //nolint:revive // as above
	t.Helper()
	ctx, stop := context.WithTimeout(ctx, 20*time.Second) // what should have been refused must not serve for ever
	defer stop()
	var out, errs bytes.Buffer
	code = run(ctx, testProcess(env, &out, &errs, args...))
	return code, out.String(), errs.String()
}

func testProcess(env map[string]string, stdout, stderr io.Writer, args ...string) process {
	return process{
		args: args, stdout: stdout, stderr: stderr,
		getenv:   func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		unsetenv: func(string) error { return nil },
	}
}

// CLI-024, CLI-023: what a supervisor tells apart, talk on stderr, data on
// stdout.
func TestRun(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() }) // after the parallel subtests
	for _, tc := range []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string // parts; "" for nothing at all
	}{
		{"nothing", nil, 64, "", "axess --help"},
		{"unknown command", []string{"sevre"}, 64, "", `did you mean axess serve?`},
		{"no near command", []string{"frobnicate"}, 64, "", `"frobnicate"`},
		{"a command that steers the terminal", []string{"\x1b[2J"}, 64, "", `\x1b[2J`},
		{"help", []string{"help"}, 0, "axess serve", ""},
		{"--help", []string{"--help"}, 0, "axess serve", ""},
		{"-h", []string{"-h"}, 0, "axess serve", ""},
		{"help serve", []string{"help", "serve"}, 0, "--origin", ""},
		{"help for nothing", []string{"help", "sevre"}, 64, "", "sevre"},
		{"serve --help", []string{"serve", "--help"}, 0, "--origin", ""},
		{"completion", []string{"completion", "bash"}, 0, "axess", ""},
		{"unknown flag", []string{"serve", "--log-levle", "x"}, 64, "", "did you mean --log-level?"},
		{"flag without value", []string{"serve", "--addr"}, 64, "", "--addr"},
		{"flag twice", []string{"serve", "--name", "a", "--name", "b"}, 64, "", "name"},
		{"argument", []string{"serve", "now"}, 64, "", `"now"`},
		{"bad sign-up", []string{"serve", "--sign-up", "maybe"}, 64, "", "open or closed"},
		{"version", []string{"version"}, 0, "axess 0.", ""},
		{"--version", []string{"--version"}, 0, "axess 0.", ""},
		{"port taken", []string{"serve", "--memory", "--addr", taken.Addr().String()}, 3, "", "--addr"},
		{"no port", []string{"serve", "--memory", "--addr", "localhost"}, 4, "", "--addr"},
		{"a world that is not ready", []string{"serve", "--memory", "--addr", "127.0.0.1:0", "--origin", "https://app.example.com"}, 4, "", "[keys_missing]"},
		{"not an origin", []string{"serve", "--memory", "--addr", "127.0.0.1:0", "--origin", "app.example.com"}, 4, "", "[origin_invalid]"},
		{"a name too long", []string{"serve", "--memory", "--addr", "127.0.0.1:0", "--name", strings.Repeat("x", 65)}, 4, "", "Brand"},
		{"development for the world", []string{"serve", "--memory", "--addr", "0.0.0.0:0"}, 4, "", "--insecure-dev-listen"},
		{"no directory", []string{"serve", "--addr", "127.0.0.1:0", "--data", "/dev/null/x"}, 3, "", "--data"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := call(t, t.Context(), tc.args...)
			if code != tc.code {
				t.Errorf("exit %d, want %d", code, tc.code)
			}
			for part, text := range map[string]string{tc.stdout: stdout, tc.stderr: stderr} {
				switch part {
				case "":
					if tc.stdout == "" && stdout != "" || tc.stderr == "" && stderr != "" {
						t.Errorf("stdout %q, stderr %q", stdout, stderr)
					}
				default:
					if !strings.Contains(text, part) {
						t.Errorf("%q is missing in %q", part, text)
					}
				}
			}
			if tc.code == 4 && !strings.Contains(stderr, "cure: ") {
				t.Errorf("a refusal without its cure: %s", stderr)
			}
		})
	}
}

// Help fits a terminal and names every flag. CLI-023, CLI-030
func TestHelp(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"version", "--help"}, {"config", "init", "--help"}, {"keys", "check", "--help"}, {"migrate", "apply", "--help"}, {"ui", "--help"}, {"ui", "gallery", "--help"}} {
		_, stdout, stderr := call(t, t.Context(), args...)
		for line := range strings.Lines(stdout) {
			if len([]rune(strings.TrimRight(line, "\n"))) > columns {
				t.Errorf("%q: too wide: %q", args, line)
			}
		}
		if stderr != "" {
			t.Errorf("%q: %s", args, stderr)
		}
	}
	_, stdout, _ := call(t, t.Context(), "serve", "--help")
	for _, s := range settings.Table() {
		if s.Flag() != "" && !strings.Contains(stdout, "\n  --"+s.Flag()+map[bool]string{true: "\n", false: " "}[s.Kind == settings.Switch]) {
			t.Errorf("--%s is not explained", s.Flag())
		}
	}
}
