// Package walk goes through the pages in a real browser, as a person would: from
// an empty server to an account with two factors and a session ended from
// another machine.
//
//	make walk
//	WALK_SHOTS=/tmp/shots go test ./walk
package walk

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// Code is what an authenticator app shows for a key as the page prints it, in
// groups of four (RFC 6238 with SHA-1, 30 s and six digits). It is written apart
// from the library's own, so that the two check each other.
func Code(key string, now time.Time) (string, error) {
	plain := strings.ToUpper(strings.Join(strings.Fields(key), ""))
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(plain)
	if err != nil {
		return "", fmt.Errorf("walk: key: %w", err)
	}
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(now.Unix()/30))
	mac := hmac.New(sha1.New, secret)
	mac.Write(counter[:]) // a hash does not fail
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	number := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	return fmt.Sprintf("%06d", number%1_000_000), nil
}
