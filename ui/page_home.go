package ui

// HomePage is the start page of the ready-made server: what this is, and where
// to click next.
type HomePage struct {
	Frame
	SignUpOpen bool
	Outbox     bool // development: the mails are on a page
	HasTOTP    bool // signed in: the step after the first is done
	Version    string
}

func (p HomePage) bind(b *binding) (string, any) {
	key := "home.title"
	if p.SignedInAs != "" {
		key = "home.title_signed_in"
	}
	p.attach(b, Text{Key: key}, "")
	return "home", &p
}
