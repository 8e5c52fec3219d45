package blocklist

import (
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// label keeps these digests apart from any others of passwords.
const label = "axess/blocklist/v1\x00"

// fold is the form that is compared: NFKC, without regard to case.
func fold(password []byte) []byte {
	return norm.NFKC.Bytes(cases.Fold().Bytes(norm.NFKC.Bytes(password)))
}

// digest is the beginning of SHA-256 over the folded password. The copies that folding
// makes are wiped.
func digest(password []byte) uint64 {
	folded := fold(password)
	text := append(make([]byte, 0, len(label)+len(folded)), label...)
	text = append(text, folded...)
	sum := sha256.Sum256(text)
	clear(text)
	clear(folded)
	return binary.BigEndian.Uint64(sum[:8])
}
