//go:build unix

package keys

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// PRD-032: told apart without having to give a file away, so that it runs for
// everybody.
func TestCheckFile_belongs_to_whoever_runs(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "axess.keys")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkFile(path, info, os.Geteuid()); err != nil {
		t.Errorf("own file: %v", err)
	}
	if err := checkFile(path, info, os.Geteuid()+1); !errors.Is(err, ErrExposed) {
		t.Errorf("somebody else's file: %v", err)
	}
}
