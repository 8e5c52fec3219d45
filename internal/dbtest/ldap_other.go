//go:build !linux

package dbtest

// LDAPSuffix is the root of a directory of [LDAP], LDAPAdmin its administrator, with
// LDAPPassword.
const (
	LDAPSuffix   = "dc=example,dc=test"
	LDAPAdmin    = "cn=admin," + LDAPSuffix
	LDAPPassword = "axess-test-key"
)

// LDAPServer exists on Linux alone; see [PostgresServer].
type LDAPServer struct{ URL, TLSURL, CA string }

// LDAP is an [AbsentError].
func LDAP(string, ...string) (*LDAPServer, error) {
	return nil, &AbsentError{"OpenLDAP", "run the tests on Linux"}
}

// Start fails.
func (*LDAPServer) Start() error { return errLinux }

// Kill fails.
func (*LDAPServer) Kill() error { return errLinux }

// Pause fails.
func (*LDAPServer) Pause() error { return errLinux }

// Resume fails.
func (*LDAPServer) Resume() error { return errLinux }

// Log is empty.
func (*LDAPServer) Log() string { return "" }

// Change fails.
func (*LDAPServer) Change(string) error { return errLinux }

// Stop fails.
func (*LDAPServer) Stop() error { return errLinux }
