package oath

import (
	"encoding/base32"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/axess-go/axess/seal"
)

// Sizes of seeds in bytes: 16 by RFC 4226 §4 R6.
const (
	MinSeed = 16
	MaxSeed = 128
)

// ErrLabel answers an issuer or account that no provisioning URI may have.
var ErrLabel = errors.New("is empty, above 128 bytes, not printable, or an issuer with a colon")

// URI gives the provisioning URI that authenticator apps read, up to its last
// parameter, which the kind of code adds:
//
//	otpauth://{kind}/{issuer}:{account}?secret=…&issuer=…&algorithm=…&digits=…
//
// Error: [ErrLabel].
func URI(kind, issuer, account string, a Algorithm, seed seal.Secret, digits int) (string, error) {
	if !isLabel(issuer) || strings.Contains(issuer, ":") || !isLabel(account) {
		return "", ErrLabel
	}
	var b strings.Builder
	b.WriteString("otpauth://" + kind + "/" + escape(issuer) + ":" + escape(account))
	b.WriteString("?secret=" + text(seed))
	b.WriteString("&issuer=" + escape(issuer))
	b.WriteString("&algorithm=" + a.String())
	b.WriteString("&digits=" + strconv.Itoa(digits))
	return b.String(), nil
}

// Key gives a seed for typing: unpadded base32 in groups of four, with spaces between.
func Key(seed seal.Secret) seal.Secret {
	key := text(seed)
	var b strings.Builder
	for i := 0; i < len(key); i += 4 {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(key[i:min(i+4, len(key))])
	}
	return seal.NewSecret([]byte(b.String()))
}

func text(seed seal.Secret) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(seed.Reveal())
}

// escape percent-encodes everything but unreserved characters. A plus sign for a space
// is form encoding, which apps do not undo in a path.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func isLabel(s string) bool {
	return s != "" && len(s) <= 128 && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
