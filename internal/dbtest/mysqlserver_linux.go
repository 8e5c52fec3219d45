package dbtest

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// MySQLServer is a server of MySQL or of MariaDB, whose user "axess" needs no
// password and may do everything.
type MySQLServer struct {
	// DSN is of the Go driver, without a database: "axess@tcp(127.0.0.1:3306)/".
	DSN string

	u    *account
	dir  string
	args []string
	p    *process
}

// mysqlUser is what a server is told each time that it starts.
const mysqlUser = `CREATE USER IF NOT EXISTS axess@'127.0.0.1';
GRANT ALL ON *.* TO axess@'127.0.0.1' WITH GRANT OPTION;
`

// mysqlServer is a server in a directory with a data directory in it.
func mysqlServer(program []string, dir string, u *account, port string, more ...string) *MySQLServer {
	program = append(program[:len(program):len(program)], "--datadir="+filepath.Join(dir, "data"), "--socket="+filepath.Join(dir, "s"),
		"--pid-file="+filepath.Join(dir, "pid"), "--port="+port, "--bind-address=127.0.0.1", "--skip-name-resolve",
		// A server that starts removes what it takes for its own left-overs in a shared one.
		"--tmpdir="+dir,
		"--innodb-buffer-pool-size=64M", "--max-connections=400", "--performance-schema=OFF", "--init-file="+filepath.Join(dir, "init.sql"))
	return &MySQLServer{DSN: "axess@tcp(127.0.0.1:" + port + ")/", u: u, dir: dir, args: append(program, more...)}
}

// Start starts a server that was stopped or killed, with what it has kept.
func (s *MySQLServer) Start() error {
	init := filepath.Join(s.dir, "init.sql")
	if err := os.WriteFile(init, []byte(mysqlUser), 0o644); err != nil { //nolint:gosec // the server reads it as another user
		return err
	}
	p, err := start(s.u, s.dir, "ready for connections", s.args...)
	if err == nil {
		s.p = p
	}
	return err
}

// Kill ends the server at once, as a loss of power to the process would.
func (s *MySQLServer) Kill() error { return s.p.end(syscall.SIGKILL) }

// Stop ends the server and removes its data.
func (s *MySQLServer) Stop() error {
	return errors.Join(s.p.end(syscall.SIGKILL), os.RemoveAll(s.dir))
}
