package identity

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// CredentialRef names a workload's credential where the credential itself must
// not be: the first 16 bytes of a SHA-256, printed as 22 characters of base64url
// (PRN-004). The zero value names nothing.
type CredentialRef struct{ b [16]byte }

// TokenRef names a token by its issuer and id: SHA-256 over iss, a zero byte and
// jti.
func TokenRef(iss, jti string) CredentialRef {
	return credentialRef([]byte(iss + "\x00" + jti))
}

// CertificateRef names a leaf certificate by its DER bytes.
func CertificateRef(der []byte) CredentialRef { return credentialRef(der) }

func credentialRef(of []byte) CredentialRef {
	d := sha256.Sum256(of)
	return CredentialRef{[16]byte(d[:16])}
}

// IsZero reports that nothing is named.
func (r CredentialRef) IsZero() bool { return r == CredentialRef{} }

// String prints 22 characters of base64url.
func (r CredentialRef) String() string { return base64.RawURLEncoding.EncodeToString(r.b[:]) }

// MarshalText implements encoding.TextMarshaler.
func (r CredentialRef) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; the strict form only.
func (r *CredentialRef) UnmarshalText(text []byte) error {
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(text))
	if err != nil || len(b) != len(r.b) || len(text) != 22 {
		return fmt.Errorf("%w: credential reference malformed", ErrPrincipalInvalid)
	}
	r.b = [16]byte(b)
	return nil
}
