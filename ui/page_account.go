package ui

import (
	"time"

	"github.com/axess-go/axess/factor/recovery"
)

// FactorRow is one way to sign in, as the account page lists it.
type FactorRow struct {
	Kind     string // "password", "totp" or any other kind
	Ref      string // names it in paths; only for kinds that can be removed
	Label    string // given by the person; may be empty
	Added    time.Time
	LastUsed time.Time // zero: never
	Off      bool      // switched off: it proves nothing
	Left     int       // of recovery codes: how many
}

func (f FactorRow) last() int {
	if f.Kind == "recovery" {
		return 1
	}
	return 0
}

// Few reports a set of recovery codes that is as good as used up.
func (f FactorRow) Few() bool { return f.Kind == "recovery" && f.Left <= recovery.Few }

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

// HasCodes reports whether there is a set of recovery codes.
func (p AccountPage) HasCodes() bool {
	for _, f := range p.Factors {
		if f.Kind == "recovery" {
			return true
		}
	}
	return false
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
