package csrf

import (
	"crypto/subtle"
	"encoding/base64"

	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
)

// A token on the wire (CSR-005):
//
//	0   version, 1
//	1   nonce, 32 bytes
//	33  tag: HMAC-SHA-256 over prefix, length of the session's ref (2 bytes,
//	    most significant first), ref, nonce
//
// in base64url without padding, 87 characters. What pages get is masked: a
// random pad of the same length, then pad XOR token, 174 characters. The mask
// is new each time, so that compressing a response says nothing about the token
// (CSR-012).
const (
	tokenVersion = 1
	tagAt        = 1 + 32
	tokenBytes   = tagAt + 32
	tokenChars   = 87
	maskedBytes  = 2 * tokenBytes
	maskedChars  = 174
	// maxValue is the longest value that is looked at (CSR-011).
	maxValue = 4096
)

type token [tokenBytes]byte

// String keeps it out of logs.
func (token) String() string   { return "[redacted]" }
func (token) GoString() string { return "[redacted]" }

var encoding = base64.RawURLEncoding.Strict()

func (t *token) text() string { return encoding.EncodeToString(t[:]) }

// decode reads a token in either form. What does not decode is simply not a
// token: the caller gets no reason (CSR-030).
func decode(s string) (t token, ok bool) {
	// The lengths are exact, and checked again behind: the decoder skips line
	// breaks.
	switch len(s) {
	case tokenChars:
		var raw [tokenBytes + 1]byte
		if n, err := encoding.Decode(raw[:], []byte(s)); err != nil || n != tokenBytes {
			return token{}, false
		}
		t = token(raw[:tokenBytes])
	case maskedChars:
		var raw [maskedBytes + 2]byte
		if n, err := encoding.Decode(raw[:], []byte(s)); err != nil || n != maskedBytes {
			return token{}, false
		}
		subtle.XORBytes(t[:], raw[:tokenBytes], raw[tokenBytes:maskedBytes])
	default:
		return token{}, false
	}
	return t, t[0] == tokenVersion
}

// mask returns the token under a pad.
func (t *token) mask(pad *[tokenBytes]byte) string {
	var b [maskedBytes]byte
	copy(b[:], pad[:])
	subtle.XORBytes(b[tokenBytes:], pad[:], t[:])
	return encoding.EncodeToString(b[:])
}

// minter makes and checks tokens under the label of the Cookie ring.
type minter struct {
	mac    *seal.MAC
	prefix []byte
}

func newMinter(ring *seal.Ring) minter {
	return minter{mac: ring.MAC(seal.LabelCSRF), prefix: []byte(seal.PrefixCSRF)}
}

const refBytes = 16

// framed is the ref behind its length.
func framed(ref session.Ref) (b [2 + refBytes]byte) {
	id := ref.Bytes()
	b[1] = refBytes
	copy(b[2:], id[:])
	return b
}

// sign completes a token whose nonce is filled in already.
func (m *minter) sign(t *token, ref session.Ref) {
	t[0] = tokenVersion
	bound := framed(ref)
	_, tag := m.mac.Sum(m.prefix, bound[:], t[1:tagAt])
	copy(t[tagAt:], tag[:])
}

// verifies reports whether a key of the ring signed t for ref. All are tried:
// a token carries no key id, and a ring holds at most four.
func (m *minter) verifies(t *token, ref session.Ref) bool {
	bound := framed(ref)
	_, err := m.mac.VerifyAny(t[tagAt:], m.prefix, bound[:], t[1:tagAt])
	return err == nil
}
