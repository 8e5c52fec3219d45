package dbtest

import (
	"errors"
	"os"
	"path/filepath"
)

// The versions of MySQL that the tests run on.
const (
	// MySQLOldest is 8.0.15, of the first year of the version.
	MySQLOldest = "8.0"
	// MySQLNewest is what Debian has next. It moves on, and an older one of it is not to
	// be had: see [Wish].
	MySQLNewest = "9"
)

// MySQL starts a server of a version, [MySQLOldest] or [MySQLNewest]. More are
// options of mysqld, which come last.
func MySQL(version string, more ...string) (*MySQLServer, error) {
	program, err := mysqlProgram(version)
	if err != nil {
		return nil, err
	}
	u := serverUser("mysql")
	dir, err := temporaryIn(memory(), "mysql", u)
	if err != nil {
		return nil, err
	}
	said, err := once(u, dir, append(program[:len(program):len(program)], "--initialize-insecure", "--datadir="+filepath.Join(dir, "data"), "--tmpdir="+dir)...)
	if err != nil {
		return nil, errors.Join(failed("mysqld --initialize-insecure", err, said), os.RemoveAll(dir))
	}
	port, err := freePort()
	if err == nil {
		var s *MySQLServer
		if s, err = mysqlServer(append(program, "--mysqlx=OFF", "--secure-file-priv=NULL"), dir, u, port, more...); err == nil {
			err = s.Start()
		}
		if err == nil {
			return s, nil
		}
	}
	return nil, errors.Join(err, os.RemoveAll(dir))
}

// mysqlProgram finds the server of a version and says where it has what belongs to
// it, where make has put it. The newest is made for a newer system than this may be,
// and runs with the libraries that came with it.
func mysqlProgram(version string) ([]string, error) {
	absent := &AbsentError{"MySQL " + version, "make servers installs it"}
	top, err := root()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(top, ".tools", "mysql-"+version)
	if version == MySQLOldest {
		if _, err := os.Stat(filepath.Join(dir, "bin", "mysqld")); err != nil {
			return nil, absent
		}
		return []string{filepath.Join(dir, "bin", "mysqld"), "--no-defaults", "--basedir=" + dir, "--innodb-log-file-size=16M"}, nil
	}
	usr := filepath.Join(dir, "usr")
	if _, err := os.Stat(filepath.Join(usr, "sbin", "mysqld")); err != nil {
		return nil, absent
	}
	return []string{
		filepath.Join(usr, "lib64", "ld-linux-x86-64.so.2"), "--library-path", filepath.Join(usr, "lib", "x86_64-linux-gnu"),
		filepath.Join(usr, "sbin", "mysqld"), "--no-defaults", "--basedir=" + usr, "--lc-messages-dir=" + filepath.Join(usr, "share", "mysql"),
		"--character-sets-dir=" + filepath.Join(usr, "share", "mysql", "charsets"), "--plugin-dir=" + filepath.Join(usr, "lib", "mysql", "plugin"),
		"--innodb-redo-log-capacity=32M",
	}, nil
}
