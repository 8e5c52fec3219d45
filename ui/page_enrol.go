package ui

import "html/template"

// EnrolPage sets up the authenticator app that a sign-in asks for and that the person
// never had: the last step, behind the password (UIX-023). It posts code to its own
// path; without a key, which is shown for ten minutes, renew.
type EnrolPage struct {
	Frame
	Key        string // base32, unpadded; empty once it has run out
	URI        string // otpauth://totp/…
	QR         QR
	Identifier string // what the person signs in as
	Next       string // where they wanted to go
}

func (p EnrolPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "enrol.title"}, "")
	return "enrol", &p
}

// KeyGroups is the key in groups of four, which people can copy by eye.
func (p EnrolPage) KeyGroups() string { return EnrolTOTPPage{Key: p.Key}.KeyGroups() }

// Link is the URI for the phone the page is open on.
func (p EnrolPage) Link() (template.URL, error) { return EnrolTOTPPage{URI: p.URI}.Link() }
