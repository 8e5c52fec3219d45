package dbtest

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// Main runs the tests of a package, ends its servers, and asks leak twenty times for
// goroutines that were left behind (goleak waits half a second each time): some
// drivers close a connection later than their client. It returns the code to exit with.
func Main(m *testing.M, leak func() error, stop ...func() error) int {
	code := m.Run()
	for _, end := range stop {
		if err := end(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	if code != 0 {
		return code
	}
	var left error
	for range 20 {
		if left = leak(); left == nil {
			return 0
		}
	}
	fmt.Fprintln(os.Stderr, left)
	return 1
}

// StopAfter ends a server of one test with the test.
func StopAfter(t testing.TB, s interface{ Stop() error }) {
	t.Helper()
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
}

// AtOnce does the same in eight goroutines at once; each must work.
func AtOnce(t testing.TB, do func() error) {
	t.Helper()
	var all sync.WaitGroup
	begin := make(chan struct{})
	for range 8 {
		all.Go(func() {
			<-begin
			if err := do(); err != nil {
				t.Error(err)
			}
		})
	}
	close(begin)
	all.Wait()
}
