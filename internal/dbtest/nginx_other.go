//go:build !linux

package dbtest

// NginxServer exists on Linux alone, as [PostgresServer].
type NginxServer struct{ Address string }

// NginxConfig is that of Linux.
type NginxConfig struct {
	Certificate, Key, Authority []byte
	Verify, Upstream, Location  string
}

// Nginx is an [AbsentError].
func Nginx(NginxConfig) (*NginxServer, error) {
	return nil, &AbsentError{"nginx", "run the tests on Linux"}
}

// Stop fails.
func (*NginxServer) Stop() error { return errLinux }
