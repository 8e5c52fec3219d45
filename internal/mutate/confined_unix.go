//go:build unix

package mutate

import (
	"context"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// maxMemory bounds the address space of a test binary in KiB: a loop that a
// fault made endless must not take the machine with it.
const maxMemory = 6 << 20

// confined starts a test binary in a process group of its own, which ends as a
// whole when the context does.
func confined(ctx context.Context, path string, args []string) *exec.Cmd {
	limited := append([]string{"-c", "ulimit -v " + strconv.Itoa(maxMemory) + `; exec "$0" "$@"`, path}, args...)
	cmd := exec.CommandContext(ctx, "/bin/sh", limited...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second // for a grandchild that holds the pipe
	return cmd
}
