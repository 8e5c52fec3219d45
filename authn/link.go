package authn

import (
	"encoding/base64"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/seal"
)

// MaxLinkToken bounds a link token's text in bytes; longer is refused before
// decoding (FAC-085).
const MaxLinkToken = 128

// link is a one-time link token: 16 bytes that find its row and 32 that prove
// it. Only the mail holds both; the row holds a digest of the second.
type link struct {
	selector [16]byte
	verifier [32]byte
}

func newLink(src entropy.Source) link {
	return link{entropy.Bytes16(src), entropy.Bytes32(src)}
}

// text is 64 characters of base64url without padding. It names no account.
func (l link) text() string {
	return base64.RawURLEncoding.EncodeToString(append(l.selector[:], l.verifier[:]...))
}

func (l link) digest() [32]byte { return seal.Digest(seal.DigestLinkToken, l.verifier[:]) }

// parseLink accepts exactly the one encoding that text produces.
func parseLink(s string) (link, bool) {
	var l link
	if len(s) > MaxLinkToken {
		return l, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != 48 || len(s) != 64 {
		return l, false
	}
	copy(l.selector[:], b)
	copy(l.verifier[:], b[16:])
	return l, true
}
