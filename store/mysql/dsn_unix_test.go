//go:build unix

package mysql_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/axess-go/axess/store/mysql"
)

// PRD-006: a certificate that is a named pipe is refused at once; whoever opened it
// would wait for its other end.
func TestOpen_does_not_wait_for_a_pipe(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, files := range []string{"tls-ca=" + pipe, "tls-cert=" + pipe + "&tls-key=absent", "tls-cert=/dev/zero&tls-key=" + pipe} {
		_, err := mysql.Open(t.Context(), "mysql://axess:a-long-secret@127.0.0.1:1/x?tls=true&"+files)
		if err == nil || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("%s: %v", files, err)
		}
	}
}
