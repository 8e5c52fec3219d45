package ui

import "html/template"

// claimSteps is how many pages a claim has (UIX-045).
const claimSteps = 2

// ClaimPage asks for the first administrator's details, the first of two steps
// (UIX-045). It posts email, name and password to the activation path.
type ClaimPage struct {
	Frame
	Email    string // as typed before
	Name     string // as typed before
	Password PasswordRules
}

func (p ClaimPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "claim.title"}, "")
	return "claim", &p
}

// Progress says which of the two steps this is.
func (p ClaimPage) Progress() (string, error) {
	return p.T("factor.step", "step", 1, "steps", claimSteps)
}

// ClaimAppPage sets up the first administrator's authenticator app, the second of
// two steps. It posts code to the activation path. There is no account yet: the
// code makes it.
type ClaimAppPage struct {
	Frame
	Key     string // base32, unpadded
	URI     string // otpauth://totp/…
	QR      QR
	Address string // as entered in the first step
}

func (p ClaimAppPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "claim_app.title"}, "")
	return "claim_app", &p
}

// Progress says which of the two steps this is.
func (p ClaimAppPage) Progress() (string, error) {
	return p.T("factor.step", "step", claimSteps, "steps", claimSteps)
}

// KeyGroups is the key in groups of four, which people can copy by eye.
func (p ClaimAppPage) KeyGroups() string { return EnrolTOTPPage{Key: p.Key}.KeyGroups() }

// Link is the URI for the phone the page is open on.
func (p ClaimAppPage) Link() (template.URL, error) { return EnrolTOTPPage{URI: p.URI}.Link() }
