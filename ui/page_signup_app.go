package ui

import "html/template"

// SignUpAppPage sets up the authenticator app of a sign-up, where the site asks
// everybody for one: the last step, behind the mailed link. It posts code to the
// verification path. There is no account yet that could sign in: the code makes
// it.
type SignUpAppPage struct {
	Frame
	Key     string // base32, unpadded
	URI     string // otpauth://totp/…
	QR      QR
	Address string // the address that the link has proven
}

func (p SignUpAppPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "sign_up_app.title"}, "")
	return "sign_up_app", &p
}

// KeyGroups is the key in groups of four, which people can copy by eye.
func (p SignUpAppPage) KeyGroups() string { return EnrolTOTPPage{Key: p.Key}.KeyGroups() }

// Link is the URI for the phone the page is open on.
func (p SignUpAppPage) Link() (template.URL, error) { return EnrolTOTPPage{URI: p.URI}.Link() }
