//go:build !linux

package dbtest

// PgBouncerServer exists on Linux alone, as [PostgresServer].
type PgBouncerServer struct{ DSN string }

// PgBouncer is an [AbsentError].
func PgBouncer(*PostgresServer, string) (*PgBouncerServer, error) {
	return nil, &AbsentError{"PgBouncer", "run the tests on Linux"}
}

// Stop fails.
func (*PgBouncerServer) Stop() error { return errLinux }
