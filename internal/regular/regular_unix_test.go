//go:build unix

package regular_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/axess-go/axess/internal/regular"
)

// PRD-006: a file that is none is refused at once, and not waited for.
func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe, file, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	for path, why := range map[string]string{
		pipe: "no regular file", link: "no regular file", os.DevNull: "no regular file", "/dev/zero": "no regular file", dir: "no regular file",
		filepath.Join(dir, "missing"): "cannot be read",
	} {
		if text, _, err := regular.Read(path, 5); err == nil || !strings.Contains(err.Error(), why) || text != nil {
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	if text, info, err := regular.Read(file, 5); err != nil || string(text) != "12345" || info.Size() != 5 {
		t.Errorf("%q, %v, %v", text, info, err)
	}
	if _, _, err := regular.Read(file, 4); err == nil || !strings.Contains(err.Error(), "longer than 4 bytes") {
		t.Error(err)
	}
}
