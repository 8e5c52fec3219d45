// Package validate holds the hard caps on what comes in and the few checks
// that every layer needs alike.
//
// The caps are enforced before any expensive work, so that nobody can buy a
// password hash or a normalisation with a megabyte of input. They are outer
// limits: the rules of names and addresses belong to package identity, those of
// passwords to factor/password.
//
//	if err := validate.Length(password, validate.MaxPassword); err != nil {
//		return err // 400 too_long
//	}
//	if !validate.Code(code, 6) {
//		return errMalformed
//	}
//
// Requirements: MID-070 and MID-071 as far as they concern these functions.
package validate

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Caps in bytes. A value of exactly the cap passes.
const (
	MaxPassword    = 1024
	MaxOTP         = 64
	MaxIdentifier  = 256
	MaxDisplayName = 256
	MaxEmail       = 254
	MaxURL         = 2048
	MaxCookie      = 4096
	MaxPathValue   = 1024
)

// ErrTooLong is the error of Length. The edge answers 400 too_long.
var ErrTooLong = errors.New("validate: value too long")

// Length returns ErrTooLong when s has more than limit bytes.
func Length(s string, limit int) error {
	if len(s) > limit {
		return ErrTooLong
	}
	return nil
}

// Printable reports whether s is text that may be shown and logged: UTF-8
// without control characters, line separators, U+FEFF or bidirectional
// controls, which make a name read as something that it is not.
func Printable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, c := range s {
		switch {
		case unicode.IsControl(c), c == 0xFEFF, c == 0x2028, c == 0x2029,
			c == 0x061C, c == 0x200E, c == 0x200F, c >= 0x202A && c <= 0x202E, c >= 0x2066 && c <= 0x2069:
			return false
		}
	}
	return true
}

// Code reports whether s is exactly n ASCII digits. Digits of other scripts
// are refused: they would compare unequal after a conversion that another
// layer may or may not do.
func Code(s string, n int) bool {
	if len(s) != n || n == 0 {
		return false
	}
	for i := range n {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Email reports whether s has the shape of an address: text without spaces
// around one @, a local part of at most 64 bytes, a domain with a dot inside.
// Whether mail arrives there only a mail can tell.
func Email(s string) bool {
	if len(s) > MaxEmail || !Printable(s) || strings.ContainsFunc(s, unicode.IsSpace) {
		return false
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || len(local) > 64 || strings.Contains(domain, "@") || !strings.Contains(domain, ".") {
		return false
	}
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}

// SecretEqual compares two secrets in a time that depends on neither their
// content nor on where they differ, also when their lengths differ.
func SecretEqual(a, b []byte) bool {
	x, y := sha256.Sum256(a), sha256.Sum256(b)
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
