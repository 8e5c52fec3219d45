package dbtest

import (
	"crypto/rand" //axess:allow L02 a throw-away authority of a test server
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// certify makes an authority and a certificate for the loopback address, and
// leaves both in the directory of the server.
func certify(s *RedisServer) (err error) {
	s.CA, err = certificates(s.dir, s.u)
	return err
}

// certificates puts ca.crt, server.crt and server.key into a directory and names the
// first.
func certificates(dir string, u *account) (string, error) {
	now := time.Now() //axess:allow L01 the server under test judges certificates by the real time
	//axess:allow L02 a throw-away authority of a test server
	caKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", err
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "axess test authority"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	//axess:allow L02 a throw-away certificate of a test server
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "axess test server"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	caRaw, err1 := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	raw, err2 := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), caKey)
	private, err3 := x509.MarshalPKCS8PrivateKey(key)
	if err := errors.Join(err1, err2, err3); err != nil {
		return "", err
	}
	return filepath.Join(dir, "ca.crt"), errors.Join(
		pemFile(dir, u, "ca.crt", "CERTIFICATE", caRaw),
		pemFile(dir, u, "server.crt", "CERTIFICATE", raw),
		pemFile(dir, u, "server.key", "PRIVATE KEY", private),
	)
}

func pemFile(dir string, u *account, name, kind string, raw []byte) error {
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw}), 0o600); err != nil || u == nil {
		return err
	}
	return os.Chown(path, int(u.uid), int(u.gid))
}
