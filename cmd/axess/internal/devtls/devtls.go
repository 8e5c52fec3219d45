package devtls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
)

const (
	authorityLife = 365 * 24 * time.Hour
	leafLife      = 90 * 24 * time.Hour
	// renewBefore is how long before its end a certificate is made anew.
	renewBefore = 30 * 24 * time.Hour
	// backdate lets a browser whose clock is a little behind connect.
	backdate = time.Hour
)

// Config says where and for whom.
type Config struct {
	// Dir is made for its owner alone.
	Dir string
	// Hosts are names beside localhost, each with at least one dot.
	Hosts   []string
	Clock   clock.Clock
	Entropy entropy.Source
}

// Made are the files of a directory.
type Made struct {
	// Authority is the certificate that browsers are to trust; Cert and Key are the
	// server's.
	Authority, Cert, Key string
	// New reports that the authority was made by this call: one that was trusted
	// before is not it.
	New bool
}

// files are those of a directory, existing or not.
func files(dir string) (m Made, authorityKey string) {
	in := func(name string) string { return filepath.Join(dir, name) }
	return Made{Authority: in("authority.pem"), Cert: in("server.pem"), Key: in("server.key")}, in("authority.key")
}

// Ensure makes what is missing, would end within 30 days, does not cover the hosts,
// or has a key that others may read. What is good stays, byte for byte.
// Errors: [ErrHost]; those of the file system.
func Ensure(c Config) (Made, error) {
	hosts, err := checkHosts(c.Hosts)
	if err != nil {
		return Made{}, err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return Made{}, fmt.Errorf("devtls: %w", err)
	}
	m, caFile := files(c.Dir)
	due := c.Clock.Now().Add(renewBefore)
	ca, err := load(m.Authority, caFile)
	if err != nil || check(ca.Leaf) != nil || due.After(ca.Leaf.NotAfter) || !permits(ca.Leaf, hosts) {
		if ca, err = c.authority(hosts, m.Authority, caFile); err != nil {
			return Made{}, err
		}
		m.New = true
	}
	leaf, err := load(m.Cert, m.Key)
	if err != nil || due.After(leaf.Leaf.NotAfter) || leaf.Leaf.CheckSignatureFrom(ca.Leaf) != nil || !covers(leaf.Leaf, hosts) {
		if err := c.leaf(ca, hosts, m.Cert, m.Key); err != nil {
			return Made{}, err
		}
	}
	return m, nil
}

// Authority returns the file of the authority that Ensure made in a directory, and
// its certificate. Errors: fs.ErrNotExist; [ErrUnlimited] for one that could
// vouch for more than this machine.
func Authority(dir string) (file string, cert *x509.Certificate, err error) {
	m, _ := files(dir)
	cert, err = readCertificate(m.Authority)
	if err == nil {
		err = check(cert)
	}
	if err != nil {
		return "", nil, fmt.Errorf("devtls: %s: %w", m.Authority, err)
	}
	return m.Authority, cert, nil
}

// Fingerprint names a certificate: the first 8 bytes of its SHA-256, in hex.
func Fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(sum[:8])
}

func (c Config) authority(hosts []string, certFile, keyFile string) (tls.Certificate, error) {
	now := c.Clock.Now()
	t := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "axess development authority of this machine", Organization: []string{"axess development"}},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true,
		// RFC 5280 §4.2.1.10: a name permits what ends in it, so this is .localhost too.
		PermittedDNSDomains: append([]string{localhost}, hosts...),
		PermittedIPRanges:   loopback(),
	}
	return c.issue(t, nil, certFile, keyFile)
}

func (c Config) leaf(ca tls.Certificate, hosts []string, certFile, keyFile string) error {
	now := c.Clock.Now()
	t := &x509.Certificate{
		Subject:   pkix.Name{CommonName: localhost, Organization: []string{"axess development"}},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(leafLife),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    append([]string{localhost, "*." + localhost}, hosts...),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback},
	}
	if t.NotAfter.After(ca.Leaf.NotAfter) {
		t.NotAfter = ca.Leaf.NotAfter
	}
	_, err := c.issue(t, &ca, certFile, keyFile)
	return err
}

// issue makes a key and its certificate, signed by the authority or by itself, and
// writes both. The key goes first: a certificate that does not fit it is seen at the
// next start and made anew.
func (c Config) issue(t *x509.Certificate, by *tls.Certificate, certFile, keyFile string) (tls.Certificate, error) {
	key, err := c.key()
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("devtls: key: %w", err)
	}
	serial := entropy.Bytes16(c.Entropy)
	serial[0] = serial[0]&0x7f | 0x40 // positive, and always as long
	t.SerialNumber = new(big.Int).SetBytes(serial[:])
	parent, signer := t, crypto.Signer(key)
	if by != nil {
		own, ok := by.PrivateKey.(crypto.Signer)
		if !ok {
			return tls.Certificate{}, fmt.Errorf("devtls: the authority's key cannot sign")
		}
		parent, signer = by.Leaf, own
	}
	der, err := x509.CreateCertificate(entropy.Reader(c.Entropy), t, parent, key.Public(), signer)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("devtls: certificate: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("devtls: key: %w", err)
	}
	defer clear(secret)
	if err := writePEM(keyFile, "PRIVATE KEY", secret); err != nil {
		return tls.Certificate{}, err
	}
	if err := writePEM(certFile, "CERTIFICATE", der); err != nil {
		return tls.Certificate{}, err
	}
	return load(certFile, keyFile)
}

// key draws a key. Of 2³² numbers of its length one is none, so a second try is
// rare and a third says that the source is broken.
func (c Config) key() (key *ecdsa.PrivateKey, err error) {
	for range 3 {
		secret := entropy.Bytes32(c.Entropy)
		key, err = ecdsa.ParseRawPrivateKey(elliptic.P256(), secret[:])
		clear(secret[:])
		if err == nil {
			return key, nil
		}
	}
	return nil, err //nolint:wrapcheck // the caller says of what
}

// covers reports whether a server's certificate is for all hosts.
func covers(leaf *x509.Certificate, hosts []string) bool {
	for _, h := range append([]string{localhost, "127.0.0.1", "::1"}, hosts...) {
		if leaf.VerifyHostname(h) != nil {
			return false
		}
	}
	return true
}

// permits reports whether an authority may sign for all hosts. One that may sign for
// a host that is not asked for any more stays: people have trusted it.
func permits(ca *x509.Certificate, hosts []string) bool {
	for _, h := range hosts {
		if !slices.Contains(ca.PermittedDNSDomains, h) {
			return false
		}
	}
	return true
}
