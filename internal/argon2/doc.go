// Package argon2 computes Argon2id and Argon2i (RFC 9106, version 1.3) in memory that is
// kept, wiped, and given way from.
//
// It is what package password hashes with, and for nothing else: it chooses no
// parameters, makes no salt and compares nothing.
//
//	space := argon2.NewSpace(19 << 10)                   // KiB at most
//	key := make([]byte, 32)
//	err := space.Derive(key, argon2.Params{Type: argon2.ID, Memory: 19 << 10, Passes: 2, Lanes: 1},
//		argon2.Input{Password: password, Salt: salt})
//
// There is golang.org/x/crypto/argon2, and this package gives what that gives, which its
// tests hold it to. Three things made it necessary:
//
//   - A hash is milliseconds of a processor without a wait. Whoever wakes up there
//     meanwhile waits for the kernel's time slice: reads of those who are signed in took
//     twenty times as long. So every 70 µs or so the computation gives way to
//     others, goroutines and threads, and a function that is one call cannot.
//   - The blocks of a hash hold what was made of a password. Here they are wiped before
//     Derive returns, as is everything else that can be reached; copies in registers and
//     on the stack cannot.
//   - A hash that leaves its memory to the collector makes it run once for each login.
//     A [Space] allocates nothing after its first hash.
//
// Lanes are computed one after the other: a hash takes one processor, so that who counts
// hashes counts processors, and four lanes take as long as one of the same memory.
//
// The function that takes the time, the compression of a block, is in assembly where
// there is AVX2 (amd64), else in Go; tests hold the two to each other. There is no third
// for amd64 without AVX2.
//
// Requirements: FAC-004, FAC-013 and FAC-015, as far as hashing goes.
package argon2
