package totp

import (
	"crypto/fips140"
	"errors"
	"fmt"
)

// Algorithm is the hash under the HMAC.
type Algorithm uint8

// The algorithms of RFC 6238 §1.2.
const (
	SHA1 Algorithm = iota + 1
	SHA256
	SHA512
)

// String gives the name used in provisioning URIs.
func (a Algorithm) String() string {
	switch a {
	case SHA1:
		return "SHA1"
	case SHA256:
		return "SHA256"
	case SHA512:
		return "SHA512"
	}
	return fmt.Sprintf("Algorithm(%d)", uint8(a))
}

// seedSize is the length of the algorithm's output, as RFC 6238 §5.1 advises.
func (a Algorithm) seedSize() int {
	switch a {
	case SHA1:
		return 20
	case SHA256:
		return 32
	case SHA512:
		return 64
	}
	return 0
}

// isBarred reports that the runtime refuses the algorithm: its HMAC would panic
// (FAC-038).
func (a Algorithm) isBarred() bool { return a == SHA1 && fips140.Enforced() }

// Sizes and numbers.
const (
	// MaxCredentials is how many authenticator apps one user may have (FAC-035).
	MaxCredentials = 5

	minSeed = 16 // RFC 4226 §4 R6
	maxSeed = 128
)

// ErrPolicy answers a [Policy] or enrolment that is refused; the text names the
// field.
var ErrPolicy = errors.New("totp: policy")

// Policy says how new credentials are made and how far clocks may differ. Zero
// fields stand for the default.
type Policy struct {
	// Algorithm zero is SHA1, or SHA256 where SHA-1 is not to be had (FIPS-only).
	Algorithm Algorithm
	Digits    int // 6 to 8; zero: 6
	// Period is 30 or 60 seconds; zero: 30. With 60 a code works longer than
	// ASVS 6.5.5 allows.
	Period int
	// Skew is how many steps before and after the present one are accepted, 1 or
	// 2; zero: 1.
	Skew int
}

// Validate refuses what FAC-030 and FAC-031 do not allow. Nothing is clamped:
// [Verify] under an invalid policy answers Misconfigured. Error: [ErrPolicy].
func (p Policy) Validate() error {
	p = p.filled()
	switch {
	case p.Algorithm.seedSize() == 0:
		return fmt.Errorf("%w: Algorithm is unknown", ErrPolicy)
	case p.Algorithm.isBarred():
		return fmt.Errorf("%w: Algorithm is SHA1, which FIPS-only mode does not have", ErrPolicy)
	case p.Digits < 6 || p.Digits > 8:
		return fmt.Errorf("%w: Digits is %d, 6 to 8", ErrPolicy, p.Digits)
	case p.Period != 30 && p.Period != 60:
		return fmt.Errorf("%w: Period is %d, 30 or 60", ErrPolicy, p.Period)
	case p.Skew < 1 || p.Skew > 2:
		return fmt.Errorf("%w: Skew is %d, 1 or 2", ErrPolicy, p.Skew)
	}
	return nil
}

// Complete is the policy with the defaults in the place of its zero fields.
func (p Policy) Complete() Policy { return p.filled() }

func (p Policy) filled() Policy {
	if p.Algorithm == 0 {
		p.Algorithm = SHA1
		if p.Algorithm.isBarred() {
			p.Algorithm = SHA256
		}
	}
	if p.Digits == 0 {
		p.Digits = 6
	}
	if p.Period == 0 {
		p.Period = 30
	}
	if p.Skew == 0 {
		p.Skew = 1
	}
	return p
}
