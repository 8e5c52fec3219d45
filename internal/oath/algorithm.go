package oath

import (
	"crypto/fips140"
	"crypto/sha1" // HMAC-SHA-1 is what the RFCs and every app use
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
)

// Algorithm is the hash under the HMAC.
type Algorithm uint8

// The algorithms of RFC 6238 §1.2. Their numbers are stored.
const (
	SHA1 Algorithm = iota + 1
	SHA256
	SHA512
)

// String gives the name used in provisioning URIs.
func (a Algorithm) String() string {
	switch a {
	case SHA1:
		return "SHA1"
	case SHA256:
		return "SHA256"
	case SHA512:
		return "SHA512"
	}
	return fmt.Sprintf("Algorithm(%d)", uint8(a))
}

// SeedSize is the length of the algorithm's output in bytes, as RFC 6238 §5.1 advises;
// zero for one that is not known.
func (a Algorithm) SeedSize() int {
	switch a {
	case SHA1:
		return sha1.Size
	case SHA256:
		return sha256.Size
	case SHA512:
		return sha512.Size
	}
	return 0
}

// IsBarred reports that the runtime refuses the algorithm: its HMAC would panic
// (FAC-038).
func (a Algorithm) IsBarred() bool { return a == SHA1 && fips140.Enforced() }

// Default is SHA1, or SHA256 where SHA-1 is not to be had.
func Default() Algorithm {
	if SHA1.IsBarred() {
		return SHA256
	}
	return SHA1
}

func (a Algorithm) new() func() hash.Hash {
	switch a {
	case SHA1:
	case SHA256:
		return sha256.New
	case SHA512:
		return sha512.New
	}
	return sha1.New // records are checked before: nothing else comes here
}
