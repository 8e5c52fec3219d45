package argon2

// blockWords is the length of a block in 64-bit words: 1 KiB.
const blockWords = 128

// block is a matrix of 8 × 8 pairs of words, row by row.
type block [blockWords]uint64

// compressGeneric is the function G of RFC 9106 §3.5 in Go alone: dst becomes
// G(prev, ref), or what it was XOR that (in every pass after the first). It may be prev
// or ref as well. All four are blocks of a [Space]; scratch is left with part of the
// work in it.
func compressGeneric(dst, prev, ref, scratch *block, xor uint64) {
	for i := range scratch {
		r := prev[i] ^ ref[i]
		scratch[i] = r
		dst[i] = dst[i]&xor ^ r
	}
	for i := 0; i < blockWords; i += 16 {
		v := (*[16]uint64)(scratch[i:])
		permute(&v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7],
			&v[8], &v[9], &v[10], &v[11], &v[12], &v[13], &v[14], &v[15])
	}
	for i := 0; i < 16; i += 2 {
		v := (*[114]uint64)(scratch[i:])
		permute(&v[0], &v[1], &v[16], &v[17], &v[32], &v[33], &v[48], &v[49],
			&v[64], &v[65], &v[80], &v[81], &v[96], &v[97], &v[112], &v[113])
	}
	for i := range dst {
		dst[i] ^= scratch[i]
	}
}

// mask has all bits where a block is computed over what it was.
func mask(over bool) uint64 {
	if over {
		return 1<<64 - 1
	}
	return 0
}

// Blocks to compute before others get their turn, 70 µs of work or so where they were
// measured (135 ns a block with vectors, 520 ns without). That is what a thread that
// wakes up waits for, instead of the kernel's time slice. Where somebody else computes
// all the time each turn may cost the rest of a slice, so there are not more of them.
const (
	stretchVector  = 512
	stretchGeneric = 128
)
