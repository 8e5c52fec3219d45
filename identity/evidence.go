package identity

import "time"

// Evidence is one proven factor of a login: what, when, by which credential.
type Evidence struct {
	Kind Kind
	// At is when the factor was verified; freshness is judged by it, not by the
	// login's AuthTime (SES-016).
	At time.Time
	// Credential is the credential that was used; zero where none is stored.
	Credential CredentialID
	// AMR are the RFC 8176 method references of this factor ("pwd", "otp", …).
	AMR []string
	// Class says what the factor proves; it is set by the verifier.
	Class Class
}

// Class is what a factor is good for in the sense of SP 800-63B-4. It travels
// with the evidence so that assurance is arithmetic, not a table of kinds.
type Class uint8

// The bits of a [Class].
const (
	// Knowledge: something the person knows.
	Knowledge Class = 1 << iota
	// Possession: something the person has.
	Possession
	// Inherence: something the person is, or the device's own verification.
	Inherence
	// PhishingResistant: bound to the verifier's name (63B-4 §3.2.5).
	PhishingResistant
	// DeviceBound: the key cannot leave its device.
	DeviceBound
	// Attested: the authenticator proved its make.
	Attested
)
