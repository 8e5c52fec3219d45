package seal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
)

// KeySize is the length of every master key in bytes.
const KeySize = 32

const minDistinct = 8

// KeyID names a key in public: the first 4 bytes of SHA-256 over
// "axess/kid/v1" and the master (SES-129). It is no secret.
type KeyID [4]byte

// String returns 8 hex digits.
func (id KeyID) String() string { return hex.EncodeToString(id[:]) }

// State is the stage of a key's life. The zero State is not valid.
type State uint8

const (
	// Pending keys verify and open but do not sign or seal: published ahead.
	Pending State = iota + 1
	// Primary is the one key that signs and seals.
	Primary
	// Retiring keys verify and open what they signed and sealed before.
	Retiring
)

// String returns the word used in key files: pending, primary, retiring.
func (s State) String() string {
	switch s {
	case Pending:
		return "pending"
	case Primary:
		return "primary"
	case Retiring:
		return "retiring"
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// Key is one master key and where it stands in its life.
type Key struct {
	Master  Secret // 32 bytes
	State   State
	Created time.Time // UTC; zero when nobody knows
	// NotAfter is the instant from which a retiring key of a Cookie ring is
	// dropped by Ring.Expire. Zero in every other case: a key that opens
	// stored records is removed when none is left, not by the clock.
	NotAfter time.Time
}

// GenerateKey draws a fresh primary key from src.
func GenerateKey(src entropy.Source, created time.Time) Key {
	var b [KeySize]byte
	src.Fill(b[:])
	k := Key{Master: NewSecret(b[:]), State: Primary, Created: created}
	clear(b[:])
	return k
}

// ID returns the key's public id.
func (k Key) ID() KeyID {
	h := sha256.New()
	h.Write([]byte(digestKeyID))
	h.Write(k.Master.Reveal())
	return KeyID(h.Sum(nil)[:4])
}

// String names the key by its id and state, never by its bytes.
func (k Key) String() string { return k.ID().String() + " " + k.State.String() }

// GoString is String.
func (k Key) GoString() string { return k.String() }

// Check refuses masters that no generator makes: a wrong length, all zero, or
// fewer than 8 distinct byte values (SES-129).
func (k Key) Check() error {
	m := k.Master.Reveal()
	if len(m) != KeySize {
		return fmt.Errorf("%w: %d bytes, want %d", ErrWeakKey, len(m), KeySize)
	}
	var seen [256]bool
	distinct := 0
	for _, b := range m {
		if !seen[b] {
			seen[b] = true
			distinct++
		}
	}
	if distinct < minDistinct {
		return fmt.Errorf("%w: fewer than %d distinct bytes", ErrWeakKey, minDistinct)
	}
	return nil
}
