package dbtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// root is the directory of the module, whose .tools hold what make has installed.
func root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "internal", "dbtest")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("dbtest: not in a checkout of axess")
}

// freePort finds a port that nobody listens on.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}

// temporary makes a directory that the server's user owns.
func temporary(name string, u *account) (string, error) { return temporaryIn("", name, u) }

// temporaryIn is temporary in a place, the system's own if it is empty.
func temporaryIn(place, name string, u *account) (string, error) {
	dir, err := os.MkdirTemp(place, "axess-"+name+"-")
	if err != nil {
		return "", err
	}
	if u != nil {
		if err := os.Chown(dir, int(u.uid), int(u.gid)); err != nil {
			return "", errors.Join(err, os.RemoveAll(dir))
		}
	}
	return dir, nil
}

func failed(server string, err error, said []byte) error {
	return fmt.Errorf("dbtest: %s: %w\n%s", server, err, said)
}
