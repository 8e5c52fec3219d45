package argon2_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	oracle "golang.org/x/crypto/argon2"

	"github.com/axess-go/axess/internal/argon2"
)

const limit = 64 << 10

// theirs computes a hash with the package of golang.org/x/crypto.
func theirs(p argon2.Params, in argon2.Input, size int) []byte {
	derive := oracle.IDKey
	if p.Type == argon2.I {
		derive = oracle.Key
	}
	return derive(in.Password, in.Salt, p.Passes, p.Memory, uint8(p.Lanes), uint32(size))
}

func same(t *testing.T, s *argon2.Space, p argon2.Params, in argon2.Input, size int) {
	t.Helper()
	out := make([]byte, size)
	if err := s.Derive(out, p, in); err != nil {
		t.Fatalf("%+v: %v", p, err)
	}
	if want := theirs(p, in, size); !bytes.Equal(out, want) {
		t.Fatalf("%+v, password of %d bytes, salt of %d:\n got %x\nwant %x", p, len(in.Password), len(in.Salt), out, want)
	}
}

// One Space for all of them, so that what a hash left behind would be seen in the next.
func TestDerive_gives_what_another_implementation_gives(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9106, 1))
	bytesOf := func(most int) []byte {
		b := make([]byte, r.IntN(most+1))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	s := argon2.NewSpace(limit)
	n := 3000
	if testing.Short() {
		n = 300
	}
	for range n {
		p := argon2.Params{Type: argon2.Type(1 + r.IntN(2)), Passes: 1 + r.Uint32N(4), Lanes: 1 + r.Uint32N(8)}
		p.Memory = 8*p.Lanes + r.Uint32N(20*p.Lanes) // mostly no multiple of 4 × Lanes
		same(t, s, p, argon2.Input{Password: bytesOf(150), Salt: bytesOf(70)}, 4+r.IntN(200))
	}
}

// Segments of more than 128 blocks need further addresses (RFC 9106 §3.4.1.2), and what
// is stored everywhere must verify.
func TestDerive_gives_what_another_implementation_gives_at_full_size(t *testing.T) {
	t.Parallel()
	s := argon2.NewSpace(limit)
	in := argon2.Input{Password: []byte("correct horse battery staple"), Salt: []byte("0123456789abcdef")}
	for _, p := range []argon2.Params{
		{Type: argon2.ID, Memory: 19456, Passes: 2, Lanes: 1},
		{Type: argon2.ID, Memory: 64 << 10, Passes: 3, Lanes: 4},
		{Type: argon2.ID, Memory: 4099, Passes: 1, Lanes: 2},
		{Type: argon2.I, Memory: 4099, Passes: 3, Lanes: 2},
		{Type: argon2.I, Memory: 2048, Passes: 1, Lanes: 1},
	} {
		same(t, s, p, in, 32)
	}
}

func FuzzDerive(f *testing.F) {
	f.Add([]byte("password"), []byte("somesalt"), true, uint16(0), uint8(0), uint8(0), uint16(28))
	f.Add([]byte(""), []byte(""), false, uint16(1200), uint8(1), uint8(2), uint16(61))
	s := argon2.NewSpace(limit)
	f.Fuzz(func(t *testing.T, password, salt []byte, id bool, memory uint16, passes, lanes uint8, size uint16) {
		p := argon2.Params{Type: argon2.I, Passes: 1 + uint32(passes%3), Lanes: 1 + uint32(lanes%16)}
		if id {
			p.Type = argon2.ID
		}
		p.Memory = 8*p.Lanes + uint32(memory%2048)
		same(t, s, p, argon2.Input{Password: password, Salt: salt}, 4+int(size%1024))
	})
}
