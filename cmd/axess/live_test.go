package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/logtest"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store/memory"
)

// TestMain is also the program itself, for tests that need a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("AXESS_TEST_IS_PROGRAM") != "" {
		main()
	}
	os.Exit(m.Run())
}

// pair writes a certificate with a serial number and its key.
func pair(t *testing.T, cert, key string, serial int64) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "app.example.com"}, DNSNames: []string{"app.example.com"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range []*pem.Block{{Type: "CERTIFICATE", Bytes: der}, {Type: "PRIVATE KEY", Bytes: secret}} {
		f, err := os.OpenFile([]string{cert, key}[i], os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(pem.Encode(f, b), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// pairIn writes both into one file, which is a certificate and a key.
func pairIn(name string) func(*testing.T, *patient) {
	return func(t *testing.T, pt *patient) {
		pair(t, filepath.Join(pt.dir, name), filepath.Join(pt.dir, name), 1)
	}
}

// production are the flags of a server that is none of development. Under an origin
// on this machine its drain does not wait for a load balancer.
func production(t *testing.T, dir string) []string {
	t.Helper()
	k := filepath.Join(dir, "k")
	if _, err := os.Stat(k); err != nil {
		if code, _, stderr := call(t, t.Context(), "keys", "init", "--out", k); code != 0 {
			t.Fatal(stderr)
		}
	}
	return []string{
		"--addr", "127.0.0.1:0", "--origin", "https://localhost", "--profile", "standard", "--data", filepath.Join(dir, "d"), "--keys", k,
		"--sign-up", "closed", "--mail-host", "smtp.example.com", "--mail-from", "a@example.com",
	}
}

// PRD-061: the claim link is shown on a terminal and in development; elsewhere it
// is in a file that only the owner reads, and nothing that is logged has it.
func TestServe_shows_the_claim_link_to_the_operator_alone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "d", "first-admin-link")
	link := func() string {
		t.Helper()
		info, err := os.Lstat(file)
		if err != nil || info.Mode() != 0o600 {
			t.Fatalf("%v, %v", info, err)
		}
		text, err := os.ReadFile(file)
		if err != nil || !strings.HasPrefix(string(text), "https://localhost/auth/activate?token=") {
			t.Fatalf("%q, %v", text, err)
		}
		return string(text)
	}
	s := serving(t, nil, production(t, dir)...)
	if !strings.Contains(s.errs.String(), file) || strings.Contains(s.errs.String(), "token=") {
		t.Errorf("the log does not name the file, or tells the link:\n%s", s.errs)
	}
	first := link()
	s.end(t)
	// A link that somebody else put in its place is replaced and not followed.
	other := filepath.Join(dir, "other")
	if err := errors.Join(os.Remove(file), os.Symlink(other, file)); err != nil {
		t.Fatal(err)
	}
	serving(t, nil, production(t, dir)...).end(t)
	if link() == first {
		t.Error("a start does not mint a link of its own")
	}
	if _, err := os.Lstat(other); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the link was followed")
	}
	s = servingAs(t, func(p *process) { p.terminal = true }, nil, production(t, dir)...)
	if !strings.Contains(s.errs.String(), "https://localhost/auth/activate?token=") {
		t.Errorf("the terminal does not show the link:\n%s", s.errs)
	}
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the file holds a link that is void")
	}
}

// administered are stores that have an administrator from some moment on.
type administered struct {
	backend.Identity
	there *atomic.Bool
}

func (a administered) TenantBySlug(context.Context, string) (identity.TenantView, error) {
	return identity.TenantView{}, nil
}

func (a administered) HasRole(context.Context, identity.TenantID, identity.Role) (bool, error) {
	return a.there.Load(), nil
}

// PRD-061: the file goes when the link was used.
func TestWatchClaim(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, claimFile)
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	stores := memory.New(memory.Config{}).Stores()
	there := &atomic.Bool{}
	stores.Identity = administered{stores.Identity, there}
	c := clock.NewFake(time.Unix(1e9, 0))
	done := make(chan error, 1)
	go func() {
		done <- watchClaim(t.Context(), c, stores, place{dir: dir}, slog.New(slog.DiscardHandler))
	}()
	for looks := 0; ; looks++ {
		c.Advance(lookForAdmin)
		if looks == 3 {
			if _, err := os.Stat(file); err != nil {
				t.Fatal("the file goes although nobody is administrator")
			}
			there.Store(true)
		}
		select {
		case err := <-done:
			if _, gone := os.Stat(file); err != nil || looks < 3 || !errors.Is(gone, fs.ErrNotExist) {
				t.Errorf("%v, %v after %d looks", err, gone, looks)
			}
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// CLI-009, CLI-010: on a hangup log level, mail, keys and certificate are taken
// anew, each whole or not at all; what else has changed is named.
func TestServe_reload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(in("axess.toml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("[mail]\nfrom = \"a@example.com\"")
	words := func(text string) {
		t.Helper()
		if err := os.WriteFile(in("words"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	words("acme-anvils-for-all\n") // FAC-021
	pair(t, in("cert"), in("key"), 7)
	hangups := make(chan os.Signal, 1)
	args := []string{
		"--config", in("axess.toml"), "--addr", "localhost:0", "--origin", "https://localhost", "--profile", "standard", "--data", in("d"), "--keys", in("k"),
		"--sign-up", "closed", "--mail-host", "smtp.example.com", "--tls-cert", in("cert"), "--tls-key", in("key"),
		"--passwords-file", in("words"),
	}
	production(t, dir) // makes the keys
	listener := make(chan string, 1)
	s := servingAs(t, func(p *process) {
		p.hangup = func() (<-chan os.Signal, func()) { return hangups, func() {} }
		p.listening = func(a net.Addr) { listener <- a.String() }
	}, nil, args...)
	addr := <-listener
	served := func(limit uint16) (int64, error) {
		conn, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: limit}}).DialContext(t.Context(), "tcp", addr) //nolint:gosec // which certificate comes is the question
		if err != nil {
			return 0, err
		}
		defer conn.Close()
		c, ok := conn.(*tls.Conn)
		if !ok {
			t.Fatal("no TLS")
		}
		return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64(), nil
	}
	if serial, err := served(0); err != nil || serial != 7 {
		t.Fatalf("%d, %v", serial, err)
	}
	if _, err := served(tls.VersionTLS11); err == nil {
		t.Error("TLS 1.1 is served")
	}
	said := 0
	reload := func() string {
		t.Helper()
		said = len(s.errs.String())
		hangups <- syscall.SIGHUP
		s.awaitAfter(t, said, "axess: reloaded")
		return s.errs.String()[said:]
	}
	results := func(text string) map[string]string {
		m := map[string]string{}
		for _, f := range regexp.MustCompile(`"item":"([^"]+)","result":"([^"]+)"`).FindAllStringSubmatch(text, -1) {
			m[f[1]] = f[2]
		}
		return m
	}
	expect := func(text string, want map[string]string) {
		t.Helper()
		got := results(text)
		for k, v := range want {
			if got[k] != v {
				t.Errorf("%s: %q, want %q in\n%s", k, got[k], v, text)
			}
		}
	}
	expect(reload(), map[string]string{"log.level": "unchanged", "mail": "unchanged", "keys": "unchanged", "certificate": "unchanged", "passwords.file": "unchanged"})

	write("name = \"Acme\"\n[mail]\nfrom = \"b@example.com\"\n[log]\nlevel = \"debug\"")
	if err := errors.Join(os.Remove(in("cert")), os.Remove(in("key"))); err != nil {
		t.Fatal(err)
	}
	pair(t, in("cert"), in("key"), 8)
	rotate(t, in("k"))
	words("acme-rockets-for-all\n")
	expect(reload(), map[string]string{"passwords.file": "changed", "log.level": "changed", "mail": "changed", "keys": "changed", "certificate": "changed", "name": "needs a restart"})
	if serial, err := served(0); err != nil || serial != 8 {
		t.Errorf("serial %d, %v", serial, err)
	}

	write("adr = 1")
	for _, name := range []string{"cert", "k"} {
		if err := os.WriteFile(in(name), []byte("broken"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	words("")
	expect(reload(), map[string]string{"passwords.file": "refused", "settings": "refused", "keys": "refused", "certificate": "refused", "mail": "unchanged"})
	if serial, err := served(0); err != nil || serial != 8 {
		t.Errorf("a broken file took the certificate away: serial %d, %v", serial, err)
	}
	write("name = \"Acme\"\n[mail]\nfrom = \"nobody\"\n[log]\nlevel = \"debug\"")
	expect(reload(), map[string]string{"mail": "refused", "name": "needs a restart"})
}

// rotate adds a pending key to the cookie ring.
func rotate(t *testing.T, path string) {
	t.Helper()
	k, err := keys.File(path).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	next := seal.GenerateKey(entropy.System(), time.Now())
	next.State = seal.Pending
	if k.Cookie, err = seal.NewRing(seal.Cookie, append(k.Cookie.Keys(), next)...); err != nil {
		t.Fatal(err)
	}
	text, err := keys.Encode(k)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// program is a process of its own.
func program(t *testing.T, env []string, args ...string) (*exec.Cmd, *logtest.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	errs := &logtest.Buffer{}
	cmd.Env = append(append(os.Environ(), "AXESS_TEST_IS_PROGRAM=1"), env...)
	cmd.Stderr, cmd.Stdout = errs, &bytes.Buffer{}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	(&server{errs: errs, exit: make(chan int)}).await(t, "is ready")
	return cmd, errs
}

// CLI-009: the first signal drains, the second does not wait for it.
func TestSignals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd, errs := program(t, nil, "serve", "--memory", "--addr", "127.0.0.1:0")
	if err := errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait()); err != nil {
		t.Errorf("one signal: %v\n%s", err, errs)
	}
	args := production(t, dir)
	args[slices.Index(args, "https://localhost")] = "https://app.example.com"
	cmd, errs = program(t, nil, append([]string{"serve"}, args...)...)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	(&server{errs: errs, exit: make(chan int)}).await(t, "draining") // which takes 5 s here
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != refusal.Interrupted || time.Since(began) > 4*time.Second {
		t.Errorf("two signals: %v after %s\n%s", err, time.Since(began), errs)
	}
}

// CLI-013: a service manager hears that the server is ready and that it stops.
func TestServe_tells_the_service_manager(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "n") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "n"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s := serving(t, map[string]string{"NOTIFY_SOCKET": filepath.Join(dir, "n")}, "--memory", "--addr", "127.0.0.1:0")
	s.end(t)
	var heard []string
	for range 2 {
		buf := make([]byte, 64)
		if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		heard = append(heard, string(buf[:n]))
	}
	if strings.Join(heard, " ") != "READY=1 STOPPING=1" {
		t.Errorf("%q", heard)
	}
}

// CLI-003: the first screen has at most 20 lines, and none is wider than 80 columns
// but for an address.
func TestScreen(t *testing.T) {
	t.Parallel()
	for _, s := range []screen{
		{origin: "http://localhost:8080", signUp: "/auth/sign-up", account: "/auth/account", outbox: "/auth/dev/outbox", because: "every origin is on this machine", claim: claimed{link: "http://localhost:8080/auth/activate?token=x"}, place: place{dir: "axess-data", file: "x", new: true}},
		{origin: "https://\x1b[2Jx", because: "stated", claim: claimed{file: "axess-data/first-admin-link"}},
	} {
		var b bytes.Buffer
		s.print(&b)
		if n := strings.Count(b.String(), "\n"); n > 20 {
			t.Errorf("%d lines", n)
		}
		for line := range strings.Lines(b.String()) {
			if len([]rune(line)) > columns+1 && !strings.Contains(line, "http") {
				t.Errorf("too wide: %q", line)
			}
		}
		if strings.Contains(b.String(), "\x1b") {
			t.Error("an origin steers the terminal")
		}
	}
}
