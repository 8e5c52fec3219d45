package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/sqlite"
)

// refused opens a file that somebody has open.
func refused(t *testing.T, path string, pid int) {
	t.Helper()
	b, err := sqlite.Open(path)
	if err == nil {
		_ = b.Close()
		t.Fatal("opened")
	}
	locked, ok := errors.AsType[*sqlite.LockedError](err)
	if !ok || !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("got %v, want a LockedError that is ErrUnavailable", err)
	}
	if locked.PID != pid || locked.Path != path {
		t.Errorf("held by %d at %s, want %d at %s", locked.PID, locked.Path, pid, path)
	}
	for _, want := range []string{path, strconv.Itoa(pid), "first"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
}

// CLI-005, STO-025: while a process has the file, every other is refused and told
// which one it is; kill -9 is enough to let go.
func TestOpen_refuses_a_file_that_another_process_has(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "axess.db")
	cmd, out := child(t, "hold", path)
	if !out.Scan() || out.Text() != "open" {
		t.Fatalf("the child did not open the file: %q, %v", out.Text(), out.Err())
	}
	refused(t, path, cmd.Process.Pid)
	refused(t, path, cmd.Process.Pid) // being refused takes nothing from the holder

	lock := filepath.Join(filepath.Dir(path), "axess.lock")
	info, err := os.Stat(lock)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("lock file %v, %v; want mode 0600", info, err)
	}
	if text, err := os.ReadFile(lock); err != nil || string(text) != strconv.Itoa(cmd.Process.Pid)+"\nopen\n" {
		t.Errorf("the lock says %q, %v", text, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed, as it should be
	open(t, path)
	refused(t, path, os.Getpid())
}

// CLI-005: a lock ends with its backend, and a refusal leaves none behind.
func TestClose_lets_go_of_the_lock(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := openOnce(t, path)
	refused(t, path, os.Getpid())
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(strings.TrimSuffix(path, ".db") + ".lock"); err != nil || len(text) != 0 {
		t.Errorf("after the end the lock still says %q, %v", text, err)
	}
	c := openOnce(t, path)
	if err := b.Close(); err != nil { // again, when the lock is somebody else's
		t.Fatal(err)
	}
	refused(t, path, os.Getpid())
	execute(t, path, "UPDATE axess_schema_version SET checksum = zeroblob(32)")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := sqlite.Open(path); !errors.Is(err, store.ErrSchema) {
			t.Fatalf("got %v, want ErrSchema and not the lock of the refused one", err)
		}
	}
}

// CLI-005: a second name is no second door, and a link in the lock's place leads
// nowhere.
func TestOpen_knows_a_file_by_its_place(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := openOnce(t, path)
	other := filepath.Join(t.TempDir(), "other.db")
	if err := os.Symlink(path, other); err != nil {
		t.Fatal(err)
	}
	refused(t, other, os.Getpid())
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	lock := strings.TrimSuffix(path, ".db") + ".lock"
	precious := filepath.Join(t.TempDir(), "precious")
	if err := errors.Join(os.Remove(lock), os.WriteFile(precious, []byte("kept"), 0o600), os.Symlink(precious, lock)); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(path); err == nil || !strings.Contains(err.Error(), "plain file") {
		t.Errorf("got %v, want a refusal of the link", err)
	}
	if text, err := os.ReadFile(precious); err != nil || string(text) != "kept" {
		t.Errorf("the file behind the link holds %q, %v", text, err)
	}
}
