package dbtest

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
)

// PgBouncerServer stands between a program and a [PostgresServer].
type PgBouncerServer struct {
	// DSN is that of the server through the pooler.
	DSN string

	dir string
	p   *process
}

// PgBouncer starts a pooler in front of a server, in a mode of its: "session",
// "transaction".
func PgBouncer(to *PostgresServer, mode string) (*PgBouncerServer, error) {
	const program = "/usr/sbin/pgbouncer"
	if _, err := os.Stat(program); err != nil {
		return nil, &AbsentError{"PgBouncer", "make servers installs it"}
	}
	u := serverUser("postgres")
	dir, err := temporary("pgbouncer", u)
	if err != nil {
		return nil, err
	}
	s := &PgBouncerServer{dir: dir}
	if err := s.start(to, u, program, mode); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

func (s *PgBouncerServer) start(to *PostgresServer, u *account, program, mode string) error {
	behind, err := url.Parse(to.DSN)
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	users, ini := filepath.Join(s.dir, "users"), filepath.Join(s.dir, "ini")
	config := "[databases]\n* = host=127.0.0.1 port=" + behind.Port() + "\n[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port=" + port +
		"\nunix_socket_dir=\nauth_type=trust\nauth_file=" + users + "\npool_mode=" + mode + "\ndefault_pool_size=40\nmax_client_conn=500\n"
	// Readable by the user that the pooler runs as.
	for name, text := range map[string]string{users: "\"axess\" \"\"\n", ini: config} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil { //nolint:gosec // no secret is in it
			return err
		}
	}
	if s.p, err = start(u, s.dir, "process up", program, ini); err != nil {
		return err
	}
	behind.Host = "127.0.0.1:" + port
	s.DSN = behind.String()
	return nil
}

// Stop ends the pooler.
func (s *PgBouncerServer) Stop() error {
	return errors.Join(s.p.end(syscall.SIGTERM), os.RemoveAll(s.dir))
}
