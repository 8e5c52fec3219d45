package recovery

import (
	"crypto/sha256"
	"strings"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

const (
	// Count is how many codes a set has.
	Count = 10

	// symbols of a code: 26 of 5 bits are 130.
	symbols = 26
	// maxInput bounds what is looked at of a typed code, in bytes.
	maxInput = 128
)

// alphabet is that of Crockford's base 32: no I, L, O and U, so that what was written
// down by hand is read back.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Code is one recovery code, 26 symbols without separators.
type Code struct{ secret seal.Secret }

// draw makes a code; each symbol takes five bits of one byte, all of which are equally
// likely.
func draw(src entropy.Source) Code {
	raw := make([]byte, symbols)
	defer clear(raw)
	src.Fill(raw)
	for i, b := range raw {
		raw[i] = alphabet[b&31]
	}
	return Code{seal.NewSecret(raw)}
}

// Reveal is the code as people read it: four groups of five symbols and one of six, with
// hyphens between.
func (c Code) Reveal() string {
	s := string(c.secret.Reveal())
	if len(s) != symbols {
		return ""
	}
	return strings.Join([]string{s[:5], s[5:10], s[10:15], s[15:20], s[20:]}, "-")
}

// Text is a set for a file, one code a line.
func Text(codes []Code) seal.Secret {
	var b strings.Builder
	for _, c := range codes {
		b.WriteString(c.Reveal() + "\n")
	}
	return seal.NewSecret([]byte(b.String()))
}

// Parse reads a typed code: spaces and hyphens are dropped, letters are taken in either
// case, O is 0, I and L are 1 (FAC-071).
func Parse(input seal.Secret) (Code, bool) {
	b := input.Reveal()
	if len(b) > maxInput {
		return Code{}, false
	}
	out := make([]byte, 0, symbols)
	defer func() { clear(out) }()
	for _, ch := range b {
		if ch >= 'a' && ch <= 'z' {
			ch -= 'a' - 'A'
		}
		switch ch {
		case ' ', '-':
			continue
		case 'O':
			ch = '0'
		case 'I', 'L':
			ch = '1'
		}
		if strings.IndexByte(alphabet, ch) < 0 || len(out) == symbols {
			return Code{}, false
		}
		out = append(out, ch)
	}
	return Code{seal.NewSecret(out)}, len(out) == symbols
}

// digest is what is kept of a code: it belongs to one person.
func (c Code) digest(user identity.UserID) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte("axess/recovery/v1\x00"))
	id := user.Bytes()
	h.Write(id[:])
	h.Write(c.secret.Reveal())
	return [sha256.Size]byte(h.Sum(nil))
}
