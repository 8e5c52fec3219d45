package totp

import (
	"errors"
	"fmt"

	"github.com/axess-go/axess/internal/oath"
)

// Algorithm is the hash under the HMAC.
type Algorithm = oath.Algorithm

// The algorithms of RFC 6238 §1.2.
const (
	SHA1   = oath.SHA1
	SHA256 = oath.SHA256
	SHA512 = oath.SHA512
)

// MaxCredentials is how many authenticator apps one user may have (FAC-035).
const MaxCredentials = 5

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
	case p.Algorithm.SeedSize() == 0:
		return fmt.Errorf("%w: Algorithm is unknown", ErrPolicy)
	case p.Algorithm.IsBarred():
		return fmt.Errorf("%w: Algorithm is SHA1, which FIPS-only mode does not have", ErrPolicy)
	case p.Digits < oath.MinDigits || p.Digits > oath.MaxDigits:
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
		p.Algorithm = oath.Default()
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
