package emailotp

import (
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/seal"
)

// maxInput bounds what is looked at of a typed code, in bytes.
const maxInput = 64

// Code is a code of 6 to 10 digits.
type Code struct{ secret seal.Secret }

// draw makes a code, zeros in front included.
func draw(src entropy.Source, digits int) Code {
	out := make([]byte, 0, digits)
	var raw [16]byte
	defer clear(raw[:])
	for len(out) < digits {
		src.Fill(raw[:])
		for _, b := range raw {
			if d, ok := digit(b); ok && len(out) < digits {
				out = append(out, d)
			}
		}
	}
	return Code{seal.NewSecret(out)}
}

// digit makes a digit of a byte. The last six values of a byte are drawn again: with
// them the digits 0 to 5 would come more often than the others.
func digit(b byte) (byte, bool) { return '0' + b%10, b < 250 }

// Reveal is the code without separators.
func (c Code) Reveal() string { return string(c.secret.Reveal()) }

// Grouped is the code as people read it, in two halves with a space between.
func (c Code) Grouped() string {
	s := c.Reveal()
	half := (len(s) + 1) / 2
	return s[:half] + " " + s[half:]
}

// Wipe overwrites the code.
func (c Code) Wipe() { c.secret.Wipe() }

// parse drops ASCII spaces and hyphens and wants exactly so many digits then (FAC-064).
func parse(input seal.Secret, digits int) (Code, bool) {
	b := input.Reveal()
	if len(b) > maxInput {
		return Code{}, false
	}
	out := make([]byte, 0, digits)
	for _, ch := range b {
		switch {
		case ch == ' ' || ch == '-':
		case ch >= '0' && ch <= '9' && len(out) < digits:
			out = append(out, ch)
		default:
			clear(out)
			return Code{}, false
		}
	}
	c := Code{seal.NewSecret(out)}
	if len(out) != digits {
		c.Wipe()
		return Code{}, false
	}
	return c, true
}
