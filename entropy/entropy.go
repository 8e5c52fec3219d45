// Package entropy is the only source of randomness.
//
// Every constructor that needs random bytes takes a [Source], so that a
// simulated run can be repeated from a seed. Outside this package and seal
// nothing draws from crypto/rand or math/rand.
//
//	src := entropy.System()
//	id := entropy.Bytes16(src)
//	wait := base + time.Duration(entropy.Int64n(src, int64(jitter)))
//
// It is not for nonces of sealed data: those come from the platform inside
// package seal, whatever source is injected (CRY-010), because a seed used twice
// would repeat them.
//
// Requirements: none of its own; it serves SIM-010.
package entropy

import (
	"crypto/rand"
	"encoding/binary"
	"io"
)

// Source gives random bytes. Implementations are safe for concurrent use.
type Source interface {
	// Fill overwrites all of p. It cannot fail.
	Fill(p []byte)
}

// System returns the platform's cryptographic generator.
func System() Source { return system{} }

type system struct{}

// Fill relies on crypto/rand.Read never returning an error: it ends the process
// when the platform has no randomness to give.
func (system) Fill(p []byte) { _, _ = rand.Read(p) }

// Bytes16 draws 128 bits.
func Bytes16(src Source) (b [16]byte) {
	src.Fill(b[:])
	return b
}

// Bytes32 draws 256 bits.
func Bytes32(src Source) (b [32]byte) {
	src.Fill(b[:])
	return b
}

// Uint64 draws 64 bits.
func Uint64(src Source) uint64 {
	var b [8]byte
	src.Fill(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

// Int64n draws from 0 to n-1 without bias. It panics if n is not positive.
func Int64n(src Source, n int64) int64 {
	if n <= 0 {
		panic("entropy: Int64n needs a positive bound")
	}
	// The values below 2^64 mod n are drawn again: what is left is a whole
	// number of n-sized blocks.
	u := uint64(n)
	skip := -u % u
	for {
		if x := Uint64(src); x >= skip {
			return int64(x % u)
		}
	}
}

// Reader adapts src for functions that want an io.Reader. It never fails and
// never reads short.
func Reader(src Source) io.Reader { return reader{src} }

type reader struct{ src Source }

func (r reader) Read(p []byte) (int, error) {
	r.src.Fill(p)
	return len(p), nil
}
