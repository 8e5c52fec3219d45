package axesstest

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 as authenticator apps compute it
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// codePeriod is how long an app shows a code.
const codePeriod = 30 * time.Second

// TOTP is what an authenticator app shows at a time for a key as pages print it,
// in base32, with or without spaces (RFC 6238 with SHA-1, 30 s and six digits). It
// is computed apart from the product, so that the two check each other. The error
// is about the key.
func TOTP(key string, at time.Time) (string, error) {
	seed, err := seedOf(key)
	if err != nil {
		return "", fmt.Errorf("axesstest: key of an authenticator app: %w", err)
	}
	return totp(seed, stepAt(at)), nil
}

func seedOf(key string) ([]byte, error) {
	plain := strings.ToUpper(strings.Join(strings.Fields(key), ""))
	return base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(plain)
}

// stepAt is the time step of a moment (RFC 6238 §4.2).
func stepAt(at time.Time) int64 { return at.Unix() / int64(codePeriod/time.Second) }

func totp(seed []byte, step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	mac := hmac.New(sha1.New, seed)
	mac.Write(counter[:]) // a hash does not fail
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff)%1_000_000)
}
