//go:build unix

package sim

import (
	"syscall"
	"testing"
	"time"
)

// cpu is the processor time that the process has had: what a busy machine does to a run
// is not in it.
func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
