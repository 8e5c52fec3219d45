package totp

import (
	"crypto/hmac"
	"crypto/sha1" // HMAC-SHA-1 is what RFC 6238 and every app use
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"

	"github.com/axess-go/axess/seal"
)

// maxInput bounds what is looked at of a typed code.
const maxInput = 64

// code is a typed code: its value, and how many digits it has.
type code struct {
	value  int32
	digits int
}

// parse drops ASCII spaces and hyphens, which apps and people put between
// groups, and wants 6 to 8 ASCII digits then (FAC-033).
func parse(input seal.Secret) (code, bool) {
	b := input.Reveal()
	if len(b) > maxInput {
		return code{}, false
	}
	var c code
	for _, ch := range b {
		switch {
		case ch == ' ' || ch == '-':
		case ch >= '0' && ch <= '9' && c.digits < 8:
			c.value = c.value*10 + int32(ch-'0')
			c.digits++
		default:
			return code{}, false
		}
	}
	return c, c.digits >= 6
}

// generate is RFC 4226 §5.3 with the time step as counter.
func (r Record) generate(step int64) int32 {
	m := hmac.New(r.Algorithm.new(), r.Seed.Reveal())
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	m.Write(counter[:])
	sum := m.Sum(nil)
	defer clear(sum)
	at := sum[len(sum)-1] & 0x0f
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	mod := uint32(1)
	for range r.Digits {
		mod *= 10
	}
	return int32(n % mod)
}

func (a Algorithm) new() func() hash.Hash {
	switch a {
	case SHA1:
	case SHA256:
		return sha256.New
	case SHA512:
		return sha512.New
	}
	return sha1.New // records are checked before: nothing else comes here
}
