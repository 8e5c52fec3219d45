package ui

import "time"

// ForgotPage asks whose password is to be chosen anew (UIX-028). It posts identifier
// to the forgot path.
type ForgotPage struct {
	Frame
	Identifier string // as typed before
}

func (p ForgotPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "forgot.title"}, "")
	return "forgot", &p
}

// ForgotSentPage follows it, the same for every name.
type ForgotSentPage struct {
	Frame
	Works  time.Duration // how long the link works
	Outbox bool          // development: a link to the outbox page
}

func (p ForgotSentPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "forgot_sent.title"}, "")
	return "forgot_sent", &p
}

// PasswordPage changes the password of somebody who is signed in. It posts
// current_password and new_password to its own path.
type PasswordPage struct {
	Frame
	Account  string // the address, for password managers beside the fields
	Password PasswordRules
}

func (p PasswordPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "change.title"}, "account")
	return "password", &p
}
