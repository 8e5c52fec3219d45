package dbtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
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

// Ports lie below those that the system lends to outgoing connections: a server that
// was killed comes back on its own, which a client of some other test must not have
// got meanwhile. Those of Galera, of which some are used now and then only, are apart
// from all others, and from the second ports of a Redis cluster, 10,000 higher.
const (
	firstPort, lastPort             = 10_000, 22_000
	firstGaleraPort, lastGaleraPort = 32_010, 32_760
)

// freePort finds a port that nobody listens on.
func freePort() (string, error) { return freePortIn(firstPort, lastPort) }

// given counts the ports that this process has handed out, so that none is twice.
var given struct {
	sync.Mutex
	n int
}

// freePortIn looks from a place that processes next to each other do not share.
func freePortIn(from, to int) (string, error) {
	given.Lock()
	defer given.Unlock()
	for range to - from {
		port := from + (131*os.Getpid()+given.n)%(to-from)
		given.n++
		if l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return strconv.Itoa(port), l.Close()
		}
	}
	return "", errors.New("dbtest: no free port")
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
