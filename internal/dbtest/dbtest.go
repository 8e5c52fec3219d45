// Package dbtest starts real database servers for tests: on free ports of the
// loopback address, with temporary data, as a user without rights, and stopped by
// their process id. They end with the test process, however that ends.
//
//	func TestMain(m *testing.M) {
//		srv, err := dbtest.Postgres("15")
//		…
//		code := m.Run()
//		srv.Stop()
//		os.Exit(code)
//	}
//
// A server that is not on the machine is an [AbsentError]. A test then says with
// [Need] that it did not run; where AXESS_SERVERS=required promises it, as make test
// does, it fails.
//
// It is for tests alone: no package of the library imports it.
//
// Requirements: none of its own.
package dbtest

import (
	"errors"
	"os"
	"testing"
)

// AbsentError says which server is not on this machine, and how it comes there.
type AbsentError struct{ Server, Cure string }

// Error implements error.
func (e *AbsentError) Error() string { return e.Server + " is not on this machine: " + e.Cure }

// Need ends a test whose server could not be started: it fails where servers were
// promised or where one is there and does not start, and is skipped otherwise.
func Need(t testing.TB, err error) {
	t.Helper()
	var absent *AbsentError
	switch {
	case err == nil:
	case errors.As(err, &absent) && os.Getenv("AXESS_SERVERS") != "required":
		t.Skipf("DID NOT RUN: %v", err)
	default:
		t.Fatal(err)
	}
}

// Wish is [Need] for a server of which no version can be pinned, and which may be
// gone tomorrow: a test says that it did not run, also where servers were promised.
func Wish(t testing.TB, err error) {
	t.Helper()
	var absent *AbsentError
	if errors.As(err, &absent) {
		t.Skipf("not applicable: DID NOT RUN, and was not promised: %v", err)
	}
	Need(t, err)
}
