package ui

import "time"

// EmailPage changes the address of somebody who is signed in (UIX-039). It posts email
// to its own path, and nothing to the cancel path while a change waits.
type EmailPage struct {
	Frame
	Email    string // the present address
	Verified bool
	Pending  string        // waits to be confirmed; empty if none does
	Works    time.Duration // how long a link to a new address works
	Undo     time.Duration // how long the former address can take the account back
	New      string        // as typed before
	Outbox   bool          // development: a link to the outbox page
}

func (p EmailPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "email.title"}, "account")
	return "email", &p
}
