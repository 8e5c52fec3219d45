package dbtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
)

// MariaDB starts a server of the version that the machine has. More are options of
// mariadbd, which come last.
func MariaDB(more ...string) (*MySQLServer, error) {
	dir, u, err := mariadbData("mariadb")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err == nil {
		var s *MySQLServer
		if s, err = mariadbServer(dir, u, port, more...); err == nil {
			err = s.Start()
		}
		if err == nil {
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

func mariadbServer(dir string, u *account, port string, more ...string) (*MySQLServer, error) {
	return mysqlServer([]string{"mariadbd", "--no-defaults", "--innodb-log-file-size=16M"}, dir, u, port, more...)
}
