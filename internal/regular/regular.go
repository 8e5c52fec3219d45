// Package regular reads the small files that an operator names: certificates, keys,
// settings, a logo. A named pipe or a device is refused without waiting for its other
// end: none may come, and a start that hangs in opening it hears no signal.
//
//	text, _, err := regular.Read(path, 1<<20)
//
// Requirements: PRD-006, by way of those who start something.
package regular

import (
	"crypto/tls"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Certificate is the most that a file of certificates or of one key may hold.
const Certificate = 1 << 20

// Read reads a file of at most limit bytes, and says what it is.
func Read(path string, limit int64) ([]byte, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot be read: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot be read: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s is no regular file", path)
	}
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("cannot be read: %w", err)
	case int64(len(text)) > limit:
		return nil, nil, fmt.Errorf("%s is longer than %d bytes", path, limit)
	}
	return text, info, nil
}

// KeyPair reads a certificate with its chain, and its key, both in PEM.
func KeyPair(cert, key string) (tls.Certificate, error) {
	chain, _, err := Read(cert, Certificate)
	if err != nil {
		return tls.Certificate{}, err
	}
	secret, _, err := Read(key, Certificate)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(chain, secret)
}
