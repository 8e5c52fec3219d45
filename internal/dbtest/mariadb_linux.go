package dbtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// MariaDBServer is a server whose user "axess" needs no password and may do everything.
type MariaDBServer struct {
	// DSN is of the Go driver, without a database: "axess@tcp(127.0.0.1:3306)/".
	DSN string

	u    *account
	dir  string
	args []string
	p    *process
}

// MariaDB starts a server of the version that the machine has. More are options of
// mariadbd, which come last.
func MariaDB(more ...string) (*MariaDBServer, error) {
	dir, u, err := mariadbData("mariadb")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err == nil {
		s := mariadbServer(dir, u, port, more...)
		if err = s.Start(); err == nil {
			return s, nil
		}
	}
	return nil, errors.Join(err, os.RemoveAll(dir))
}

// mariadbData makes a directory with a data directory in it, in memory where it can:
// a server that promises durability syncs with each commit.
func mariadbData(name string) (string, *account, error) {
	install, err := exec.LookPath("mariadb-install-db")
	if err == nil {
		_, err = exec.LookPath("mariadbd")
	}
	if err != nil {
		return "", nil, &AbsentError{"MariaDB", "make servers installs it"}
	}
	u := serverUser("mysql")
	dir, err := temporaryIn(memory(), name, u)
	if err != nil {
		return "", nil, err
	}
	said, err := once(u, dir, install, "--no-defaults", "--datadir="+filepath.Join(dir, "data"), "--tmpdir="+dir, "--auth-root-authentication-method=normal",
		"--skip-test-db", "--skip-name-resolve", "--innodb-log-file-size=16M")
	if err != nil {
		return "", nil, errors.Join(failed("mariadb-install-db", err, said), os.RemoveAll(dir))
	}
	return dir, u, nil
}

// memory is a directory of the system that is kept in memory, or empty.
func memory() string {
	const shm = "/dev/shm"
	if info, err := os.Stat(shm); err != nil || !info.IsDir() {
		return ""
	}
	return shm
}

// user is made when the server starts; what it is told there runs each time.
const mariadbUser = `CREATE USER IF NOT EXISTS axess@'127.0.0.1';
GRANT ALL ON *.* TO axess@'127.0.0.1' WITH GRANT OPTION;
`

func mariadbServer(dir string, u *account, port string, more ...string) *MariaDBServer {
	return &MariaDBServer{
		DSN: "axess@tcp(127.0.0.1:" + port + ")/", u: u, dir: dir,
		args: append([]string{
			"mariadbd", "--no-defaults", "--datadir=" + filepath.Join(dir, "data"), "--socket=" + filepath.Join(dir, "s"),
			"--pid-file=" + filepath.Join(dir, "pid"), "--port=" + port, "--bind-address=127.0.0.1", "--skip-name-resolve",
			// A server that starts removes what it takes for its own left-overs in a shared one.
			"--tmpdir=" + dir,
			"--innodb-log-file-size=16M", "--innodb-buffer-pool-size=64M", "--max-connections=400", "--performance-schema=OFF",
			"--init-file=" + filepath.Join(dir, "init.sql"),
		}, more...),
	}
}

// Start starts a server that was stopped or killed, with what it has kept.
func (s *MariaDBServer) Start() error {
	init := filepath.Join(s.dir, "init.sql")
	if err := os.WriteFile(init, []byte(mariadbUser), 0o644); err != nil { //nolint:gosec // the server reads it as another user
		return err
	}
	p, err := start(s.u, s.dir, "ready for connections", s.args...)
	if err == nil {
		s.p = p
	}
	return err
}

// Kill ends the server at once, as a loss of power to the process would.
func (s *MariaDBServer) Kill() error { return s.p.end(syscall.SIGKILL) }

// Stop ends the server and removes its data.
func (s *MariaDBServer) Stop() error {
	return errors.Join(s.p.end(syscall.SIGKILL), os.RemoveAll(s.dir))
}
