package emailotp

import (
	"errors"
	"fmt"
	"time"
)

// Bounds of a [Policy] (FAC-060; SP 800-63B-4 §3.1.3.2, ASVS 6.5.5).
const (
	MinDigits = 6
	MaxDigits = 10
	MinLife   = time.Minute
	MaxLife   = 10 * time.Minute

	defaultDigits = 8
	defaultLife   = 5 * time.Minute
)

// ErrPolicy answers a [Policy] that is refused; the text names the field.
var ErrPolicy = errors.New("emailotp: policy")

// Policy says what a code looks like and how long it is good. Zero fields stand for the
// default.
type Policy struct {
	Digits int           // 6 to 10; zero: 8
	Life   time.Duration // 1 to 10 minutes; zero: 5
}

// Validate refuses what is out of bounds; nothing is clamped. Error: [ErrPolicy].
func (p Policy) Validate() error {
	p = p.filled()
	switch {
	case p.Digits < MinDigits || p.Digits > MaxDigits:
		return fmt.Errorf("%w: Digits is %d, %d to %d", ErrPolicy, p.Digits, MinDigits, MaxDigits)
	case p.Life < MinLife || p.Life > MaxLife:
		return fmt.Errorf("%w: Life is %s, %s to %s", ErrPolicy, p.Life, MinLife, MaxLife)
	}
	return nil
}

func (p Policy) filled() Policy {
	if p.Digits == 0 {
		p.Digits = defaultDigits
	}
	if p.Life == 0 {
		p.Life = defaultLife
	}
	return p
}
