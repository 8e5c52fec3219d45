package ui

import "html/template"

// RecoveryCodesPage shows the codes of a set that was just made, for ten minutes at most
// and never again (UIX-030). It posts kept and next to its own path; the text of the same
// list is a path of its own, for a file.
type RecoveryCodesPage struct {
	Frame
	Codes []string // in groups
	Next  string   // where to go then
}

func (p RecoveryCodesPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "recovery_codes.title"}, "")
	return "recovery_codes", &p
}

// RecoverPage is behind a recovery code that stood for the app of a sign-in: it sets up
// another app, which takes the place of the lost one. It posts code to its own path;
// without a key, which is shown for ten minutes, renew; and keep, where the person may go
// on with the app that they have.
type RecoverPage struct {
	Frame
	Key        string // base32, unpadded; empty once it has run out
	URI        string // otpauth://totp/…
	QR         QR
	Identifier string // what the person signs in as
	Left       int    // codes
	Keep       bool
	Next       string // where they wanted to go
}

func (p RecoverPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "recover.title"}, "")
	return "recover", &p
}

// KeyGroups is the key in groups of four, which people can copy by eye.
func (p RecoverPage) KeyGroups() string { return EnrolTOTPPage{Key: p.Key}.KeyGroups() }

// Link is the URI for the phone the page is open on.
func (p RecoverPage) Link() (template.URL, error) { return EnrolTOTPPage{URI: p.URI}.Link() }

// RenewCodesPage asks before the recovery codes of an account are replaced. It posts to
// its own path.
type RenewCodesPage struct {
	Frame
	Has  bool // there is a set
	Left int  // codes of it
}

func (p RenewCodesPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "recovery_renew.title"}, "account")
	return "recovery_renew", &p
}
