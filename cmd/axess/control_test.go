package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
)

// CLI-020, CLI-053, CLI-009: commands reach the server that has the database.
func TestControl(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "c") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "axess.toml")
	if err := os.WriteFile(file, []byte("name = \"a\""), 0o600); err != nil {
		t.Fatal(err)
	}
	data := []string{"--data", dir}
	if code, _, stderr := call(t, t.Context(), append([]string{"reload"}, data...)...); code != refusal.Unavailable || !strings.Contains(stderr, "cure: ") {
		t.Errorf("without a server: exit %d: %s", code, stderr)
	}
	s := serving(t, nil, "--addr", "127.0.0.1:0", "--config", file, "--data", dir)
	code, stdout, stderr := call(t, t.Context(), append([]string{"version", "--check"}, data...)...)
	if code != refusal.OK || !strings.Contains(stdout, "server "+axess.Version+", schema ") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	code, stdout, stderr = call(t, t.Context(), append([]string{"migrate", "status", "-o", "json"}, data...)...)
	var st struct{ Have, Need int }
	if err := json.Unmarshal([]byte(stdout), &st); err != nil || code != refusal.OK || st.Have == 0 || st.Have != st.Need {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if code, _, _ := call(t, t.Context(), append([]string{"migrate", "apply", "--yes"}, data...)...); code != refusal.Unavailable {
		t.Errorf("tables are changed under a server: exit %d", code)
	}
	if code, stdout, stderr = call(t, t.Context(), append([]string{"reload"}, data...)...); code != refusal.OK || !strings.Contains(stdout, "keys") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if err := os.WriteFile(file, []byte("name = \"b\""), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, _ = call(t, t.Context(), append([]string{"reload", "-o", "json"}, data...)...)
	var out struct{ Items []item }
	if err := json.Unmarshal([]byte(stdout), &out); err != nil || code != refusal.Findings || out.Items[len(out.Items)-1] != (item{Name: "name", Result: restart}) {
		t.Errorf("exit %d: %s", code, stdout)
	}
	s.end(t)
	if _, err := os.Lstat(filepath.Join(dir, "axess.sock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket stays: %v", err)
	}
}
