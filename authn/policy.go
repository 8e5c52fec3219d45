package authn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// The kinds of policies that a tenant, or one user, may set in the place of the
// program's (IDN-071).
const (
	PolicyDevice    identity.PolicyKind = "device"
	PolicyLockout   identity.PolicyKind = "lockout"
	PolicyPassword  identity.PolicyKind = "password"
	PolicySession   identity.PolicyKind = "session"
	PolicyStepUp    identity.PolicyKind = "step_up"
	PolicyTOTP      identity.PolicyKind = "totp"
	PolicyEnrolment identity.PolicyKind = "enrolment"
)

// Policy is one whole record: [DevicePolicy], [LockPolicy], [PasswordPolicy], [SessionPolicy],
// [StepUpPolicy], [TOTPPolicy] or [EnrolmentPolicy]. The set is closed.
//
//sumtype:decl
type Policy interface {
	Kind() identity.PolicyKind
	// Validate names the first field that no scope may have. Error: *FieldError.
	Validate() error
	// under is the record with every field that a floor forbids at the floor, and
	// the names of those fields.
	under(Floors) (Policy, []string)
}

type (
	// DevicePolicy says how far a device is trusted on which a sign-in needs no second
	// factor from who has one (AUN-106). It says nothing where no Devices are
	// configured.
	DevicePolicy struct {
		Enough DeviceTrust `json:"enough"` // DeviceUnknown: any
	}
	// PasswordPolicy judges passwords that are set from now on.
	PasswordPolicy struct {
		Min     int `json:"min"`               // code points, 8 to 64; below 15 only where no method takes a password alone
		History int `json:"history,omitempty"` // 0 to 24 earlier passwords that must not come again (FAC-023)
	}
	// StepUpPolicy says how fresh a factor has to be for a change of credentials.
	StepUpPolicy struct {
		MaxAge time.Duration `json:"max_age"` // 1 min to 1 h
	}
	// SessionPolicy bounds the live sessions of one person, from their next sign-in on.
	SessionPolicy struct {
		Max       int  `json:"max"`                  // 1 to session.HardSessionLimit
		RefuseNew bool `json:"refuse_new,omitempty"` // instead of ending the oldest
	}
	// TOTPPolicy is totp.Policy with every field set: Skew holds at every code, the
	// others for apps that are set up from now on.
	TOTPPolicy struct {
		Algorithm totp.Algorithm `json:"algorithm"`
		Digits    int            `json:"digits"`
		Period    int            `json:"period"`
		Skew      int            `json:"skew"`
	}
	// EnrolmentPolicy says who may set up, in the middle of a sign-in, the factor that
	// it asks for.
	EnrolmentPolicy struct {
		Inline InlineEnrolment `json:"inline"`
	}
)

// InlineEnrolment says who may set up a factor on the way in (AUN-032).
type InlineEnrolment string

// Who may.
const (
	// InlineFirst lets in who never had a credential that would pass the step, once
	// another factor of theirs was verified. Who had one, and has it no more, needs an
	// administrator ([Admin.ResetFactors]): else a password would be enough to come by
	// an account that was protected by more.
	InlineFirst InlineEnrolment = "first"
	// InlineNever lets nobody: the step can only fail.
	InlineNever InlineEnrolment = "never"
)

// Kind implements [Policy].
func (DevicePolicy) Kind() identity.PolicyKind { return PolicyDevice }

// Kind implements [Policy].
func (LockPolicy) Kind() identity.PolicyKind { return PolicyLockout }

// Kind implements [Policy].
func (PasswordPolicy) Kind() identity.PolicyKind { return PolicyPassword }

// Kind implements [Policy].
func (SessionPolicy) Kind() identity.PolicyKind { return PolicySession }

// Kind implements [Policy].
func (StepUpPolicy) Kind() identity.PolicyKind { return PolicyStepUp }

// Kind implements [Policy].
func (TOTPPolicy) Kind() identity.PolicyKind { return PolicyTOTP }

// Kind implements [Policy].
func (EnrolmentPolicy) Kind() identity.PolicyKind { return PolicyEnrolment }

// Validate implements [Policy].
func (p DevicePolicy) Validate() error {
	if p.Enough > DeviceTrusted {
		return fieldError("Enough", "must be DeviceUnknown, DeviceSeen or DeviceTrusted")
	}
	return nil
}

// Validate implements [Policy].
func (p PasswordPolicy) Validate() error {
	if p.Min == 0 || (password.Policy{Min: p.Min}).Validate() != nil {
		return fieldError("Min", "must be 8 to 64")
	}
	if (password.Policy{History: p.History}).Validate() != nil {
		return fieldError("History", "must be 0 to 24")
	}
	return nil
}

// Validate implements [Policy].
func (p StepUpPolicy) Validate() error {
	if p.MaxAge < time.Minute || p.MaxAge > time.Hour {
		return fieldError("MaxAge", "must be between 1 min and 1 h")
	}
	return nil
}

// Validate implements [Policy].
func (p SessionPolicy) Validate() error {
	if p.Max < 1 || p.Max > session.HardSessionLimit {
		return fieldError("Max", fmt.Sprintf("must be 1 to %d", session.HardSessionLimit))
	}
	return nil
}

// Validate implements [Policy].
func (p TOTPPolicy) Validate() error {
	if p.Algorithm == 0 || p.Digits == 0 || p.Period == 0 || p.Skew == 0 || totp.Policy(p).Validate() != nil {
		return fieldError("TOTP", "must have every field, each with a value that package totp takes")
	}
	return nil
}

// Validate implements [Policy].
func (p EnrolmentPolicy) Validate() error {
	if p.Inline != InlineFirst && p.Inline != InlineNever {
		return fieldError("Inline", "must be first or never")
	}
	return nil
}

// maxLockSpan bounds every duration of a stored lock: a lock for years is a
// suspension, which has a verb of its own.
const maxLockSpan = 31 * 24 * time.Hour

// storable is Validate with the bounds of a record that a tenant may set.
func storable(p Policy) error {
	if p == nil {
		return fieldError("Policy", "is required")
	}
	if err := p.Validate(); err != nil {
		return err
	}
	if l, ok := p.(LockPolicy); ok {
		switch {
		case l.Streak:
			return fieldError("Streak", "is for factors, not for people")
		case l.Threshold > 100: // 63B-4 §3.2.2
			return fieldError("Threshold", "must be at most 100")
		case l.Factor > 16:
			return fieldError("Factor", "must be at most 16")
		case max(l.Window, l.Lock, l.Cap, l.Decay) > maxLockSpan:
			return fieldError("Cap", "and every other time must be at most 31 d")
		}
	}
	return nil
}

// encodePolicy is the stored form: JSON with the fields in their order.
func encodePolicy(p Policy) ([]byte, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("authn: policy: %w", err)
	}
	return b, nil
}

// errForeignPolicy answers a kind that belongs to another package.
var errForeignPolicy = errors.New("authn: policy of another package")

// decodePolicy reads exactly what encodePolicy writes: an unknown, repeated or
// differently written field, or a value that could not have been saved, is
// store.ErrCorrupt. What is skipped or guessed at would weaken somebody.
func decodePolicy(kind identity.PolicyKind, body []byte) (Policy, error) {
	switch kind {
	case PolicyDevice:
		return decoded[DevicePolicy](body)
	case PolicyLockout:
		return decoded[LockPolicy](body)
	case PolicyPassword:
		return decoded[PasswordPolicy](body)
	case PolicySession:
		return decoded[SessionPolicy](body)
	case PolicyStepUp:
		return decoded[StepUpPolicy](body)
	case PolicyTOTP:
		return decoded[TOTPPolicy](body)
	case PolicyEnrolment:
		return decoded[EnrolmentPolicy](body)
	}
	return nil, errForeignPolicy
}

func decoded[P Policy](body []byte) (Policy, error) {
	var p P
	err := json.Unmarshal(body, &p)
	if err == nil {
		err = storable(p)
	}
	if err == nil {
		if again, failed := encodePolicy(p); failed != nil || !bytes.Equal(again, body) {
			err = errors.New("not in its one form")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("authn: %s policy: %w: %w", p.Kind(), store.ErrCorrupt, err)
	}
	return p, nil
}
