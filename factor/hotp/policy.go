package hotp

import (
	"errors"
	"fmt"

	"github.com/axess-go/axess/internal/oath"
)

// Algorithm is the hash under the HMAC.
type Algorithm = oath.Algorithm

// The algorithms: RFC 4226 has SHA-1; some tokens have the others.
const (
	SHA1   = oath.SHA1
	SHA256 = oath.SHA256
	SHA512 = oath.SHA512
)

// Numbers of RFC 4226 §7.3 and §7.4.
const (
	// MaxFailures is how many wrong codes in a row put a token out of use until it is
	// brought back.
	MaxFailures = 5

	defaultAhead = 10
	maxAhead     = 50
	resyncAhead  = 100

	// maxCounter is where counters end: no token gets there.
	maxCounter = 1 << 63
)

// ErrPolicy answers a [Policy] or enrolment that is refused; the text names the field.
var ErrPolicy = errors.New("hotp: policy")

// Policy says how new credentials are made and how far a token may be ahead. Zero fields
// stand for the default.
type Policy struct {
	// Algorithm zero is SHA1, or SHA256 where SHA-1 is not to be had (FIPS-only).
	Algorithm Algorithm
	Digits    int // 6 to 8; zero: 6
	// Ahead is how many codes a token may have made that nobody typed in, 1 to 50; zero:
	// 10.
	Ahead int
}

// Validate refuses what FAC-040 does not allow. Nothing is clamped: [Verify] under an
// invalid policy answers Misconfigured. Error: [ErrPolicy].
func (p Policy) Validate() error {
	p = p.filled()
	switch {
	case p.Algorithm.SeedSize() == 0:
		return fmt.Errorf("%w: Algorithm is unknown", ErrPolicy)
	case p.Algorithm.IsBarred():
		return fmt.Errorf("%w: Algorithm is SHA1, which FIPS-only mode does not have", ErrPolicy)
	case p.Digits < oath.MinDigits || p.Digits > oath.MaxDigits:
		return fmt.Errorf("%w: Digits is %d, %d to %d", ErrPolicy, p.Digits, oath.MinDigits, oath.MaxDigits)
	case p.Ahead < 1 || p.Ahead > maxAhead:
		return fmt.Errorf("%w: Ahead is %d, 1 to %d", ErrPolicy, p.Ahead, maxAhead)
	}
	return nil
}

func (p Policy) filled() Policy {
	if p.Algorithm == 0 {
		p.Algorithm = oath.Default()
	}
	if p.Digits == 0 {
		p.Digits = oath.MinDigits
	}
	if p.Ahead == 0 {
		p.Ahead = defaultAhead
	}
	return p
}
