package ui

import "time"

// FactorRow is one way to sign in, as the account page lists it.
type FactorRow struct {
	Kind     string // "password", "totp" or any other kind
	Ref      string // names it in paths; only for kinds that can be removed
	Label    string // given by the person; may be empty
	Added    time.Time
	LastUsed time.Time // zero: never
	Off      bool      // switched off: it proves nothing
}

// AccountPage is the overview (UIX-033).
type AccountPage struct {
	Frame
	Email         string   // the primary name
	Names         []string // the others that a person signs in with
	EmailVerified bool
	Factors       []FactorRow
	Sessions      int    // live sessions, this one included
	MailLanguage  string // tag of the language kept with the account; empty when there is none
}

func (p AccountPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "account.title"}, "account")
	return "account", &p
}

// RemovePath is where a way to sign in is removed.
func (p AccountPage) RemovePath(f FactorRow) (string, error) {
	return p.Path(removePage(f.Kind), f.Ref)
}

// HasTOTP reports whether an authenticator app is enrolled; the state sentence
// and its one next action depend on it.
func (p AccountPage) HasTOTP() bool {
	for _, f := range p.Factors {
		if f.Kind == "totp" && !f.Off {
			return true
		}
	}
	return false
}
