package devtls

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
)

const day = 24 * time.Hour

type bench struct {
	*testing.T

	Config
	clock *clock.Fake
}

func setup(t *testing.T, hosts ...string) *bench {
	t.Helper()
	fake := clock.NewFake(time.Unix(1.9e9, 0))
	return &bench{T: t, clock: fake, Config: Config{Dir: filepath.Join(t.TempDir(), "dev"), Hosts: hosts, Clock: fake, Entropy: entropy.System()}}
}

func (b *bench) ensure() Made {
	b.Helper()
	m, err := Ensure(b.Config)
	if err != nil {
		b.Fatal(err)
	}
	return m
}

func (b *bench) read(file string) []byte {
	b.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	return text
}

func (b *bench) cert(file string) *x509.Certificate {
	b.Helper()
	c, err := readCertificate(file)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// verify asks as a browser that trusts the authority.
func (b *bench) verify(m Made, leaf *x509.Certificate, name string) error {
	roots := x509.NewCertPool()
	roots.AddCert(b.cert(m.Authority))
	_, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: b.clock.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	return err
}

// stolen is a certificate that a thief signs with the authority's key.
func (b *bench) stolen(m Made, names []string, ip net.IP, change func(*x509.Certificate)) *x509.Certificate {
	b.Helper()
	_, caKey := files(b.Dir)
	ca, err := tls.LoadX509KeyPair(m.Authority, caKey)
	if err != nil {
		b.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: names, NotBefore: b.clock.Now().Add(-day), NotAfter: b.clock.Now().Add(day),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	if ip != nil {
		t.IPAddresses = []net.IP{ip}
	}
	change(t)
	der, err := x509.CreateCertificate(rand.Reader, t, ca.Leaf, key.Public(), ca.PrivateKey)
	if err != nil {
		b.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		b.Fatal(err)
	}
	return cert
}

func asIs(*x509.Certificate) {}

// CLI-011: the forms and lives that were promised, and keys for the owner alone.
func TestEnsure_makes(t *testing.T) {
	t.Parallel()
	b := setup(t, "App.Example.Test", "app.example.test")
	m := b.ensure()
	ca, leaf := b.cert(m.Authority), b.cert(m.Cert)
	if !m.New || !ca.NotAfter.Equal(b.clock.Now().Add(365*day)) || !leaf.NotAfter.Equal(b.clock.Now().Add(90*day)) {
		t.Errorf("new %t, authority until %v, server until %v", m.New, ca.NotAfter, leaf.NotAfter)
	}
	for _, c := range []*x509.Certificate{ca, leaf} {
		if k, ok := c.PublicKey.(*ecdsa.PublicKey); !ok || k.Curve != elliptic.P256() {
			t.Errorf("%T", c.PublicKey)
		}
	}
	for _, name := range []string{"localhost", "app.localhost", "127.0.0.1", "::1", "app.example.test"} {
		if err := b.verify(m, leaf, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if b.verify(m, leaf, "example.com") == nil {
		t.Error("example.com")
	}
	for file, want := range map[string]fs.FileMode{b.Dir: fs.ModeDir | 0o700, m.Key: 0o600, filepath.Join(b.Dir, "authority.key"): 0o600} {
		if info, err := os.Stat(file); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
	if entries, err := os.ReadDir(b.Dir); err != nil || len(entries) != 4 {
		t.Errorf("%v, %v", entries, err)
	}
}

// CLI-011: a thief of the authority's key cannot be anybody but this machine, on a
// machine that trusts it.
func TestAuthority_vouches_for_this_machine_alone(t *testing.T) {
	t.Parallel()
	b := setup(t, "app.example.test")
	m := b.ensure()
	for name, forged := range map[string]*x509.Certificate{
		"example.com":       b.stolen(m, []string{"example.com"}, nil, asIs),
		"example.test":      b.stolen(m, []string{"example.test"}, nil, asIs),
		"notlocalhost":      b.stolen(m, []string{"notlocalhost"}, nil, asIs),
		"evillocalhost.com": b.stolen(m, []string{"evillocalhost.com"}, nil, asIs),
		"10.0.0.1":          b.stolen(m, nil, net.IPv4(10, 0, 0, 1), asIs),
		"2001:db8::1":       b.stolen(m, nil, net.ParseIP("2001:db8::1"), asIs),
		"localhost":         b.stolen(m, []string{"localhost", "example.com"}, nil, asIs),
	} {
		if err := b.verify(m, forged, name); err == nil {
			t.Errorf("%s is believed", name)
		}
	}
	for name, good := range map[string]*x509.Certificate{
		"localhost":          b.stolen(m, []string{"localhost"}, nil, asIs),
		"a.b.localhost":      b.stolen(m, []string{"a.b.localhost"}, nil, asIs),
		"127.9.9.9":          b.stolen(m, nil, net.IPv4(127, 9, 9, 9), asIs),
		"x.app.example.test": b.stolen(m, []string{"x.app.example.test"}, nil, asIs),
	} {
		if err := b.verify(m, good, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(b.cert(m.Authority))
	between.AddCert(b.stolen(m, nil, nil, func(c *x509.Certificate) { c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign }))
	signs := b.stolen(m, []string{"localhost"}, nil, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning} })
	if _, err := signs.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: b.clock.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}}); err == nil {
		t.Error("it signs programs")
	}
}

// CLI-011: what is good stays; what would end, does not cover or was exposed does
// not.
func TestEnsure_again(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change    func(*bench, Made)
		ca, leafs bool // are made anew
	}{
		"nothing":                {func(*bench, Made) {}, false, false},
		"a while":                {func(b *bench, _ Made) { b.clock.Advance(60*day - time.Hour) }, false, false},
		"the server's end":       {func(b *bench, _ Made) { b.clock.Advance(61 * day) }, false, true},
		"the authority's end":    {func(b *bench, _ Made) { b.clock.Advance(336 * day) }, true, true},
		"a name more":            {func(b *bench, _ Made) { b.Hosts = []string{"a.test", "b.test"} }, true, true},
		"a name less":            {func(b *bench, _ Made) { b.Hosts = nil }, false, false},
		"no server key":          {func(b *bench, m Made) { b.must(os.Remove(m.Key)) }, false, true},
		"an exposed server key":  {func(b *bench, m Made) { b.must(os.Chmod(m.Key, 0o640)) }, false, true},                                //nolint:gosec // the fault
		"an exposed authority":   {func(b *bench, m Made) { b.must(os.Chmod(filepath.Join(b.Dir, "authority.key"), 0o604)) }, true, true}, //nolint:gosec // the fault
		"half of a pair":         {func(b *bench, m Made) { b.must(os.WriteFile(m.Cert, b.read(m.Authority), 0o600)) }, false, true},
		"an unlimited authority": {func(b *bench, m Made) { b.unlimited() }, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, "a.test")
			m := b.ensure()
			ca, leaf := b.read(m.Authority), b.read(m.Cert)
			tc.change(b, m)
			next := b.ensure()
			if now := b.read(m.Authority); bytes.Equal(now, ca) == tc.ca || next.New != tc.ca {
				t.Errorf("authority anew: %t", !bytes.Equal(now, ca))
			}
			if now := b.read(m.Cert); bytes.Equal(now, leaf) == tc.leafs {
				t.Errorf("server anew: %t", !bytes.Equal(now, leaf))
			}
			if err := b.verify(next, b.cert(m.Cert), "localhost"); err != nil {
				t.Error(err)
			}
			if end := b.cert(m.Cert).NotAfter; end.After(b.cert(m.Authority).NotAfter) {
				t.Errorf("the server's outlives the authority: %v", end)
			}
		})
	}
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// unlimited puts an authority for the whole world in the place of ours.
func (b *bench) unlimited() {
	b.Helper()
	m, keyFile := files(b.Dir)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b.must(err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "world"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: b.clock.Now().Add(-day), NotAfter: b.clock.Now().Add(300 * day), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	b.must(err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	b.must(err)
	b.must(writePEM(m.Authority, "CERTIFICATE", der))
	b.must(writePEM(keyFile, "PRIVATE KEY", secret))
}

// CLI-011: whatever lies in the directory, only a limited authority is offered to
// the system.
func TestAuthority_that_is_not_limited_is_not_offered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if _, _, err := Authority(b.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of nothing: %v", err)
	}
	m := b.ensure()
	file, cert, err := Authority(b.Dir)
	if err != nil || file != m.Authority || len(Fingerprint(cert)) != 16 {
		t.Fatalf("%s, %v", file, err)
	}
	two := append(b.read(m.Authority), b.read(m.Cert)...)
	b.unlimited()
	if _, _, err := Authority(b.Dir); !errors.Is(err, ErrUnlimited) {
		t.Errorf("%v", err)
	}
	if m = b.ensure(); !m.New {
		t.Error("an unlimited authority signs the server's certificate")
	}
	if _, _, err := Authority(b.Dir); err != nil {
		t.Error(err)
	}
	b.must(os.WriteFile(m.Authority, two, 0o600))
	if _, _, err := Authority(b.Dir); err == nil {
		t.Error("two certificates in one file")
	}
	b.must(os.WriteFile(m.Authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}}), 0o600))
	if _, _, err := Authority(b.Dir); err == nil {
		t.Error("no certificate")
	}
}

// CLI-011
func TestEnsure_refuses_names_that_are_too_wide(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"", "com", "*.test", ".test", "a..test", "a.test.", "10.0.0.1", "::1", "a b.test", "-a.test", "é.test", "a.test:8443", strings.Repeat("a", 64) + ".test"} {
		b := setup(t, host)
		if _, err := Ensure(b.Config); !errors.Is(err, ErrHost) {
			t.Errorf("%q: %v", host, err)
		}
		if _, err := os.Stat(b.Dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: something was made", host)
		}
	}
}

// CLI-011
func TestPlatform(t *testing.T) {
	t.Parallel()
	has := func(names ...string) func(string) bool {
		return func(s string) bool { return strings.Contains(strings.Join(names, " "), s) }
	}
	join := func(list [][]string, err error) string {
		if err != nil {
			return err.Error()
		}
		var lines []string
		for _, c := range list {
			lines = append(lines, Line(c))
		}
		return strings.Join(lines, " && ")
	}
	for _, tc := range []struct {
		p             Platform
		trust, revert string
	}{
		{Platform{"linux", false, has("update-ca-certificates")},
			"sudo install -m 0644 'my dir/ca.pem' /usr/local/share/ca-certificates/axess-dev-f00.crt && sudo update-ca-certificates",
			"sudo rm -f /usr/local/share/ca-certificates/axess-dev-f00.crt && sudo update-ca-certificates"},
		{Platform{"linux", true, has("trust")}, "trust anchor --store 'my dir/ca.pem'", "trust anchor --remove 'my dir/ca.pem'"},
		{Platform{"linux", true, has()}, ErrPlatform.Error(), ErrPlatform.Error()},
		{Platform{"darwin", false, has()}, "security add-trusted-cert -r trustRoot -p ssl 'my dir/ca.pem'", "security remove-trusted-cert 'my dir/ca.pem'"},
		{Platform{"windows", false, has()}, "certutil -user -addstore Root 'my dir/ca.pem'", "certutil -user -delstore Root 0a"},
		{Platform{"plan9", false, has()}, ErrPlatform.Error(), ErrPlatform.Error()},
	} {
		if got := join(tc.p.Trust("my dir/ca.pem", "f00")); got != tc.trust {
			t.Errorf("%s: %s", tc.p.OS, got)
		}
		if got := join(tc.p.Untrust("my dir/ca.pem", "f00", "0a")); got != tc.revert {
			t.Errorf("%s: %s", tc.p.OS, got)
		}
	}
}
