package authn

import (
	"time"

	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
)

// Preset is a named set of values that were chosen together (AUN-062): what a program
// puts into its configuration, field by field, or an operator into a tenant.
type Preset struct {
	Name     string
	Lockout  LockPolicy
	Password PasswordPolicy
	StepUp   StepUpPolicy
	TOTP     TOTPPolicy
	// Methods are nil where the preset does not say.
	Methods []identity.Method
	// EndOnStepUpFailure is Config's.
	EndOnStepUpFailure bool
}

// Policies are the values as records, in the order of their kinds.
func (p Preset) Policies() []Policy {
	return []Policy{p.Lockout, p.Password, p.StepUp, p.TOTP}
}

// PresetDefault is what holds where nothing is configured.
func PresetDefault() Preset {
	return Preset{
		Name: "default", Lockout: UserLock(), Password: PasswordPolicy{Min: password.MinAlone},
		StepUp: StepUpPolicy{DefaultMaxAge}, TOTP: filledTOTP(totp.Policy{}),
	}
}

// PresetPCI is the default with the lock of PCI DSS 4.0.1 §8.3.4: no more than ten
// failures, at least half an hour. Its passwords are longer than the twelve characters
// that §8.3.6 asks for, and none of the last four comes again (§8.3.7).
func PresetPCI() Preset {
	p := PresetDefault()
	p.Name = "pci"
	p.Lockout.Threshold, p.Lockout.Lock = 5, 30*time.Minute
	p.Password.History = 3 // and the one that holds
	return p
}

// PresetAAL3 is the strictest: three failures, a step-up of one minute, a failed step-up
// that ends the login, and a second factor always. No factor of this build reaches AAL3
// by itself (SP 800-63B-4 §2.3): the name says what the rest of the configuration is for.
func PresetAAL3() Preset {
	p := PresetPCI()
	p.Name = "aal3"
	p.Lockout.Threshold = 3
	p.StepUp.MaxAge = time.Minute
	p.Methods, p.EndOnStepUpFailure = MFAMethods(), true
	return p
}
