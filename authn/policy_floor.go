package authn

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
)

// Floors are what no tenant and no user may go below, in the configuration of the
// program, so that nobody raises them by writing a row (IDN-072). Zero fields say
// nothing. What was stored before a floor was raised counts as the floor.
type Floors struct {
	MinDeviceTrust DeviceTrust      // of DevicePolicy
	MaxThreshold   int              // of LockPolicy: failures
	MinWindow      time.Duration    // of LockPolicy
	MinLock        time.Duration    // of LockPolicy: the first lock
	MinCap         time.Duration    // of LockPolicy: the longest
	MinDecay       time.Duration    // of LockPolicy
	MinPassword    int              // of PasswordPolicy: code points
	MinHistory     int              // of PasswordPolicy: earlier passwords
	MaxStepUpAge   time.Duration    // of StepUpPolicy
	MaxSessions    int              // of SessionPolicy
	MinTOTPDigits  int              // of TOTPPolicy
	MaxTOTPSkew    int              // of TOTPPolicy
	MaxTOTPPeriod  int              // of TOTPPolicy, seconds
	TOTPAlgorithms []totp.Algorithm // of TOTPPolicy: those that may be used; none: all
	// NoInlineEnrolment: of EnrolmentPolicy, nobody sets up a factor on the way in.
	NoInlineEnrolment bool
}

// ErrPolicyFloor is the class of [*PolicyFloorError].
var ErrPolicyFloor = errors.New("authn: below the floor of this program")

// PolicyFloorError names the policy and the field that a floor forbids.
type PolicyFloorError struct {
	Kind  identity.PolicyKind
	Field string
}

// Error implements error.
func (e *PolicyFloorError) Error() string {
	return fmt.Sprintf("%v: %s.%s", ErrPolicyFloor, e.Kind, e.Field)
}

// Unwrap returns the class.
func (e *PolicyFloorError) Unwrap() error { return ErrPolicyFloor }

// clamp collects what a floor forbids.
type clamp struct{ fields []string }

func least[N int | time.Duration](c *clamp, field string, n *N, floor N) {
	if floor > 0 && *n < floor {
		*n, c.fields = floor, append(c.fields, field)
	}
}

func most[N int | time.Duration](c *clamp, field string, n *N, floor N) {
	if floor > 0 && *n > floor {
		*n, c.fields = floor, append(c.fields, field)
	}
}

func (p DevicePolicy) under(f Floors) (Policy, []string) {
	if p.Enough >= f.MinDeviceTrust {
		return p, nil
	}
	return DevicePolicy{f.MinDeviceTrust}, []string{"enough"}
}

func (p LockPolicy) under(f Floors) (Policy, []string) {
	var c clamp
	most(&c, "threshold", &p.Threshold, f.MaxThreshold)
	least(&c, "window", &p.Window, f.MinWindow)
	least(&c, "lock", &p.Lock, f.MinLock)
	least(&c, "cap", &p.Cap, max(f.MinCap, f.MinLock))
	least(&c, "decay", &p.Decay, f.MinDecay)
	p.Cap = max(p.Cap, p.Lock)
	return p, c.fields
}

func (p PasswordPolicy) under(f Floors) (Policy, []string) {
	var c clamp
	least(&c, "min", &p.Min, f.MinPassword)
	least(&c, "history", &p.History, f.MinHistory)
	return p, c.fields
}

func (p StepUpPolicy) under(f Floors) (Policy, []string) {
	var c clamp
	most(&c, "max_age", &p.MaxAge, f.MaxStepUpAge)
	return p, c.fields
}

func (p SessionPolicy) under(f Floors) (Policy, []string) {
	var c clamp
	most(&c, "max", &p.Max, f.MaxSessions)
	return p, c.fields
}

func (p TOTPPolicy) under(f Floors) (Policy, []string) {
	var c clamp
	if len(f.TOTPAlgorithms) > 0 && !slices.Contains(f.TOTPAlgorithms, p.Algorithm) {
		p.Algorithm, c.fields = f.TOTPAlgorithms[0], append(c.fields, "algorithm")
	}
	least(&c, "digits", &p.Digits, f.MinTOTPDigits)
	most(&c, "period", &p.Period, f.MaxTOTPPeriod)
	most(&c, "skew", &p.Skew, f.MaxTOTPSkew)
	return p, c.fields
}

func (p EnrolmentPolicy) under(f Floors) (Policy, []string) {
	if f.NoInlineEnrolment && p.Inline != InlineNever {
		return EnrolmentPolicy{InlineNever}, []string{"inline"}
	}
	return p, nil
}

// allowed refuses a record that breaks a rule or a floor.
func (f Floors) allowed(p Policy) error {
	if err := storable(p); err != nil {
		return err
	}
	if _, broken := p.under(f); len(broken) > 0 {
		return &PolicyFloorError{p.Kind(), broken[0]}
	}
	return nil
}

// Check refuses floors that nobody can keep, and those that the program's own records
// are below: these are what everybody has who sets nothing. Error: *FieldError.
func (f Floors) Check(program ...Policy) error {
	tightest := []Policy{
		LockPolicy{Threshold: max(1, f.MaxThreshold), Window: max(1, f.MinWindow), Lock: max(1, f.MinLock), Factor: 1, Cap: max(1, f.MinCap, f.MinLock), Decay: max(1, f.MinDecay)},
		DevicePolicy{f.MinDeviceTrust},
		PasswordPolicy{max(f.MinPassword, 8), f.MinHistory},
		StepUpPolicy{or(f.MaxStepUpAge, time.Minute)},
		SessionPolicy{Max: or(f.MaxSessions, 1)},
	}
	for _, p := range tightest {
		if err := storable(p); err != nil {
			return prefixed("Floors."+string(p.Kind()), err)
		}
	}
	for _, a := range f.TOTPAlgorithms {
		if (totp.Policy{Algorithm: a}).Validate() != nil {
			return fieldError("Floors.TOTPAlgorithms", "has one that this program cannot use")
		}
	}
	if (totp.Policy{Digits: f.MinTOTPDigits, Skew: f.MaxTOTPSkew, Period: f.MaxTOTPPeriod}).Validate() != nil {
		return fieldError("Floors.TOTP", "cannot be kept")
	}
	for _, p := range program {
		if _, broken := p.under(f); len(broken) > 0 {
			return fieldError("Floors", fmt.Sprintf("are above the program's own %s.%s", p.Kind(), broken[0]))
		}
	}
	return nil
}

func or[N int | time.Duration](n, otherwise N) N {
	if n == 0 {
		return otherwise
	}
	return n
}
