//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package sqlite

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/axess-go/axess/internal/filelock"
)

// CLI-005: the lock is gone when it was given up, even while a process that is
// being started still has our descriptors.
func TestLock_ends_for_inherited_descriptors(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "app.lock")
	f, _, err := filelock.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	inherited, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(inherited)
	if err := dropLock(f); err != nil {
		t.Fatal(err)
	}
	g, held, err := filelock.Open(name)
	if held || err != nil {
		t.Fatalf("held %v, %v", held, err)
	}
	if err := dropLock(g); err != nil {
		t.Error(err)
	}
}
