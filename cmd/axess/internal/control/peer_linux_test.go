package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestMain is also another user's command.
func TestMain(m *testing.M) {
	if path := os.Getenv("AXESS_TEST_CALLS"); path != "" {
		var out any
		_, err := Call(context.Background(), path, "1.2.3", "do", &out)
		fmt.Println("refused:", errors.Is(err, ErrPeer) || errors.Is(err, ErrNobody))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// CLI-020: where the mode of the socket does not keep another user out, the
// server does: nothing is done for that call.
func TestServe_refuses_another_user(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("not applicable: only root can become another user; who is let in is decided by allowed, whose test runs for everybody")
	}
	done := 0
	path := serving(t, "1.2.3", Verbs{"do": func(context.Context) (any, error) { done++; return true, nil }})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(filepath.Dir(path), "other")
	if err := errors.Join(copyFile(self, binary), os.Chmod(filepath.Dir(path), 0o755), os.Chmod(path, 0o666)); err != nil { //nolint:gosec // the fault that is refused
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Env = append(os.Environ(), "AXESS_TEST_CALLS="+path)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "refused: true") || done != 0 {
		t.Errorf("%v: %s, done %d times", err, out, done)
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755) //nolint:gosec // a program
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
