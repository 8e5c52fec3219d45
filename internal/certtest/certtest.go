// Package certtest makes certificate authorities, certificates and revocation lists for
// tests.
//
//	ca := certtest.New(t, "Example", now)
//	ada := ca.Issue(t, func(c *x509.Certificate) { c.EmailAddresses = []string{"ada@example.test"} })
//	list := ca.CRL(t, now, now.Add(time.Hour), ada.Cert.SerialNumber)
//
// It is for tests alone: no package of the library imports it.
//
// Requirements: none of its own.
package certtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand" //axess:allow L02 throw-away authorities of tests
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// Pair is a certificate with its key, and what certifies it: Chain begins with the
// certificate itself and ends below the anchor.
type Pair struct {
	Cert  *x509.Certificate
	Key   crypto.Signer
	Chain []*x509.Certificate

	now    time.Time
	anchor bool
}

var serial atomic.Int64

func nextSerial() *big.Int { return big.NewInt(serial.Add(1)) }

// Key makes a P-256 key.
func Key(t testing.TB) crypto.Signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader) //axess:allow L02 a throw-away key of a test
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// New makes an authority that certifies itself, valid for a year around now.
func New(t testing.TB, name string, now time.Time) *Pair {
	t.Helper()
	key := Key(t)
	tmpl := authority(name, now)
	out := sign(t, tmpl, tmpl, key, key, now)
	out.anchor = true
	return out
}

func authority(name string, now time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: nextSerial(), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-180 * 24 * time.Hour), NotAfter: now.Add(180 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

func sign(t testing.TB, tmpl, parent *x509.Certificate, key, with crypto.Signer, now time.Time) *Pair {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, key.Public(), with)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &Pair{Cert: c, Key: key, Chain: []*x509.Certificate{c}, now: now}
}

func (p *Pair) under(t testing.TB, tmpl *x509.Certificate, key crypto.Signer) *Pair {
	t.Helper()
	out := sign(t, tmpl, p.Cert, key, p.Key, p.now)
	if !p.anchor {
		out.Chain = append(out.Chain, p.Chain...)
	}
	return out
}

// Authority makes one that p certifies.
func (p *Pair) Authority(t testing.TB, name string, change ...func(*x509.Certificate)) *Pair {
	t.Helper()
	tmpl := authority(name, p.now)
	for _, f := range change {
		f(tmpl)
	}
	return p.under(t, tmpl, Key(t))
}

// Issue makes the certificate of a client, valid for a day around now, with a key of its
// own.
func (p *Pair) Issue(t testing.TB, change ...func(*x509.Certificate)) *Pair {
	t.Helper()
	return p.IssueFor(t, Key(t), change...)
}

// IssueFor is Issue for a key that exists.
func (p *Pair) IssueFor(t testing.TB, key crypto.Signer, change ...func(*x509.Certificate)) *Pair {
	t.Helper()
	tmpl := &x509.Certificate{
		SerialNumber: nextSerial(), Subject: pkix.Name{CommonName: "client"},
		NotBefore: p.now.Add(-12 * time.Hour), NotAfter: p.now.Add(12 * time.Hour),
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	for _, f := range change {
		f(tmpl)
	}
	return p.under(t, tmpl, key)
}

// Server makes the certificate of a server at localhost and 127.0.0.1.
func (p *Pair) Server(t testing.TB) *Pair {
	t.Helper()
	return p.Issue(t, func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		c.DNSNames, c.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)}
	})
}

// CRL makes a revocation list, as DER.
func (p *Pair) CRL(t testing.TB, this, next time.Time, revoked ...*big.Int) []byte {
	t.Helper()
	tmpl := &x509.RevocationList{Number: nextSerial(), ThisUpdate: this, NextUpdate: next}
	for _, n := range revoked {
		tmpl.RevokedCertificateEntries = append(tmpl.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: n, RevocationTime: this})
	}
	return p.CRLOf(t, tmpl)
}

// CRLOf is CRL of a template.
func (p *Pair) CRLOf(t testing.TB, tmpl *x509.RevocationList) []byte {
	t.Helper()
	der, err := x509.CreateRevocationList(rand.Reader, tmpl, p.Cert, p.Key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TLS is the pair for package tls.
func (p *Pair) TLS() tls.Certificate {
	out := tls.Certificate{PrivateKey: p.Key, Leaf: p.Cert}
	for _, c := range p.Chain {
		out.Certificate = append(out.Certificate, c.Raw)
	}
	return out
}

// Pool holds the certificate alone.
func (p *Pair) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(p.Cert)
	return pool
}

// PEM is the certificate, PEMKey its key.
func (p *Pair) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Cert.Raw})
}

// PEMKey is the key as PKCS #8.
func (p *Pair) PEMKey(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(p.Key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}
