//go:build linux

package keys_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/keys"
)

// killedInit names the file in the process that is killed while it writes.
const killedInit = "AXESS_TEST_KILLED_INIT"

// PRD-031: an Init that is killed while it writes leaves nothing under the name, so
// the next one is not refused; what it leaves beside it is passed over by Dir.
func TestInit_that_is_killed_leaves_no_half_file(t *testing.T) {
	t.Parallel()
	if path := os.Getenv(killedInit); path != "" {
		// The kernel ends a process that writes more than this into a file, unless it
		// handles the signal, as Go does: all zero is the action without a handler.
		var kill [32]byte
		if _, _, no := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGXFSZ), uintptr(unsafe.Pointer(&kill)), 0, 8, 0, 0); no != 0 { //nolint:gosec // the kernel reads it and keeps no pointer
			t.Fatal(no)
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 10, Max: 10}); err != nil {
			t.Fatal(err)
		}
		err := keys.Init(path, entropy.System(), created)
		t.Fatalf("alive: %v", err)
	}
	dir := filepath.Join(t.TempDir(), "my keys")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "axess.keys")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // what the first has left does not stop the second
		cmd := exec.CommandContext(t.Context(), self, "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), killedInit+"="+path)
		out, err := cmd.CombinedOutput()
		var ended *exec.ExitError
		if !errors.As(err, &ended) || !strings.Contains(ended.String(), "file size limit exceeded") {
			t.Fatalf("not ended by the kernel: %v\n%s", err, out)
		}
		if _, err := os.Lstat(path); err == nil {
			t.Fatal("a cut-off key file stands under the name")
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		if info, err := e.Info(); err != nil || !strings.HasPrefix(e.Name(), ".") || info.Mode().Perm() != 0o600 {
			t.Errorf("%s was left: %v, %v", e.Name(), info, err)
		}
	}
	if err := keys.Init(path, entropy.System(), created); err != nil {
		t.Fatal(err)
	}
	for _, src := range []keys.Source{keys.File(path), keys.Dir(dir)} {
		if _, err := src.Load(t.Context()); err != nil {
			t.Error(err)
		}
	}
	now, err := os.ReadDir(dir)
	if err != nil || len(now) != len(left)+1 {
		t.Errorf("%v, %v: the last one left something", now, err)
	}
}
