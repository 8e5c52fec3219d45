//go:build amd64 && gc && !purego

package argon2

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/cpu"
)

// alike compresses with both and compares, also where the result goes to one of the
// inputs, as it does for addresses.
func alike(t *testing.T, dst, prev, ref block, xor uint64) {
	t.Helper()
	var scratch block
	for name, into := range map[string]func(f func(dst, prev, ref, scratch *block, xor uint64), d, p, r block) block{
		"of its own": func(f func(dst, prev, ref, scratch *block, xor uint64), d, p, r block) block {
			f(&d, &p, &r, &scratch, xor)
			return d
		},
		"prev": func(f func(dst, prev, ref, scratch *block, xor uint64), _, p, r block) block {
			f(&p, &p, &r, &scratch, xor)
			return p
		},
		"ref": func(f func(dst, prev, ref, scratch *block, xor uint64), _, p, r block) block {
			f(&r, &p, &r, &scratch, xor)
			return r
		},
	} {
		if into(compressAVX2, dst, prev, ref) != into(compressGeneric, dst, prev, ref) {
			t.Fatalf("with vectors another block, into %s, mask %x", name, xor)
		}
	}
}

func needVectors(t testing.TB) {
	t.Helper()
	if !cpu.X86.HasAVX2 {
		t.Skip("not applicable: this processor has no AVX2")
	}
}

func TestCompress_gives_the_same_block_with_vectors_and_without(t *testing.T) {
	t.Parallel()
	needVectors(t)
	r := rand.New(rand.NewPCG(9106, 2))
	random := func() (b block) {
		for i := range b {
			b[i] = r.Uint64()
		}
		return b
	}
	ones := block{}
	for i := range ones {
		ones[i] = 1<<64 - 1
	}
	alike(t, block{}, ones, block{}, mask(false))
	alike(t, ones, ones, block{1}, mask(true))
	for range 2000 {
		alike(t, random(), random(), random(), mask(r.IntN(2) == 0))
	}
	for word := range blockWords { // one bit at a time: no word is forgotten or moved
		var b block
		b[word] = 1 << (word % 64)
		alike(t, block{}, b, block{}, mask(false))
	}
}

func FuzzCompress(f *testing.F) {
	needVectors(f)
	f.Add([]byte{1}, false)
	f.Add(make([]byte, 3*1024), true)
	f.Fuzz(func(t *testing.T, words []byte, over bool) {
		var b [3]block
		for i := 0; len(words) >= 8 && i < len(b)*blockWords; i++ {
			b[i/blockWords][i%blockWords] = binary.LittleEndian.Uint64(words)
			words = words[8:]
		}
		alike(t, b[0], b[1], b[2], mask(over))
	})
}
