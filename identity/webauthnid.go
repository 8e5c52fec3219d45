package identity

import (
	"encoding/hex"
	"fmt"
	"slices"
)

// Bounds of a WebAuthn credential id in bytes (WebAuthn Level 3 §4).
const (
	MinWebAuthnID = 16
	MaxWebAuthnID = 1023
)

// WebAuthnID is the id that an authenticator gave its credential. It follows a
// person from site to site when the authenticator says so, which makes it
// personal data: printed, logged or encoded as text it shows its first 4 bytes
// and an ellipsis, and there is no way to read that form back. Comparison is ==.
// The zero value is invalid.
type WebAuthnID struct{ raw string }

// NewWebAuthnID takes 16 to 1023 raw bytes. Error: [ErrIDFormat].
func NewWebAuthnID(b []byte) (WebAuthnID, error) {
	if len(b) < MinWebAuthnID || len(b) > MaxWebAuthnID {
		return WebAuthnID{}, fmt.Errorf("identity: webauthn credential %w", ErrIDFormat)
	}
	return WebAuthnID{string(b)}, nil
}

// Reveal returns the raw bytes, for storage and for the browser.
func (i WebAuthnID) Reveal() []byte { return slices.Clone([]byte(i.raw)) }

// IsZero reports the invalid zero value.
func (i WebAuthnID) IsZero() bool { return i.raw == "" }

// String prints the first 4 bytes in hex and an ellipsis (IDN-006).
func (i WebAuthnID) String() string {
	if i.IsZero() {
		return ""
	}
	return hex.EncodeToString([]byte(i.raw[:4])) + "…"
}

// GoString keeps %#v from printing what String hides.
func (i WebAuthnID) GoString() string { return "identity.WebAuthnID(" + i.String() + ")" }

// MarshalText implements encoding.TextMarshaler with the short form.
func (i WebAuthnID) MarshalText() ([]byte, error) { return []byte(i.String()), nil }
