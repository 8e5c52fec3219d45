//go:build !linux

package dbtest

// MariaDBServer exists on Linux alone, as [PostgresServer] does.
type MariaDBServer struct{ DSN string }

// MariaDB is an [AbsentError].
func MariaDB(...string) (*MariaDBServer, error) {
	return nil, &AbsentError{"MariaDB", "run the tests on Linux"}
}

// Start fails.
func (*MariaDBServer) Start() error { return errLinux }

// Kill fails.
func (*MariaDBServer) Kill() error { return errLinux }

// Stop fails.
func (*MariaDBServer) Stop() error { return errLinux }

// Galera is an [AbsentError].
func Galera(int) ([]*MariaDBServer, error) {
	return nil, &AbsentError{"Galera", "run the tests on Linux"}
}
