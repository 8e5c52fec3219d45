package dbtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// NginxServer is a proxy that ends TLS.
type NginxServer struct {
	// Address is where it listens.
	Address string

	dir string
	p   *process
}

// NginxConfig is what a proxy does.
type NginxConfig struct {
	// Certificate and Key are its own, PEM; Authority is whose client certificates it
	// asks for.
	Certificate, Key, Authority []byte
	// Verify is its ssl_verify_client: "on", "optional_no_ca".
	Verify string
	// Upstream is whom it speaks to: "127.0.0.1:8080", "unix:/path".
	Upstream string
	// Location are further directives of its one location.
	Location string
}

// Nginx starts a proxy.
func Nginx(cfg NginxConfig) (*NginxServer, error) {
	const program = "/usr/sbin/nginx"
	if _, err := os.Stat(program); err != nil {
		return nil, &AbsentError{"nginx", "make servers installs it"}
	}
	u := serverUser("www-data")
	dir, err := temporary("nginx", u)
	if err != nil {
		return nil, err
	}
	s := &NginxServer{dir: dir}
	if err := s.start(cfg, u, program); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

func (s *NginxServer) start(cfg NginxConfig, u *account, program string) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	s.Address = net.JoinHostPort("127.0.0.1", port)
	text := fmt.Sprintf(`daemon off;
pid %[1]s/pid;
worker_processes 1;
error_log stderr notice;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
	server {
		listen %[2]s ssl;
		ssl_certificate %[1]s/own.pem;
		ssl_certificate_key %[1]s/own.key;
		ssl_client_certificate %[1]s/ca.pem;
		ssl_verify_client %[3]s;
		location / {
			proxy_pass http://%[4]s;
			proxy_set_header Host $host;
			%[5]s
		}
	}
}
`, s.dir, s.Address, cfg.Verify, cfg.Upstream, cfg.Location)
	for name, content := range map[string][]byte{"conf": []byte(text), "own.pem": cfg.Certificate, "own.key": cfg.Key, "ca.pem": cfg.Authority} {
		path := filepath.Join(s.dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return err
		}
		if u != nil {
			if err := os.Chown(path, int(u.uid), int(u.gid)); err != nil {
				return err
			}
		}
	}
	s.p, err = start(u, s.dir, "start worker process ", program, "-p", s.dir, "-e", "stderr", "-c", filepath.Join(s.dir, "conf"))
	return err
}

// Stop ends the proxy.
func (s *NginxServer) Stop() error {
	return errors.Join(s.p.end(syscall.SIGTERM), os.RemoveAll(s.dir))
}
