package comparehit

import (
	"bytes"
	"crypto/sha256"
	"reflect"
	"slices"
	"strings"
)

type MAC [32]byte

type row struct {
	Hash   []byte
	secret string
	tag    [16]byte
}

func token() string { return "" }

func compare(r row, expectedMAC, other []byte, a, b MAC, s, csrfToken string) {
	_ = bytes.Equal(expectedMAC, other)           // want `L05: bytes.Equal on expectedMAC: compare with hmac.Equal`
	_ = bytes.Equal(other[:4], r.Hash[:4])        // want `L05: bytes.Equal on Hash`
	_ = slices.Equal(other, r.Hash)               // want `L05: slices.Equal on Hash`
	_ = reflect.DeepEqual(r.tag, [16]byte{})      // want `L05: reflect.DeepEqual on tag`
	_ = a == b                                    // want `L05: == on MAC`
	_ = string(expectedMAC) != s                  // want `L05: != on expectedMAC`
	_ = s == r.secret                             // want `L05: == on secret`
	_ = csrfToken == s                            // want `L05: == on csrfToken`
	_ = token() == s                              // want `L05: == on token`
	_ = strings.EqualFold(s, csrfToken)           // want `L05: strings.EqualFold on csrfToken`
	_ = bytes.Equal(sha256.New().Sum(nil), other) // want `L05: bytes.Equal on hash.Hash.Sum`
	macBytes := other
	_ = bytes.Equal(macBytes, other) // want `L05: bytes.Equal on macBytes`
}
