package dbtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// RedisPassword is what the servers of [Redis], [RedisTLS] and [RedisCluster] ask for.
const RedisPassword = "axess-test-key"

// RedisServer is one server, whose user "default" has [RedisPassword].
type RedisServer struct {
	// URL names it: "redis://:PASSWORD@127.0.0.1:PORT", rediss for one with TLS.
	URL string
	// Addr is host and port.
	Addr string
	// CA is the file with the authority of a server with TLS, otherwise empty.
	CA string

	u    *account
	dir  string
	args []string
	p    *process
}

// Redis starts a server; more arguments follow its own and win.
func Redis(args ...string) (*RedisServer, error) { return redis("redis", nil, args) }

// RedisTLS starts a server that speaks TLS alone, with a certificate for 127.0.0.1
// and localhost.
func RedisTLS(args ...string) (*RedisServer, error) { return redis("rediss", certify, args) }

func redis(scheme string, secure func(*RedisServer) error, args []string) (*RedisServer, error) {
	bin, err := redisBin()
	if err != nil {
		return nil, err
	}
	u := serverUser("redis")
	dir, err := temporary("redis", u)
	if err != nil {
		return nil, err
	}
	s := &RedisServer{u: u, dir: dir}
	if err := s.first(bin, scheme, secure, args); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

func (s *RedisServer) first(bin, scheme string, secure func(*RedisServer) error, args []string) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	s.Addr = "127.0.0.1:" + port
	s.URL = scheme + "://:" + RedisPassword + "@" + s.Addr
	s.args = []string{
		bin, "--bind", "127.0.0.1", "--dir", s.dir, "--save", "", "--appendonly", "yes", "--appendfsync", "no",
		"--requirepass", RedisPassword, "--masterauth", RedisPassword, "--loglevel", "notice",
	}
	if secure == nil {
		s.args = append(s.args, "--port", port)
	} else {
		if err := secure(s); err != nil {
			return err
		}
		s.args = append(
			s.args, "--port", "0", "--tls-port", port, "--tls-auth-clients", "no",
			"--tls-cert-file", filepath.Join(s.dir, "server.crt"), "--tls-key-file", filepath.Join(s.dir, "server.key"),
		)
	}
	s.args = append(s.args, args...)
	return s.Start()
}

// Start starts a server that was stopped or killed, with what it has kept.
func (s *RedisServer) Start() (err error) {
	s.p, err = start(s.u, s.dir, "Ready to accept connections", s.args...)
	return err
}

// Kill ends the server at once, as a loss of power to the process would.
func (s *RedisServer) Kill() error { return s.p.end(syscall.SIGKILL) }

// Pause has the server answer nothing until [RedisServer.Resume], while its
// connections stay open.
func (s *RedisServer) Pause() error { return s.p.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume ends a [RedisServer.Pause].
func (s *RedisServer) Resume() error { return s.p.cmd.Process.Signal(syscall.SIGCONT) }

// Stop ends the server and removes its data.
func (s *RedisServer) Stop() error {
	return errors.Join(s.p.end(syscall.SIGKILL), os.RemoveAll(s.dir))
}

// redisBin finds the server: where AXESS_REDIS says, or on the path.
func redisBin() (string, error) {
	if bin := os.Getenv("AXESS_REDIS"); bin != "" {
		return bin, nil
	}
	for _, name := range []string{"redis-server", "valkey-server"} {
		if bin, err := exec.LookPath(name); err == nil {
			return bin, nil
		}
	}
	return "", &AbsentError{"Redis", "make servers installs it, or AXESS_REDIS names the program"}
}
