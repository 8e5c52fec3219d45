package password

import (
	"errors"
	"fmt"
)

// ErrWeakParams answers parameters below what this library stores passwords with.
var ErrWeakParams = errors.New("password: parameters below the floor")

// ErrParams answers parameters above what a record may hold.
var ErrParams = errors.New("password: parameters out of bounds")

type algorithm uint8

const (
	argon2id algorithm = iota + 1
	pbkdf2SHA256
	pbkdf2SHA512
)

// Bounds of what a record may ask for. They are checked before anything is
// allocated: a record is input too (FAC-011).
const (
	maxMemory     = 256 << 10 // KiB
	maxPasses     = 16
	maxThreads    = 16
	maxIterations = 4_000_000
	minSalt       = 8
	maxSalt       = 64
	minDigest     = 16
	maxDigest     = 64

	saltSize = 16
)

// The floors (FAC-012, FAC-016; OWASP password storage, 2025).
const (
	leanMemory      = 19456 // KiB
	leanPasses      = 2
	floorIterSHA256 = 600_000
	floorIterSHA512 = 210_000
)

// Params says how a password is hashed. The zero Params stand for [Lean].
// Params are comparable.
type Params struct {
	alg     algorithm
	memory  uint32 // KiB, Argon2id
	passes  uint32 // Argon2id passes, or PBKDF2 iterations
	threads uint8  // Argon2id
}

// Lean is Argon2id with 19 MiB, two passes, one lane: the default, and the floor.
func Lean() Params { return Params{argon2id, leanMemory, leanPasses, 1} }

// Strong is Argon2id with 64 MiB, three passes, four lanes: the default of the
// Regulated profile.
func Strong() Params { return Params{argon2id, 64 << 10, 3, 4} }

// FIPS is PBKDF2 with HMAC-SHA-512 and 210,000 iterations, for programs that may
// use approved primitives only.
func FIPS() Params { return Params{alg: pbkdf2SHA512, passes: floorIterSHA512} }

// Argon2id gives parameters of its own. Errors: [ErrWeakParams] below [Lean],
// [ErrParams] above 256 MiB, 16 passes or 16 lanes.
func Argon2id(memoryKiB, passes uint32, threads uint8) (Params, error) {
	p := Params{argon2id, memoryKiB, passes, threads}
	if memoryKiB < leanMemory || passes < leanPasses || threads < 1 {
		return Params{}, fmt.Errorf("%w: m=%d,t=%d,p=%d", ErrWeakParams, memoryKiB, passes, threads)
	}
	return p, p.bounds()
}

// PBKDF2SHA256 gives PBKDF2 with HMAC-SHA-256, at least 600,000 iterations.
func PBKDF2SHA256(iterations uint32) (Params, error) {
	p := Params{alg: pbkdf2SHA256, passes: iterations}
	if iterations < floorIterSHA256 {
		return Params{}, fmt.Errorf("%w: i=%d", ErrWeakParams, iterations)
	}
	return p, p.bounds()
}

// PBKDF2SHA512 gives PBKDF2 with HMAC-SHA-512, at least 210,000 iterations.
func PBKDF2SHA512(iterations uint32) (Params, error) {
	p := Params{alg: pbkdf2SHA512, passes: iterations}
	if iterations < floorIterSHA512 {
		return Params{}, fmt.Errorf("%w: i=%d", ErrWeakParams, iterations)
	}
	return p, p.bounds()
}

// InsecureCheap is Argon2id at the least the function can do: for tests and
// simulation, where a thousand sign-ins must not take a minute. Passwords stored
// so can be guessed from a stolen table.
func InsecureCheap() Params { return Params{argon2id, 8, 1, 1} }

// bounds checks what Argon2id and PBKDF2 can do and what a record may ask for.
func (p Params) bounds() error {
	ok := false
	switch p.alg {
	case argon2id:
		ok = p.threads >= 1 && p.threads <= maxThreads &&
			p.passes >= 1 && p.passes <= maxPasses &&
			p.memory >= 8*uint32(p.threads) && p.memory <= maxMemory // RFC 9106 §3.1
	case pbkdf2SHA256, pbkdf2SHA512:
		ok = p.passes >= 1 && p.passes <= maxIterations
	}
	if !ok {
		return ErrParams
	}
	return nil
}

func (p Params) digestSize() int {
	if p.alg == pbkdf2SHA512 {
		return 64
	}
	return 32
}

// String prints the parameters as a record does, without salt and hash.
func (p Params) String() string {
	switch p.alg {
	case argon2id:
		return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d", p.memory, p.passes, p.threads)
	case pbkdf2SHA256:
		return fmt.Sprintf("$pbkdf2-sha256$i=%d", p.passes)
	case pbkdf2SHA512:
		return fmt.Sprintf("$pbkdf2-sha512$i=%d", p.passes)
	}
	return "$default"
}
