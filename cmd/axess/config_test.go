package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
)

// CLI-007: every setting with its source; secrets are [set] and nothing else.
func TestConfigShow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "axess.toml")
	if err := os.WriteFile(file, []byte("data = \"d\"\n[log]\nlevel = \"warn\""), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"AXESS_MAIL_PASSWORD": "hunter2", "AXESS_NAME": "Acme"}
	code, text, stderr := callWith(t, t.Context(), env, "config", "show", "--config", file, "--addr", "localhost:1", "-o", "json")
	if code != 0 {
		t.Fatal(stderr)
	}
	var out struct {
		V        int
		Settings []shown
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil || out.V != 1 || len(out.Settings) != len(settings.Table()) {
		t.Fatalf("%v: %s", err, text)
	}
	got := map[string]shown{}
	for _, s := range out.Settings {
		got[s.Key] = s
	}
	for _, want := range []shown{
		{"addr", "localhost:1", "flag --addr"},
		{"name", "Acme", "env AXESS_NAME"},
		{"data", filepath.Join(dir, "d"), "file " + file},
		{"log.level", "warn", "file " + file},
		{"log.format", "auto", "default"},
		{"mail.password", "[set]", "env AXESS_MAIL_PASSWORD"},
	} {
		if got[want.Key] != want {
			t.Errorf("%+v, want %+v", got[want.Key], want)
		}
	}
	_, table, _ := callWith(t, t.Context(), env, "config", "show", "--config", file)
	if !strings.Contains(table, "mail.password") || strings.Contains(text+table, "hunter2") {
		t.Error(table)
	}
}

// CLI-007: what is written for a profile loads, says every key, and once keys are
// made is what serve takes.
func TestConfigInit(t *testing.T) {
	t.Parallel()
	for _, profile := range []string{"development", "standard", "regulated"} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "axess.toml")
			do := func(args ...string) {
				t.Helper()
				if code, stdout, stderr := call(t, t.Context(), args...); code != refusal.OK || stdout != "" {
					t.Fatalf("%q: exit %d: %s%s", args, code, stdout, stderr)
				}
			}
			do("config", "init", "--profile", profile, "--out", file)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range settings.Table() {
				_, name, ok := strings.Cut(s.Key, ".")
				if !ok {
					name = s.Key
				}
				if !strings.Contains(string(text), name) {
					t.Errorf("%s is not explained", s.Key)
				}
			}
			if profile != "development" {
				if code, _, stderr := call(t, t.Context(), "config", "check", "--config", file); code != refusal.Refused || !strings.Contains(stderr, "axess keys init") {
					t.Errorf("exit %d: %s", code, stderr)
				}
				do("keys", "init", "--out", filepath.Join(dir, "axess.keys"))
			}
			do("config", "check", "--config", file)
			info, err := os.Stat(file)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%v %v", info, err)
			}
			// What is commented out is of the right form as well.
			whole := strings.NewReplacer("\n# ", "\n").Replace(string(text))
			var lines []string
			for line := range strings.Lines(whole) {
				if k, _, ok := strings.Cut(line, " = "); ok && !strings.Contains(k, " ") && !strings.HasSuffix(k, "_file") || strings.HasPrefix(line, "[") {
					lines = append(lines, line)
				}
			}
			if err := os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600); err != nil {
				t.Fatal(err)
			}
			if code, _, stderr := call(t, t.Context(), "config", "show", "--config", file); code != refusal.OK {
				t.Errorf("uncommented: %s", stderr)
			}
		})
	}
}

// CLI-007: config check starts and makes nothing.
func TestConfigCheck_leaves_nothing_behind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, _, stderr := call(t, t.Context(), "config", "check", "--data", filepath.Join(dir, "d"))
	if code != refusal.OK {
		t.Error(stderr)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
