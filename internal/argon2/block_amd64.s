//go:build amd64 && gc && !purego

#include "textflag.h"

// The permutation P works on a matrix of 4 × 4 words
//
//	v0  v1  v2  v3     a
//	v4  v5  v6  v7     b
//	v8  v9  v10 v11    c
//	v12 v13 v14 v15    d
//
// first on its columns, then on its diagonals. Both passes below do two matrices at a
// time, with eight vectors of four words for them: a0 b0 c0 d0 and a1 b1 c1 d1.
//
// Registers: Y0 to Y7 the two matrices, Y12 and Y13 the masks of the rotations, the
// others temporary. Y15 and R14, which Go uses itself, are not touched.

// Rotations right by 24 and by 16 bits as orders of bytes, the same in both halves of a
// vector.
DATA rotate24<>+0(SB)/8, $0x0201000706050403
DATA rotate24<>+8(SB)/8, $0x0a09080f0e0d0c0b
GLOBL rotate24<>(SB), RODATA|NOPTR, $16
DATA rotate16<>+0(SB)/8, $0x0100070605040302
DATA rotate16<>+8(SB)/8, $0x09080f0e0d0c0b0a
GLOBL rotate16<>(SB), RODATA|NOPTR, $16

// x += y + 2·lo(x)·lo(y), in two pairs at once; t0 and t1 are lost.
#define ADD2(x0, y0, t0, x1, y1, t1) \
	VPMULUDQ x0, y0, t0; \
	VPMULUDQ x1, y1, t1; \
	VPADDQ   y0, x0, x0; \
	VPADDQ   y1, x1, x1; \
	VPADDQ   t0, t0, t0; \
	VPADDQ   t1, t1, t1; \
	VPADDQ   t0, x0, x0; \
	VPADDQ   t1, x1, x1

// The mixing of four words, in each of the four places of two matrices.
#define MIX2(a0, b0, c0, d0, t0, a1, b1, c1, d1, t1) \
	ADD2(a0, b0, t0, a1, b1, t1); \
	VPXOR   a0, d0, d0;    \
	VPXOR   a1, d1, d1;    \
	VPSHUFD $0xB1, d0, d0; \ // by 32: the halves of each word change places
	VPSHUFD $0xB1, d1, d1; \
	ADD2(c0, d0, t0, c1, d1, t1); \
	VPXOR   c0, b0, b0;    \
	VPXOR   c1, b1, b1;    \
	VPSHUFB Y12, b0, b0;   \ // by 24
	VPSHUFB Y12, b1, b1;   \
	ADD2(a0, b0, t0, a1, b1, t1); \
	VPXOR   a0, d0, d0;    \
	VPXOR   a1, d1, d1;    \
	VPSHUFB Y13, d0, d0;   \ // by 16
	VPSHUFB Y13, d1, d1;   \
	ADD2(c0, d0, t0, c1, d1, t1); \
	VPXOR   c0, b0, b0;    \
	VPXOR   c1, b1, b1;    \
	VPADDQ  b0, b0, t0;    \ // by 63, which is left by one
	VPADDQ  b1, b1, t1;    \
	VPSRLQ  $63, b0, b0;   \
	VPSRLQ  $63, b1, b1;   \
	VPXOR   t0, b0, b0;    \
	VPXOR   t1, b1, b1

// x, the words at off of the two blocks, XOR each other.
#define LOAD(off, x) \
	VMOVDQU off(SI), x; \
	VPXOR   off(DX), x, x

// The words at off of dst become x, or x XOR what they were.
#define KEEP(off, x) \
	VMOVDQU x, off(DI)
#define KEEPOVER(off, x) \
	VPXOR   off(DI), x, Y8; \
	VMOVDQU Y8, off(DI)

// The words at off of dst become themselves XOR x.
#define ADDTO(off, x) \
	VPXOR   off(DI), x, x; \
	VMOVDQU x, off(DI)

// func compressAVX2(dst, prev, ref, scratch *block, xor uint64)
TEXT ·compressAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ prev+8(FP), SI
	MOVQ ref+16(FP), DX
	MOVQ scratch+24(FP), BX
	MOVQ xor+32(FP), R8
	VBROADCASTI128 rotate24<>(SB), Y12
	VBROADCASTI128 rotate16<>(SB), Y13

	// Rows. Each row of a block is a matrix, and a vector is a row of the matrix: a is
	// v0 to v3. What the block is XORed with at the end waits in dst: it is
	// prev XOR ref, or that XOR what dst was.
	MOVQ $4, CX

rows:
	LOAD(0, Y0)
	LOAD(32, Y1)
	LOAD(64, Y2)
	LOAD(96, Y3)
	LOAD(128, Y4)
	LOAD(160, Y5)
	LOAD(192, Y6)
	LOAD(224, Y7)
	TESTQ R8, R8
	JNZ   over
	KEEP(0, Y0)
	KEEP(32, Y1)
	KEEP(64, Y2)
	KEEP(96, Y3)
	KEEP(128, Y4)
	KEEP(160, Y5)
	KEEP(192, Y6)
	KEEP(224, Y7)
	JMP  mixrows

over:
	KEEPOVER(0, Y0)
	KEEPOVER(32, Y1)
	KEEPOVER(64, Y2)
	KEEPOVER(96, Y3)
	KEEPOVER(128, Y4)
	KEEPOVER(160, Y5)
	KEEPOVER(192, Y6)
	KEEPOVER(224, Y7)

mixrows:
	MIX2(Y0, Y1, Y2, Y3, Y8, Y4, Y5, Y6, Y7, Y9)

	// Diagonals become columns: b turns left by one word, c by two, d by three.
	VPERMQ $0x39, Y1, Y1
	VPERMQ $0x39, Y5, Y5
	VPERMQ $0x4E, Y2, Y2
	VPERMQ $0x4E, Y6, Y6
	VPERMQ $0x93, Y3, Y3
	VPERMQ $0x93, Y7, Y7
	MIX2(Y0, Y1, Y2, Y3, Y8, Y4, Y5, Y6, Y7, Y9)

	// And back: right by as many.
	VPERMQ $0x93, Y1, Y1
	VPERMQ $0x93, Y5, Y5
	VPERMQ $0x4E, Y2, Y2
	VPERMQ $0x4E, Y6, Y6
	VPERMQ $0x39, Y3, Y3
	VPERMQ $0x39, Y7, Y7

	VMOVDQU Y0, 0(BX)
	VMOVDQU Y1, 32(BX)
	VMOVDQU Y2, 64(BX)
	VMOVDQU Y3, 96(BX)
	VMOVDQU Y4, 128(BX)
	VMOVDQU Y5, 160(BX)
	VMOVDQU Y6, 192(BX)
	VMOVDQU Y7, 224(BX)
	ADDQ $256, SI
	ADDQ $256, DX
	ADDQ $256, DI
	ADDQ $256, BX
	DECQ CX
	JNZ  rows

	// Columns. A column of pairs of words is a matrix: its pair in row 0 of the block is
	// v0 v1, in row 1 it is v2 v3, and so on. A vector holds the pairs of two
	// neighbouring columns, one in each half, so that a matrix is in one half of eight
	// vectors:
	//
	//	Y0 v0 v1    Y2 v4 v5    Y4 v8  v9     Y6 v12 v13
	//	Y1 v2 v3    Y3 v6 v7    Y5 v10 v11    Y7 v14 v15
	SUBQ $1024, DI
	SUBQ $1024, BX
	MOVQ $4, CX

columns:
	VMOVDQU 0(BX), Y0
	VMOVDQU 128(BX), Y1
	VMOVDQU 256(BX), Y2
	VMOVDQU 384(BX), Y3
	VMOVDQU 512(BX), Y4
	VMOVDQU 640(BX), Y5
	VMOVDQU 768(BX), Y6
	VMOVDQU 896(BX), Y7
	MIX2(Y0, Y2, Y4, Y6, Y8, Y1, Y3, Y5, Y7, Y9)

	// Diagonals: beside v0 v1 come v5 v6, v10 v11 and v15 v12, beside v2 v3 come
	// v7 v4, v8 v9 and v13 v14. c needs no move, only the other register.
	VPALIGNR $8, Y2, Y3, Y8  // v5 v6
	VPALIGNR $8, Y3, Y2, Y9  // v7 v4
	VPALIGNR $8, Y7, Y6, Y10 // v15 v12
	VPALIGNR $8, Y6, Y7, Y11 // v13 v14
	MIX2(Y0, Y8, Y5, Y10, Y2, Y1, Y9, Y4, Y11, Y3)

	// And back.
	VPALIGNR $8, Y9, Y8, Y2   // v4 v5
	VPALIGNR $8, Y8, Y9, Y3   // v6 v7
	VPALIGNR $8, Y10, Y11, Y6 // v12 v13
	VPALIGNR $8, Y11, Y10, Y7 // v14 v15

	ADDTO(0, Y0)
	ADDTO(128, Y1)
	ADDTO(256, Y2)
	ADDTO(384, Y3)
	ADDTO(512, Y4)
	ADDTO(640, Y5)
	ADDTO(768, Y6)
	ADDTO(896, Y7)
	ADDQ $32, DI
	ADDQ $32, BX
	DECQ CX
	JNZ  columns

	VZEROUPPER
	RET
