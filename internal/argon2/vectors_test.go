package argon2

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// The vectors of RFC 9106 §5, with secret and associated data.
func TestDerive_gives_the_vectors_of_the_standard(t *testing.T) {
	t.Parallel()
	in := Input{
		Password: bytes.Repeat([]byte{1}, 32), Salt: bytes.Repeat([]byte{2}, 16),
		Secret: bytes.Repeat([]byte{3}, 8), Data: bytes.Repeat([]byte{4}, 12),
	}
	for _, c := range []struct {
		name string
		kind Type
		want string
	}{
		{"Argon2d", typeD, "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb"},
		{"Argon2i", I, "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8"},
		{"Argon2id", ID, "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out := make([]byte, 32)
			NewSpace(32).derive(out, Params{Type: c.kind, Memory: 32, Passes: 3, Lanes: 4}, in)
			if got := hex.EncodeToString(out); got != c.want {
				t.Errorf("got %s", got)
			}
		})
	}
}
