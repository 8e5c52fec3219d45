package ui

import (
	"strings"
	"time"
	"unicode/utf8"
)

// SignUpPage creates an account (UIX-025). It posts email, name, password and
// next to the sign-up path.
type SignUpPage struct {
	Frame
	Email    string // as typed before
	Name     string // as typed before
	AskName  bool   // the policy wants a display name offered
	Password PasswordRules
	Next     string
}

func (p SignUpPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "sign_up.title"}, "")
	return "sign_up", &p
}

// CheckMailPage follows a sign-up (UIX-026). It is the same page for a new and
// for an existing address.
type CheckMailPage struct {
	Frame
	Address string        // as typed by this browser
	Works   time.Duration // how long the link works
	Resend  bool          // offers to send the message again (posts to the same path)
	Outbox  bool          // development: a link to the outbox page
}

func (p CheckMailPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "sent.title"}, "")
	return "sent", &p
}

// LinkPurpose is what a mailed link is for.
type LinkPurpose string

// The purposes with a confirm page.
const (
	LinkVerify   LinkPurpose = "verify"
	LinkActivate LinkPurpose = "activate" // always with NewPassword
	LinkReset    LinkPurpose = "reset"    // always with NewPassword
	LinkAddress  LinkPurpose = "address"  // a new address of an account
	LinkSecond   LinkPurpose = "second"   // another address, beside those of the account
	LinkUndo     LinkPurpose = "undo"     // gives an account its former address back
)

// ConfirmLinkPage says what will happen and asks for one press of a button
// (UIX-027). The link's token is not part of the page: it waits in a sealed
// cookie. It posts to its Target, with a field password when
// NewPassword is set.
type ConfirmLinkPage struct {
	Frame
	Purpose     LinkPurpose
	Address     string
	SameBrowser bool           // this browser started the flow: the address is shown in full
	NewPassword *PasswordRules // the link was opened in another browser: a new password is asked for
	SignIn      bool           // only who has signed in may confirm: there is no form
}

func (p ConfirmLinkPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "confirm." + string(p.Purpose) + ".title"}, "")
	return "confirm", &p
}

// Target is the page that the form posts to: an account that somebody else has made is
// confirmed where sign-ups are.
func (p ConfirmLinkPage) Target() string {
	switch p.Purpose { //nolint:exhaustive // the others are pages
	case LinkActivate:
		return string(LinkVerify)
	case LinkSecond:
		return string(LinkAddress)
	}
	return string(p.Purpose)
}

// Elsewhere reports a sign-up whose link was opened in another browser.
func (p ConfirmLinkPage) Elsewhere() bool { return p.NewPassword != nil && p.Purpose == LinkVerify }

// Shown is the address as this browser may see it.
func (p ConfirmLinkPage) Shown() string {
	if p.SameBrowser {
		return p.Address
	}
	return maskAddress(p.Address)
}

// maskAddress keeps the first letter and the domain. Whoever opens a
// forwarded link should recognise their own address, not learn another's.
func maskAddress(address string) string {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || local == "" {
		return "•••"
	}
	_, size := utf8.DecodeRuneInString(local)
	return local[:size] + "•••@" + domain
}
