//go:build unix

package keys_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
)

func initFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "axess.keys")
	if err := keys.Init(path, entropy.System(), created); err != nil {
		t.Fatal(err)
	}
	return path
}

// PRD-030, PRD-031: what Init wrote is private, complete and loads.
func TestInitThenLoad(t *testing.T) {
	t.Parallel()
	path := initFile(t)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&^0o600 != 0 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	a, err := keys.File(path).Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	b, err := keys.File(path).Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range a.Rings() {
		if r.Primary() != b.Rings()[i].Primary() || len(r.Keys()) != 1 || !r.Keys()[0].Created.Equal(created) {
			t.Errorf("%s: %v", r.Purpose(), r.Keys())
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := keys.File(path).Load(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// PRD-031: a key file is never overwritten, not by 16 at once.
func TestInitNeverOverwrites(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "axess.keys")
	var won, lost atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			switch err := keys.Init(path, entropy.System(), created); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, fs.ErrExist):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || lost.Load() != 15 {
		t.Fatalf("%d won, %d lost", won.Load(), lost.Load())
	}
	if _, err := keys.File(path).Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(filepath.Dir(path), "dangling")
	if err := os.Symlink(filepath.Join(filepath.Dir(path), "elsewhere"), link); err != nil {
		t.Fatal(err)
	}
	if err := keys.Init(link, entropy.System(), created); !errors.Is(err, fs.ErrExist) {
		t.Fatalf("through a dangling link: %v", err)
	}
}

// PRD-032: files that others could have read, written or swapped.
func TestLoadRefusesExposedFiles(t *testing.T) {
	t.Parallel()
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, expose := range map[string]func(t *testing.T, path string) string{
		"group may read":  func(t *testing.T, p string) string { must(t, os.Chmod(p, 0o640)); return p },
		"others may read": func(t *testing.T, p string) string { must(t, os.Chmod(p, 0o604)); return p },
		"executable":      func(t *testing.T, p string) string { must(t, os.Chmod(p, 0o700)); return p },
		"symbolic link":   func(t *testing.T, p string) string { must(t, os.Symlink(p, p+".link")); return p + ".link" },
		"directory":       func(t *testing.T, p string) string { must(t, os.Mkdir(p+".d", 0o700)); return p + ".d" },
		"pipe":            func(t *testing.T, p string) string { must(t, syscall.Mkfifo(p+".pipe", 0o600)); return p + ".pipe" },
		"open directory":  func(t *testing.T, p string) string { must(t, os.Chmod(filepath.Dir(p), 0o777)); return p },
		"sticky open dir": func(t *testing.T, p string) string { must(t, os.Chmod(filepath.Dir(p), 0o777|os.ModeSticky)); return p },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := expose(t, initFile(t))
			if k, err := keys.File(path).Load(context.Background()); !errors.Is(err, keys.ErrExposed) || k != (seal.Keys{}) {
				t.Fatalf("got %v", err)
			}
		})
	}
	missing := filepath.Join(t.TempDir(), "axess.keys")
	if _, err := keys.File(missing).Load(context.Background()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("loading made a file")
	}
}

// PRD-032
func TestInitRefusesAnOpenDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "axess.keys")
	if err := keys.Init(path, entropy.System(), created); !errors.Is(err, keys.ErrExposed) {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Fatal("the file was made")
	}
}

// PRD-032: a file with our own published keys is refused though it decodes.
func TestLoadRefusesPublishedKeys(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "axess.keys")
	if err := os.WriteFile(path, []byte(golden(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.File(path).Load(context.Background()); !errors.Is(err, keys.ErrPublished) {
		t.Fatal(err)
	}
}
