package session

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/axess-go/axess/seal"
)

var t0 = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// testKey is a public key that every reader can compute: for tests alone.
func testKey(name string, s seal.State) seal.Key {
	m := sha256.Sum256([]byte("axess public test key: " + name))
	k := seal.Key{Master: seal.NewSecret(m[:]), State: s, Created: t0}
	return k
}

func testRing(t testing.TB, p seal.Purpose, keys ...seal.Key) *seal.Ring {
	t.Helper()
	r, err := seal.NewRing(p, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// hexBytes is a byte string in the vectors.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(b []byte) error {
	d, err := hex.DecodeString(string(b))
	*h = d
	return err
}

func (h hexBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }
