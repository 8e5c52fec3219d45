package devtls

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
)

// errExposed: somebody else may have read a key.
var errExposed = errors.New("others may read the key")

// load reads a certificate and its key, which nobody else may read.
func load(certFile, keyFile string) (tls.Certificate, error) {
	info, err := os.Lstat(keyFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("devtls: %w", err)
	}
	if !info.Mode().IsRegular() || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return tls.Certificate{}, fmt.Errorf("devtls: %s: %w", keyFile, errExposed)
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("devtls: %w", err)
	}
	return pair, nil
}

func readCertificate(file string) (*x509.Certificate, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller names the file
	}
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" || len(rest) > 0 {
		// A second certificate behind the first would be trusted unseen.
		return nil, errors.New("is not one certificate")
	}
	return x509.ParseCertificate(block.Bytes) //nolint:wrapcheck // the caller names the file
}

// writePEM puts a file whole into the place of an old one, for its owner alone.
func writePEM(file, kind string, der []byte) error {
	next := file + ".new"
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("devtls: %w", err)
	}
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("devtls: %w", err)
	}
	err = pem.Encode(f, &pem.Block{Type: kind, Bytes: der})
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("devtls: %s: %w", file, err)
	}
	if err := os.Rename(next, file); err != nil {
		return fmt.Errorf("devtls: %w", err)
	}
	return nil
}
