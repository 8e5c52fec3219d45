package ui

import "time"

// MailedCodePage asks for a code that was mailed (UIX-023). It posts code and next to the
// factor path, and again, with any value, to have another one sent.
type MailedCodePage struct {
	Frame
	Identifier string   // who is signing in, as typed
	Step       int      // this step, from 1
	Steps      int      // how many there are; the label is left out for 1
	Others     []string // kinds of the other ways this step accepts
	Next       string
	To         string    // where it went, masked; empty: not said
	Until      time.Time // how long it is good; zero: nothing could be sent
	Again      time.Time // from when on another may be asked for; zero: never in this sign-in
}

func (p MailedCodePage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "factor.email_otp.title"}, "")
	return "mailed_code", &p
}
