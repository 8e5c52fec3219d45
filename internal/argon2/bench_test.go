package argon2_test

import (
	"testing"

	oracle "golang.org/x/crypto/argon2"

	"github.com/axess-go/axess/internal/argon2"
)

func BenchmarkDerive(b *testing.B) {
	b.ReportAllocs()
	s, out := argon2.NewSpace(limit), make([]byte, 32)
	in := argon2.Input{Password: []byte("password"), Salt: []byte("0123456789abcdef")}
	for b.Loop() {
		if err := s.Derive(out, argon2.Params{Type: argon2.ID, Memory: 19456, Passes: 2, Lanes: 1}, in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIDKey(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		oracle.IDKey([]byte("password"), []byte("0123456789abcdef"), 2, 19456, 1, 32)
	}
}
