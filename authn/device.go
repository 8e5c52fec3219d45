package authn

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/session"
)

// DeviceTrust says how well a device is known. The set is closed; the zero value
// trusts nothing.
type DeviceTrust uint8

// The levels (DEV-002).
const (
	DeviceUnknown DeviceTrust = iota
	DeviceSeen                // somebody has signed in on it before
	DeviceTrusted             // somebody has said that it is theirs
	DeviceRevoked             // it was taken back: as good as unknown
)

var deviceTrusts = [...]string{"unknown", "seen", "trusted", "revoked"}

// String is the level as it is stored; empty for none of the set.
func (d DeviceTrust) String() string {
	if int(d) >= len(deviceTrusts) {
		return ""
	}
	return deviceTrusts[d]
}

// MarshalText implements [encoding.TextMarshaler].
func (d DeviceTrust) MarshalText() ([]byte, error) {
	if d.String() == "" {
		return nil, fieldError("DeviceTrust", "is none of the levels")
	}
	return []byte(d.String()), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler]. Any other text is an error
// and never a default (DEV-002).
func (d *DeviceTrust) UnmarshalText(text []byte) error {
	at := slices.Index(deviceTrusts[:], string(text))
	if at < 0 {
		return fieldError("DeviceTrust", "is none of the levels")
	}
	*d = DeviceTrust(at) //nolint:gosec // an index of four
	return nil
}

// Devices says how far a device is trusted with somebody: the port behind which
// devices are kept. It is asked when a sign-in or a step-up is about to be granted,
// and never before a factor has passed, so that it tells nobody apart.
//
// It has a quarter of a second; an error, or a level that is none of the set, counts
// as [DeviceUnknown].
type Devices interface {
	// DeviceTrust is asked about the device that session.Config.Device recognized in
	// the request, in the tenant of s. A device that is not known there, or belongs to
	// somebody else, is DeviceUnknown and no error.
	DeviceTrust(ctx context.Context, s identity.Subject, d identity.DeviceID) (DeviceTrust, error)
}

// deviceTime bounds the question, as package session bounds its own.
const deviceTime = 250 * time.Millisecond

// trustOf is how far the device of a request is trusted. A revoked one loses its
// cookie and is then unknown (AUN-106).
func (s *Service) trustOf(ctx context.Context, sess *session.Session, sub identity.Subject) DeviceTrust {
	id := sess.Device()
	if s.devices == nil || id.IsZero() {
		return DeviceUnknown
	}
	trust, err := s.askDevices(ctx, sub, id)
	switch {
	case err == nil && trust == DeviceRevoked:
		sess.ForgetDevice()
	case err == nil && trust <= DeviceTrusted:
		return trust
	case err == nil:
		err = fieldError("DeviceTrust", "is none of the levels")
		fallthrough
	default:
		// Whoever can keep the answer away gains nothing by it.
		s.alarm(ctx, alarmDevices, err)
	}
	return DeviceUnknown
}

// askDevices waits for the answer and no longer than deviceTime: devices that do not
// look at their context go on in a task of their own.
func (s *Service) askDevices(ctx context.Context, sub identity.Subject, id identity.DeviceID) (DeviceTrust, error) {
	ctx, cancel := clock.WithTimeout(ctx, s.clock, deviceTime)
	defer cancel()
	var trust DeviceTrust
	task := sched.Of(s.clock).Go(ctx, "authn.device", func(ctx context.Context) (err error) {
		trust, err = s.devices.DeviceTrust(ctx, sub, id)
		return err
	})
	if err := task.Wait(ctx); err != nil {
		return DeviceUnknown, fmt.Errorf("authn: devices: %w", err)
	}
	return trust, nil
}

// answersDevice reports evidence that makes up for a device that is not trusted
// enough: possession was proved.
func answersDevice(evidence []identity.Evidence) bool {
	return slices.ContainsFunc(evidence, func(e identity.Evidence) bool { return e.Class&identity.Possession != 0 })
}

// deviceStep is the step that a device demands of a login which has passed all its
// own (AUN-106); none where the device is trusted enough, where a second factor was
// among them, and for who has nothing that answers. These come in as before: at a
// sign-in the other answer would be to lock them out, of all people those who have
// set up nothing yet, and a tenant that wants that asks for it by its methods, which
// also lets them enrol on the way (AUN-032). Whoever steals a password meets the step
// exactly where the owner has something to stop them with.
func (s *Service) deviceStep(ctx context.Context, sess *session.Session, a attemptAt, proof Proof) []identity.Step {
	if s.devices == nil {
		return nil
	}
	trust := s.trustOf(ctx, sess, a.flow.Subject) // also for the cookie of one that was revoked
	if trust >= a.rules.devices(s.device).Enough || answersDevice(proof.Evidence()) {
		return nil
	}
	more := s.demandedBy(s.held(ctx, a.acct))
	if len(more) == 0 {
		return nil
	}
	// As if the flow had had it from the beginning.
	return s.recoverable(slices.Concat(a.flow.Steps, more), a.acct)[len(a.flow.Steps):]
}

// demandedBy is the step for a device out of what somebody has.
func (s *Service) demandedBy(held []identity.Kind) []identity.Step {
	kinds := slices.DeleteFunc(slices.Clone(held), func(k identity.Kind) bool { return !s.factors.Traits(k).IsSecond() })
	if len(kinds) == 0 {
		return nil
	}
	return []identity.Step{identity.AnyOf(kinds...)}
}

// askMore puts a step behind those of the flow, in the place of the completion.
func (s *Service) askMore(ctx context.Context, sess *session.Session, a attemptAt, j judgement, more []identity.Step) (FactorOutcome, error) {
	_, err := sess.Transition(ctx, machine.Pass{Evidence: j.evidence, More: more}, session.Commit{Certificate: certified(a.kind)})
	s.settle(ctx, a, Passed)
	if err != nil {
		return nil, fmt.Errorf("authn: verify factor: %w", overtaken(err))
	}
	s.renew(ctx, a, j)
	_, flow, err := current(sess, a.now)
	if err != nil {
		return nil, err
	}
	return StepRequired{s.menuOwn(flow, a.acct)}, nil
}

// stepUpOn is what a step-up asks for beyond its requirement on a device that is not
// trusted enough: a fresh second factor, of who has one.
func (s *Service) stepUpOn(ctx context.Context, sess *session.Session, acct identity.Account, rules flowRules) func(fresh []identity.Evidence) bool {
	if s.devices == nil || s.trustOf(ctx, sess, acct.User.Subject()) >= rules.devices(s.device).Enough || len(s.demandedBy(s.held(ctx, acct))) == 0 {
		return func([]identity.Evidence) bool { return true }
	}
	return answersDevice
}
