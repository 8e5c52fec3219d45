package seal

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
	"runtime"
)

const redacted = "[redacted]"

// Secret holds bytes that must not be shown. Printing it in any way gives
// "[redacted]"; [Secret.Reveal] is the one way to the bytes and is easy to
// search for. The zero Secret is empty. Copies share the bytes, so a Wipe of
// one wipes all.
type Secret struct {
	// A closure, because fmt cannot call methods on unexported fields of other
	// types. It would print a slice there byte by byte, and with a verb that
	// does not fit even what a pointer points at; dumpers that walk pointers
	// would follow it. Nobody can look into a function (SES-241).
	held func() *[]byte
}

// NewSecret copies b. The caller wipes its own copy.
func NewSecret(b []byte) Secret {
	c := append([]byte(nil), b...)
	return Secret{held: func() *[]byte { return &c }}
}

// Reveal returns the bytes themselves, not a copy; nil when empty or wiped.
// Do not keep or change them.
func (s Secret) Reveal() []byte {
	if s.held == nil {
		return nil
	}
	return *s.held()
}

// Wipe clears the bytes and leaves every copy of s empty. It must not run while
// others use the Secret. Best effort: what the standard library derived from
// the bytes stays until it is collected.
func (s Secret) Wipe() {
	if s.held == nil {
		return
	}
	p := s.held()
	clear(*p)
	runtime.KeepAlive(p)
	*p = nil
}

// Equal compares in constant time for equal lengths. Two empty Secrets are not
// equal: an unset secret must never match an unset one.
func (s Secret) Equal(o Secret) bool {
	a, b := s.Reveal(), o.Reveal()
	return len(a) > 0 && subtle.ConstantTimeCompare(a, b) == 1
}

// String returns "[redacted]".
func (Secret) String() string { return redacted }

// GoString returns "[redacted]".
func (Secret) GoString() string { return redacted }

// Format writes "[redacted]" for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) } // fmt.State keeps the error of its writer

// LogValue returns "[redacted]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]".
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns "[redacted]" as a JSON string.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
