//go:build !amd64 || !gc || purego

package argon2

// compress is G of RFC 9106 §3.5; see compressGeneric.
func compress(dst, prev, ref, scratch *block, over bool) {
	compressGeneric(dst, prev, ref, scratch, mask(over))
}

func stretch() uint32 { return stretchGeneric }
