//go:build unix

package valkey

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// PRD-006: a certificate that is a named pipe is refused at once; whoever opened it
// would wait for its other end.
func TestParse_does_not_wait_for_a_pipe(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, files := range []string{"cacert=" + pipe, "cert=" + pipe + "&key=absent", "cert=/dev/zero&key=" + pipe} {
		if _, err := parse("valkeys://cache?" + files); err == nil || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("%s: %v", files, err)
		}
	}
}
