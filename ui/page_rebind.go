package ui

import "html/template"

// RebindPage is behind the link with which somebody whose second step was taken away
// sets up another: it asks for the password first (UIX-027). The link's token waits in
// a sealed cookie. It posts password to the rebind path.
type RebindPage struct {
	Frame
	Address string // masked
}

func (p RebindPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "rebind.title"}, "")
	return "rebind", &p
}

// RebindAppPage follows it, once the password was right in this browser. It posts code
// to the rebind path.
type RebindAppPage struct {
	Frame
	Key     string // base32, unpadded
	URI     string // otpauth://totp/…
	QR      QR
	Address string
}

func (p RebindAppPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "rebind_app.title"}, "")
	return "rebind_app", &p
}

// KeyGroups is the key in groups of four, which people can copy by eye.
func (p RebindAppPage) KeyGroups() string { return EnrolTOTPPage{Key: p.Key}.KeyGroups() }

// Link is the URI for the phone the page is open on.
func (p RebindAppPage) Link() (template.URL, error) { return EnrolTOTPPage{URI: p.URI}.Link() }
