//go:build amd64 && gc && !purego

package argon2

import "golang.org/x/sys/cpu"

// compress is G of RFC 9106 §3.5; see compressGeneric.
func compress(dst, prev, ref, scratch *block, over bool) {
	if cpu.X86.HasAVX2 { // and the system keeps the registers
		compressAVX2(dst, prev, ref, scratch, mask(over))
		return
	}
	compressGeneric(dst, prev, ref, scratch, mask(over))
}

func stretch() uint32 {
	if cpu.X86.HasAVX2 {
		return stretchVector
	}
	return stretchGeneric
}

// compressAVX2 is compressGeneric with 256-bit vectors.
//
//go:noescape
func compressAVX2(dst, prev, ref, scratch *block, xor uint64)
