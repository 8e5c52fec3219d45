//go:build !linux

package dbtest

// The versions of MySQL that the tests run on.
const (
	MySQLOldest = "8.0"
	MySQLNewest = "9"
)

// MySQLServer exists on Linux alone, as [PostgresServer] does.
type MySQLServer struct{ DSN, CA string }

// MariaDB is an [AbsentError].
func MariaDB(...string) (*MySQLServer, error) {
	return nil, &AbsentError{"MariaDB", "run the tests on Linux"}
}

// MySQL is an [AbsentError].
func MySQL(version string, _ ...string) (*MySQLServer, error) {
	return nil, &AbsentError{"MySQL " + version, "run the tests on Linux"}
}

// Start fails.
func (*MySQLServer) Start() error { return errLinux }

// Kill fails.
func (*MySQLServer) Kill() error { return errLinux }

// Stop fails.
func (*MySQLServer) Stop() error { return errLinux }

// Galera is an [AbsentError].
func Galera(int) ([]*MySQLServer, error) {
	return nil, &AbsentError{"Galera", "run the tests on Linux"}
}
