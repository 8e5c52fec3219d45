package totp

import (
	"encoding/base32"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/axess-go/axess/seal"
)

// URI gives the provisioning URI that authenticator apps read:
//
//	otpauth://totp/{issuer}:{account}?secret=…&issuer=…&algorithm=…&digits=…&period=…
//
// Every parameter is always there: an app that finds no algorithm takes SHA-1
// (FAC-036). Issuer and account are 1 to 128 bytes of printable text, the issuer
// without a colon. The URI holds the seed, hence a [seal.Secret]: show it once,
// over an answer that is not stored, and keep it out of logs. Error: [ErrPolicy].
func (r Record) URI(issuer, account string) (seal.Secret, error) {
	if err := r.check(); err != nil {
		return seal.Secret{}, err
	}
	if !isLabel(issuer) || strings.Contains(issuer, ":") {
		return seal.Secret{}, fmt.Errorf("%w: issuer is empty, too long, not printable, or has a colon", ErrPolicy)
	}
	if !isLabel(account) {
		return seal.Secret{}, fmt.Errorf("%w: account is empty, too long or not printable", ErrPolicy)
	}
	var b strings.Builder
	b.WriteString("otpauth://totp/" + escape(issuer) + ":" + escape(account))
	b.WriteString("?secret=" + r.key())
	b.WriteString("&issuer=" + escape(issuer))
	b.WriteString("&algorithm=" + r.Algorithm.String())
	b.WriteString("&digits=" + strconv.Itoa(r.Digits))
	b.WriteString("&period=" + strconv.Itoa(r.Period))
	return seal.NewSecret([]byte(b.String())), nil
}

// Key gives the seed for typing: unpadded base32 in groups of four, with spaces
// between.
func (r Record) Key() seal.Secret {
	key := r.key()
	var b strings.Builder
	for i := 0; i < len(key); i += 4 {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(key[i:min(i+4, len(key))])
	}
	return seal.NewSecret([]byte(b.String()))
}

func (r Record) key() string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(r.Seed.Reveal())
}

// escape percent-encodes everything but unreserved characters. A plus sign for
// a space is form encoding, which apps do not undo in a path.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func isLabel(s string) bool {
	return s != "" && len(s) <= 128 && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
