package mtls

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
)

// By is what a certificate is bound by.
type By uint8

// The ways. The zero one is ByKey where a [TrustConfig] leaves it out, and none in a
// [Record].
const (
	// ByKey is its public key (SHA-256 of SubjectPublicKeyInfo): the certificate, and
	// those that renew it with the same key.
	ByKey By = iota + 1
	// ByURI is the one URI of its subject alternative name, letter by letter.
	ByURI
	// ByEmail is its one e-mail address there; the domain in either case.
	ByEmail
	// ByDNS is its one DNS name there, in either case and no wildcard.
	ByDNS

	ways
)

// String returns the name in lower case.
func (b By) String() string {
	switch b {
	case ByKey:
		return "key"
	case ByURI:
		return "uri"
	case ByEmail:
		return "email"
	case ByDNS:
		return "dns"
	case ways:
	}
	return "invalid"
}

// Record is what is known about a person's certificate. Make it with [Trust.Bind],
// [Named] or [Decode].
type Record struct {
	By By
	// Value is the name, or for ByKey the 32 bytes of the digest.
	Value string
}

// ErrRecord answers a name that nothing can be bound by, and a body that
// [Record.Encode] does not make.
var ErrRecord = errors.New("mtls: record")

const (
	recordVersion = 0x01
	maxName       = 1024
)

// Named makes a record of a name, for accounts that an administrator or a directory
// binds. Error: [ErrRecord].
func Named(by By, name string) (Record, error) {
	r := Record{by, folded(by, name)}
	if by == ByKey {
		return Record{}, fmt.Errorf("%w: a key has no name", ErrRecord)
	}
	return r, r.check()
}

// Pinned makes a record of the digest of a public key (SHA-256 of
// SubjectPublicKeyInfo).
func Pinned(key [sha256.Size]byte) Record { return Record{ByKey, string(key[:])} }

// Encode gives the body of a credential row.
func (r Record) Encode() []byte { return append([]byte{recordVersion, byte(r.By)}, r.Value...) }

// Decode reads a body. Error: [ErrRecord].
func Decode(body []byte) (Record, error) {
	if len(body) < 3 || body[0] != recordVersion {
		return Record{}, fmt.Errorf("%w: size or version", ErrRecord)
	}
	r := Record{By(body[1]), string(body[2:])}
	return r, r.check()
}

func (r Record) check() error {
	switch {
	case r.By == 0 || r.By >= ways:
		return fmt.Errorf("%w: unknown way", ErrRecord)
	case r.By == ByKey && len(r.Value) != sha256.Size:
		return fmt.Errorf("%w: digest of %d bytes", ErrRecord, len(r.Value))
	case r.By != ByKey && (r.Value == "" || len(r.Value) > maxName || r.Value != folded(r.By, r.Value)):
		return fmt.Errorf("%w: name is empty, too long or not in its one form", ErrRecord)
	case r.By == ByURI && strings.HasPrefix(strings.ToLower(r.Value), "spiffe:"):
		return fmt.Errorf("%w: a spiffe: URI is a machine's", ErrRecord)
	case r.By == ByDNS && strings.Contains(r.Value, "*"):
		return fmt.Errorf("%w: a wildcard is nobody's name", ErrRecord)
	}
	return nil
}

// folded is the one form in which a name is compared.
func folded(by By, name string) string {
	switch by {
	case ByDNS:
		return lower(name)
	case ByEmail:
		at := strings.LastIndexByte(name, '@')
		return name[:at+1] + lower(name[at+1:])
	case ByKey, ByURI, ways:
	}
	return name
}

// lower is ASCII only: no other letter is allowed there, and none may become one.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// of is what a certificate would be bound by. It must say it exactly once.
func (b By) of(c *x509.Certificate) (Record, error) {
	var names []string
	switch b {
	case ByKey:
		return Pinned(sha256.Sum256(c.RawSubjectPublicKeyInfo)), nil
	case ByURI:
		names = uris(c)
	case ByEmail:
		names = c.EmailAddresses
	case ByDNS:
		names = c.DNSNames
	case ways:
	}
	if len(names) != 1 {
		return Record{}, refused(Name)
	}
	r, err := Named(b, names[0])
	if err != nil {
		return Record{}, refused(Name)
	}
	return r, nil
}
