package emailotp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// Purpose says what a code is for; one that was mailed for one thing is no code for
// another (FAC-061).
type Purpose string

// SignIn is a step of a sign-in.
const SignIn Purpose = "sign_in"

// Bound is what a code belongs to.
type Bound struct {
	Subject identity.Subject
	// Flow is the sign-in that asked. It is random, and lives in one session alone.
	Flow    [16]byte
	Purpose Purpose
}

// Challenge is a code that was mailed: everything but the code.
type Challenge struct {
	ID      [16]byte
	Expires time.Time // good before, not at
	digits  int
	kid     seal.KeyID
	hash    []byte
}

// ErrCorrupt answers a body that [Challenge.Encode] does not make.
var ErrCorrupt = errors.New("emailotp: challenge is corrupt")

// The body of a challenge:
//
//	version(1) ∥ id(16) ∥ expires(8, µs) ∥ digits(1) ∥ kid(4) ∥ hash(16 to 512)
const (
	challengeVersion = 0x01
	challengeHead    = 1 + 16 + 8 + 1 + 4
	minHash, maxHash = 16, 512
)

// Encode gives the body to keep. It has nothing of the code but a slow hash.
func (c Challenge) Encode() []byte {
	b := make([]byte, 0, challengeHead+len(c.hash))
	b = append(b, challengeVersion)
	b = append(b, c.ID[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.Expires.UnixMicro()))
	b = append(b, byte(c.digits))
	b = append(b, c.kid[:]...)
	return append(b, c.hash...)
}

// Decode reads a body. Error: [ErrCorrupt].
func Decode(body []byte) (Challenge, error) {
	if len(body) < challengeHead+minHash || len(body) > challengeHead+maxHash || body[0] != challengeVersion {
		return Challenge{}, fmt.Errorf("%w: size or version", ErrCorrupt)
	}
	c := Challenge{
		ID:      [16]byte(body[1:17]),
		Expires: time.UnixMicro(int64(binary.BigEndian.Uint64(body[17:25]))).UTC(),
		digits:  int(body[25]),
		kid:     seal.KeyID(body[26:30]),
		hash:    append([]byte(nil), body[30:]...),
	}
	if c.digits < MinDigits || c.digits > MaxDigits {
		return Challenge{}, fmt.Errorf("%w: digits", ErrCorrupt)
	}
	return c, nil
}
