package argon2

import "math/bits"

// permute is P of RFC 9106 §3.6 over a matrix of 4 × 4 words: BLAKE2b's mixing of its
// columns and then its diagonals, without message words and with a multiplication in
// each addition. The words of a row of a block are given in order, those of a column
// in pairs.
func permute(p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15 *uint64) {
	v0, v1, v2, v3 := *p0, *p1, *p2, *p3
	v4, v5, v6, v7 := *p4, *p5, *p6, *p7
	v8, v9, v10, v11 := *p8, *p9, *p10, *p11
	v12, v13, v14, v15 := *p12, *p13, *p14, *p15

	v0, v4, v8, v12 = mix(v0, v4, v8, v12, -32, -24)
	v1, v5, v9, v13 = mix(v1, v5, v9, v13, -32, -24)
	v2, v6, v10, v14 = mix(v2, v6, v10, v14, -32, -24)
	v3, v7, v11, v15 = mix(v3, v7, v11, v15, -32, -24)
	v0, v4, v8, v12 = mix(v0, v4, v8, v12, -16, -63)
	v1, v5, v9, v13 = mix(v1, v5, v9, v13, -16, -63)
	v2, v6, v10, v14 = mix(v2, v6, v10, v14, -16, -63)
	v3, v7, v11, v15 = mix(v3, v7, v11, v15, -16, -63)

	v0, v5, v10, v15 = mix(v0, v5, v10, v15, -32, -24)
	v1, v6, v11, v12 = mix(v1, v6, v11, v12, -32, -24)
	v2, v7, v8, v13 = mix(v2, v7, v8, v13, -32, -24)
	v3, v4, v9, v14 = mix(v3, v4, v9, v14, -32, -24)
	v0, v5, v10, v15 = mix(v0, v5, v10, v15, -16, -63)
	v1, v6, v11, v12 = mix(v1, v6, v11, v12, -16, -63)
	v2, v7, v8, v13 = mix(v2, v7, v8, v13, -16, -63)
	v3, v4, v9, v14 = mix(v3, v4, v9, v14, -16, -63)

	*p0, *p1, *p2, *p3 = v0, v1, v2, v3
	*p4, *p5, *p6, *p7 = v4, v5, v6, v7
	*p8, *p9, *p10, *p11 = v8, v9, v10, v11
	*p12, *p13, *p14, *p15 = v12, v13, v14, v15
}

// mix is one half of the mixing of four words; first and second are its rotations.
func mix(a, b, c, d uint64, first, second int) (uint64, uint64, uint64, uint64) {
	a += b + 2*uint64(uint32(a))*uint64(uint32(b))
	d = bits.RotateLeft64(d^a, first)
	c += d + 2*uint64(uint32(c))*uint64(uint32(d))
	b = bits.RotateLeft64(b^c, second)
	return a, b, c, d
}
