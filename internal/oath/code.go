package oath

import (
	"crypto/hmac"
	"crypto/subtle"
	"encoding/binary"

	"github.com/axess-go/axess/seal"
)

// maxInput bounds what is looked at of a typed code, in bytes.
const maxInput = 64

// The digits of a code.
const (
	MinDigits = 6
	MaxDigits = 8
)

// Code is a typed code: its value, and how many digits it has.
type Code struct {
	value  int32
	digits int
}

// Parse drops ASCII spaces and hyphens, which apps and people put between groups, and
// wants 6 to 8 ASCII digits then (FAC-033).
func Parse(input seal.Secret) (Code, bool) {
	b := input.Reveal()
	if len(b) > maxInput {
		return Code{}, false
	}
	var c Code
	for _, ch := range b {
		switch {
		case ch == ' ' || ch == '-':
		case ch >= '0' && ch <= '9' && c.digits < MaxDigits:
			c.value = c.value*10 + int32(ch-'0')
			c.digits++
		default:
			return Code{}, false
		}
	}
	return c, c.digits >= MinDigits
}

// Is compares with a generated value of so many digits in constant time: 1 or 0.
func (c Code) Is(value int32, digits int) int {
	return subtle.ConstantTimeEq(value, c.value) & subtle.ConstantTimeEq(int32(digits), int32(c.digits))
}

// Generate is RFC 4226 §5.3: the code of a counter, 6 to 8 digits of it.
func Generate(a Algorithm, seed seal.Secret, digits int, counter uint64) int32 {
	m := hmac.New(a.new(), seed.Reveal())
	var text [8]byte
	binary.BigEndian.PutUint64(text[:], counter)
	m.Write(text[:])
	sum := m.Sum(nil)
	defer clear(sum)
	at := sum[len(sum)-1] & 0x0f
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	mod := uint32(1)
	for range digits {
		mod *= 10
	}
	return int32(n % mod)
}
