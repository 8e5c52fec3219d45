package ui

import (
	"time"

	"github.com/axess-go/axess/factor"
)

// SignInPage asks for identifier and password on one page (UIX-020). It posts
// identifier, password, remember and next to the sign-in path.
type SignInPage struct {
	Frame
	Identifier string        // as typed before; kept when the form comes back
	EmailOnly  bool          // only e-mail identifiers exist: the field says so
	Remember   bool          // the box was ticked
	RememberOK bool          // the method allows "Keep me signed in"
	RememberBy time.Duration // how long that lasts; stated when RememberOK
	SignUpOpen bool          // shows "Create account"
	Next       string        // where to go afterwards; already checked by the caller
}

func (p SignInPage) bind(b *binding) (string, any) {
	p.attach(b, Text{Key: "sign_in.title"}, "")
	return "sign_in", &p
}

// FactorPage asks for one further proof (UIX-023). It posts password for a hidden
// field, code for any other but none, and next to the factor path. "Start again" leads to the
// sign-in page, where a new sign-in replaces the unfinished one.
type FactorPage struct {
	Frame
	Kind       string       // "totp", "password" or any other kind that the program verifies
	Field      factor.Field // how it is asked for; a password always by its own
	Identifier string       // who is signing in, as typed; shown, never asked again
	Step       int          // this step, from 1
	Steps      int          // how many there are; the label is left out for 1
	Others     []string     // kinds of the other ways this step accepts
	StepUp     bool         // somebody who is signed in is asked for more (UIX-032): it can be left
	Why        Text         // what they are about to do; with StepUp
	Next       string
}

func (p FactorPage) bind(b *binding) (string, any) {
	heading := "factor." + p.Kind + ".title"
	if p.StepUp {
		heading = "factor.step_up.title"
	}
	if p.Kind == "password" {
		p.Field = factor.FieldPassword
	}
	p.attach(b, Text{Key: heading}, "")
	return "factor", &p
}

// Ask is the form field of the factor; empty: a button is all there is.
func (p FactorPage) Ask() string {
	if p.Kind == "recovery" {
		return "recovery_code"
	}
	switch p.Field {
	case factor.FieldPassword:
		return "password"
	case factor.FieldText:
		return "answer"
	case factor.FieldToken:
		return "token"
	case factor.FieldNone:
		return ""
	case factor.FieldCode:
	}
	return "code"
}
