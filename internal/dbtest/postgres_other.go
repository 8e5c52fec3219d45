//go:build !linux

package dbtest

import "errors"

// PostgresServer exists on Linux alone: only there do servers end with the process
// that started them, however that ends.
type PostgresServer struct{ DSN string }

var errLinux = errors.New("dbtest: servers are started on Linux alone")

// Postgres is an [AbsentError].
func Postgres(major string, _ ...string) (*PostgresServer, error) {
	return nil, &AbsentError{"PostgreSQL " + major, "run the tests on Linux"}
}

// Start fails.
func (*PostgresServer) Start() error { return errLinux }

// Kill fails.
func (*PostgresServer) Kill() error { return errLinux }

// Stop fails.
func (*PostgresServer) Stop() error { return errLinux }
