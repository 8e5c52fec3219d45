package session

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// secretID is the random value that a browser holds. It exists in the cookie
// and in memory; everything else knows the Ref alone. It prints as nothing
// (SES-241).
type secretID [16]byte

const redacted = "[redacted]"

func newSecretID(src entropy.Source) secretID { return secretID(entropy.Bytes16(src)) }

// ref is the only handle of a session that leaves this package.
func (id secretID) ref() Ref {
	d := seal.Digest(seal.DigestSessionRef, id[:])
	return identity.FromBytes[Ref]([16]byte(d[:16]))
}

// after is the handle of the guest that a dead session leaves behind: stable
// for as long as the browser sends the dead cookie, and not the session's Ref,
// because that guest shares no id with the cookie (SES-062).
func (id secretID) after() Ref {
	d := seal.Digest(seal.DigestSessionRef, id[:], []byte("ended"))
	return identity.FromBytes[Ref]([16]byte(d[:16]))
}

// Format covers all verbs, %x and %v of a surrounding struct among them.
func (secretID) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

func (secretID) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (secretID) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (secretID) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
