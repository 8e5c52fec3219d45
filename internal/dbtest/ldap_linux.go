package dbtest

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// LDAPSuffix is the root of a directory of [LDAP], LDAPAdmin its administrator, with
// LDAPPassword.
const (
	LDAPSuffix   = "dc=example,dc=test"
	LDAPAdmin    = "cn=admin," + LDAPSuffix
	LDAPPassword = "axess-test-key"
)

// LDAPServer is OpenLDAP's slapd. Both listeners have the same directory.
type LDAPServer struct {
	// URL is ldap://127.0.0.1:PORT, which offers StartTLS, and TLSURL ldaps://….
	URL, TLSURL string
	// CA is the file with the authority of its certificate, which is for 127.0.0.1 and
	// localhost.
	CA string

	u   *account
	dir string
	bin string
	p   *process
}

// schemaDir and moduleDir are where Debian puts what belongs to slapd.
const (
	schemaDir = "/etc/ldap/schema"
	moduleDir = "/usr/lib/ldap"
)

// LDAP starts a directory that holds the entries of an LDIF, with the overlays memberof
// and ppolicy, whose default is the entry "cn=policy" below the suffix. More lines of the
// configuration stand before the database.
func LDAP(ldif string, conf ...string) (*LDAPServer, error) {
	bin, err := slapdBin()
	if err != nil {
		return nil, err
	}
	u := serverUser("openldap")
	dir, err := temporary("ldap", u)
	if err != nil {
		return nil, err
	}
	s := &LDAPServer{u: u, dir: dir, bin: bin}
	if err := s.first(ldif, conf); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

func (s *LDAPServer) first(ldif string, conf []string) (err error) {
	clear, err1 := freePort()
	secure, err2 := freePort()
	if s.CA, err = certificates(s.dir, s.u); errors.Join(err, err1, err2) != nil {
		return errors.Join(err, err1, err2)
	}
	s.URL, s.TLSURL = "ldap://127.0.0.1:"+clear, "ldaps://127.0.0.1:"+secure
	in := func(name string) string { return filepath.Join(s.dir, name) }
	lines := []string{
		"include " + filepath.Join(schemaDir, "core.schema"),
		"include " + filepath.Join(schemaDir, "cosine.schema"),
		"include " + filepath.Join(schemaDir, "inetorgperson.schema"),
		"modulepath " + moduleDir,
		"moduleload back_mdb", "moduleload memberof", "moduleload ppolicy",
		"TLSCertificateFile " + in("server.crt"), "TLSCertificateKeyFile " + in("server.key"), "TLSCACertificateFile " + s.CA,
		"pidfile " + in("pid"),
	}
	lines = append(lines, conf...)
	lines = append(
		lines,
		"database mdb", `suffix "`+LDAPSuffix+`"`, `rootdn "`+LDAPAdmin+`"`, "rootpw "+LDAPPassword,
		"directory "+in("db"), "dbnosync", "maxsize 67108864",
		"overlay memberof", "overlay ppolicy", `ppolicy_default "cn=policy,`+LDAPSuffix+`"`,
	)
	if err := errors.Join(
		os.Mkdir(in("db"), 0o700),
		os.WriteFile(in("slapd.conf"), []byte(strings.Join(lines, "\n")+"\n"), 0o600),
		os.WriteFile(in("data.ldif"), []byte(ldif), 0o600),
	); err != nil {
		return err
	}
	if s.u != nil {
		for _, name := range []string{"db", "slapd.conf", "data.ldif"} {
			if err := os.Chown(in(name), int(s.u.uid), int(s.u.gid)); err != nil {
				return err
			}
		}
	}
	// slapadd is slapd under another name (slapd(8), -T).
	if said, err := once(s.u, s.dir, s.bin, "-Tadd", "-f", in("slapd.conf"), "-l", in("data.ldif")); err != nil {
		return failed("slapadd", err, said)
	}
	return s.Start()
}

// Start starts a server that was stopped.
func (s *LDAPServer) Start() (err error) {
	// 256 has it name connections and operations in its output.
	s.p, err = start(s.u, s.dir, "slapd starting", s.bin, "-f", filepath.Join(s.dir, "slapd.conf"), "-h", s.URL+" "+s.TLSURL, "-d", "256")
	if err != nil {
		return err
	}
	// It says so a moment before it listens.
	for range int(patience / (10 * time.Millisecond)) {
		if err = errors.Join(reachable(s.URL), reachable(s.TLSURL)); err == nil {
			return nil
		}
		time.Sleep(10 * time.Millisecond) //axess:allow L01 a real process
	}
	return errors.Join(failed("slapd", err, s.p.output()), s.p.end(syscall.SIGKILL))
}

func reachable(url string) error {
	_, address, _ := strings.Cut(url, "://")
	c, err := net.Dial("tcp", address) //nolint:noctx // a test's own server
	if err != nil {
		return err
	}
	return c.Close()
}

// Kill ends the server at once; [LDAPServer.Start] brings it back.
func (s *LDAPServer) Kill() error { return s.p.end(syscall.SIGKILL) }

// Pause has the server answer nothing until [LDAPServer.Resume], while the system still
// takes connections for it.
func (s *LDAPServer) Pause() error { return s.p.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume ends a [LDAPServer.Pause].
func (s *LDAPServer) Resume() error { return s.p.cmd.Process.Signal(syscall.SIGCONT) }

// Log is what the server has said of connections and operations since it was started.
func (s *LDAPServer) Log() string { return string(s.p.output()) }

// Change applies an LDIF of changes (ldapmodify) as the administrator.
func (s *LDAPServer) Change(ldif string) error {
	bin, err := exec.LookPath("ldapmodify")
	if err != nil {
		return &AbsentError{"ldapmodify", "make servers installs it"}
	}
	file := filepath.Join(s.dir, "change.ldif")
	if err := os.WriteFile(file, []byte(ldif), 0o600); err != nil {
		return err
	}
	if said, err := once(nil, s.dir, bin, "-x", "-H", s.URL, "-D", LDAPAdmin, "-w", LDAPPassword, "-f", file); err != nil {
		return failed("ldapmodify", err, said)
	}
	return nil
}

// Stop ends the server and removes its data.
func (s *LDAPServer) Stop() error {
	return errors.Join(s.p.end(syscall.SIGKILL), os.RemoveAll(s.dir))
}

// slapdBin finds the server: where AXESS_SLAPD says, on the path, or where Debian puts
// it.
func slapdBin() (string, error) {
	if bin := os.Getenv("AXESS_SLAPD"); bin != "" {
		return bin, nil
	}
	for _, name := range []string{"slapd", "/usr/sbin/slapd"} {
		if bin, err := exec.LookPath(name); err == nil {
			return bin, nil
		}
	}
	return "", &AbsentError{"OpenLDAP", "make servers installs it, or AXESS_SLAPD names the program"}
}
