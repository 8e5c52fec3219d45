package dbtest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// MySQLServer is a server of MySQL or of MariaDB, whose user "axess" needs no
// password and may do everything.
type MySQLServer struct {
	// DSN is of the Go driver, without a database: "axess@tcp(127.0.0.1:3306)/".
	DSN string
	// CA is the file with the authority of its certificate, which is for 127.0.0.1.
	CA string

	u    *account
	dir  string
	args []string
	p    *process

	// recovers is for a node of a cluster: before it starts again it asks its tables how
	// far they have come, as the service of the package does, and gets from the others
	// only what it lacks.
	recovers bool
}

// mysqlUser is what a server is told each time that it starts.
const mysqlUser = `CREATE USER IF NOT EXISTS axess@'127.0.0.1';
GRANT ALL ON *.* TO axess@'127.0.0.1' WITH GRANT OPTION;
`

// mysqlServer is a server in a directory with a data directory in it.
func mysqlServer(program []string, dir string, u *account, port string, more ...string) (*MySQLServer, error) {
	ca, err := certificates(dir, u)
	if err != nil {
		return nil, err
	}
	program = append(program[:len(program):len(program)], "--datadir="+filepath.Join(dir, "data"), "--socket="+filepath.Join(dir, "s"),
		"--pid-file="+filepath.Join(dir, "pid"), "--port="+port, "--bind-address=127.0.0.1", "--skip-name-resolve",
		// A server that starts removes what it takes for its own left-overs in a shared one.
		"--tmpdir="+dir,
		"--innodb-buffer-pool-size=64M", "--max-connections=400", "--performance-schema=OFF", "--init-file="+filepath.Join(dir, "init.sql"),
		"--ssl-ca="+ca, "--ssl-cert="+filepath.Join(dir, "server.crt"), "--ssl-key="+filepath.Join(dir, "server.key"))
	return &MySQLServer{DSN: "axess@tcp(127.0.0.1:" + port + ")/", CA: ca, u: u, dir: dir, args: append(program, more...)}, nil
}

// Start starts a server that was stopped or killed, with what it has kept.
func (s *MySQLServer) Start() error {
	init := filepath.Join(s.dir, "init.sql")
	if err := os.WriteFile(init, []byte(mysqlUser), 0o644); err != nil { //nolint:gosec // the server reads it as another user
		return err
	}
	args := s.args
	if s.recovers {
		position, err := s.position()
		if err != nil {
			return err
		}
		args = append(args[:len(args):len(args)], "--wsrep-start-position="+position)
	}
	p, err := start(s.u, s.dir, "ready for connections", args...)
	if err == nil {
		s.p = p
	}
	return err
}

// position is how far the tables of a node of a cluster have come.
func (s *MySQLServer) position() (string, error) {
	said, err := once(s.u, s.dir, append(s.args[:len(s.args):len(s.args)], "--wsrep-recover")...)
	if err != nil {
		return "", failed("mariadbd --wsrep-recover", err, said)
	}
	_, rest, found := strings.Cut(string(said), "WSREP: Recovered position: ")
	if !found {
		return "", failed("mariadbd --wsrep-recover", errors.New("it names no position"), said)
	}
	position, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(position), nil
}

// Kill ends the server at once, as a loss of power to the process would.
func (s *MySQLServer) Kill() error { return s.p.end(syscall.SIGKILL) }

// Stop ends the server and removes its data.
func (s *MySQLServer) Stop() error {
	return errors.Join(s.p.end(syscall.SIGKILL), os.RemoveAll(s.dir))
}
