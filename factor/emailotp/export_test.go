package emailotp

import (
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/seal"
)

// Digit, Draw and Parse are for tests.
func Digit(b byte) (byte, bool) { return digit(b) }

// Draw makes the text of a code.
func Draw(src entropy.Source, digits int) string { return draw(src, digits).Reveal() }

// Parse reads a typed code.
func Parse(s string, digits int) (string, bool) {
	c, ok := parse(seal.NewSecret([]byte(s)), digits)
	return c.Reveal(), ok
}
