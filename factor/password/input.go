package password

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/axess-go/axess/seal"
)

// MaxBytes is the longest password in bytes after normalisation. It is the same
// for everybody and every verb, so that no password that was accepted once is
// ever refused for its length.
const MaxBytes = 1024

// maxTyped bounds the bytes as typed, before any work on them. Composed
// characters take up to three times as many bytes when typed in pieces.
const maxTyped = 4 * MaxBytes

// ErrInput answers a password that no record can be made of: empty, too long,
// not UTF-8, or with a NUL.
var ErrInput = errors.New("password: input not usable")

// normalise gives the NFC form (SP 800-63B-4 §3.1.1.2, RFC 8265 OpaqueString) in
// a buffer of its own that the caller clears. Nothing else is changed.
func normalise(secret seal.Secret) ([]byte, error) {
	typed := secret.Reveal()
	if len(typed) == 0 || len(typed) > maxTyped || !utf8.Valid(typed) || bytes.IndexByte(typed, 0) >= 0 {
		return nil, ErrInput
	}
	// With room for the longest result, so that no grown buffer leaves a copy.
	nfc := norm.NFC.Append(make([]byte, 0, 3*len(typed)), typed...)
	if len(nfc) > MaxBytes {
		clear(nfc)
		return nil, ErrInput
	}
	return nfc, nil
}
