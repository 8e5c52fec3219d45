package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
)

// CLI-045, PRD-031, PRD-033: a key file is made once, for its owner alone, says
// where to point, and is what serve takes. No key is printed.
func TestKeysInit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "axess.keys")
	code, stdout, stderr := call(t, t.Context(), "keys", "init", "--out", path)
	if code != refusal.OK || stdout != "" || !strings.Contains(stderr, "axess serve --keys "+path) {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(before)) {
		if f := strings.Fields(line); len(f) == 6 && strings.Contains(stderr, f[5]) {
			t.Error("a key is printed")
		}
	}
	if code, _, _ := call(t, t.Context(), "keys", "init", "--out", path); code != refusal.Refused {
		t.Errorf("a second time: exit %d", code)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(after) != string(before) {
		t.Error("the file has changed")
	}
	for _, args := range [][]string{{"keys", "init"}, {"keys", "init", path}, {"keys"}, {"keys", "check"}, {"keys", "check", path, path}, {"keys", "make"}} {
		if code, _, _ := call(t, t.Context(), args...); code != refusal.Usage {
			t.Errorf("%q: exit %d", args, code)
		}
	}
}

// SES-130: the review of a key file in words, as JSON, and as an exit code.
func TestKeysCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	if code, _, stderr := call(t, t.Context(), "keys", "init", "--out", good); code != refusal.OK {
		t.Fatal(stderr)
	}
	if code, stdout, _ := call(t, t.Context(), "keys", "check", good); code != refusal.OK || !strings.HasPrefix(stdout, "good") {
		t.Errorf("exit %d: %s", code, stdout)
	}
	// A cookie key that was promoted at once, before every instance can know it.
	now := time.Now()
	k, err := keys.Generate(entropy.System(), now.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	old := k.Cookie.Keys()[0]
	old.State, old.NotAfter = seal.Retiring, now.Add(30*24*time.Hour)
	k.Cookie, err = seal.NewRing(seal.Cookie, seal.GenerateKey(entropy.System(), now), old)
	if err != nil {
		t.Fatal(err)
	}
	text, err := keys.Encode(k)
	if err != nil {
		t.Fatal(err)
	}
	early := filepath.Join(dir, "early")
	if err := os.WriteFile(early, text, 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, _ := call(t, t.Context(), "keys", "check", early)
	if code != refusal.Findings || !strings.Contains(stdout, "warning: cookie ") {
		t.Errorf("exit %d: %s", code, stdout)
	}
	code, stdout, _ = call(t, t.Context(), "keys", "check", "-o", "json", early)
	var out struct {
		V        int
		Findings []finding
	}
	if err := json.Unmarshal([]byte(stdout), &out); err != nil || code != refusal.Findings || out.V != 1 || out.Findings[0].Code != string(keys.CodeYoungPrimary) {
		t.Errorf("exit %d, %v: %s", code, err, stdout)
	}
}
