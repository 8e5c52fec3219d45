package seal

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
)

// Equal compares two tags or digests in a time that does not depend on where
// they differ. Slices of different length are unequal.
func Equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// Digest is SHA-256 over use and the parts, one after the other. Parts of
// varying length must be framed by the caller, see [AppendFields]. No
// allocation up to 256 bytes.
func Digest(use DigestUse, parts ...[]byte) [32]byte {
	// Copied into a buffer of our own: handing the parts to a hash would move
	// every caller's stack buffer to the heap.
	var small [256]byte
	buf := append(small[:0], use...)
	for _, p := range parts {
		buf = append(buf, p...)
	}
	d := sha256.Sum256(buf)
	clear(buf)
	return d
}

// AppendFields appends prefix and then each part behind its length as 4 bytes,
// most significant first. Two different lists of parts never give the same
// bytes, so it is the form for associated data and for messages of more than
// one part.
func AppendFields(dst []byte, prefix Prefix, parts ...[]byte) []byte {
	dst = append(dst, prefix...)
	for _, p := range parts {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(p)))
		dst = append(dst, p...)
	}
	return dst
}
