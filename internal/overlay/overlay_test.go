package overlay

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// SIM-070: what is planted stands in the build alone, and an edit that no longer fits
// is told before anything is built.
func TestWrite(t *testing.T) {
	t.Parallel()
	root, dir := t.TempDir(), t.TempDir()
	file := filepath.Join(root, "p", "p.go")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	const text = "package p\n\nconst one, two = 1, 2\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "p", "p_test.go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	list, err := Write(root, dir, []Edit{{"p/p.go", "= 1", "= 3"}, {"p/p.go", "= 3, 2", "= 3, 4"}})
	if err != nil {
		t.Fatal(err)
	}
	spec, err := os.ReadFile(list)
	if err != nil || !strings.Contains(string(spec), file) {
		t.Errorf("%s %v: does not name %s", spec, err, file)
	}
	if made, err := os.ReadFile(filepath.Join(dir, "0.go")); err != nil || !strings.Contains(string(made), "= 3, 4") {
		t.Errorf("%s %v: lacks both edits", made, err)
	}
	if left, err := os.ReadFile(file); err != nil || string(left) != text {
		t.Errorf("the tree was touched: %s %v", left, err)
	}
	for name, e := range map[string]Edit{
		"occurs 0 times": {"p/p.go", "= 9", "= 8"},
		"occurs 3 times": {"p/p.go", "o", "0"},
		"are the same":   {"p/p.go", "= 1", "= 1"},
		"is a test":      {"p/p_test.go", "", "x"},
		"read the file":  {"q/q.go", "a", "b"},
	} {
		if _, _, err := Texts(root, []Edit{e}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
