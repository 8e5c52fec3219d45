package authn_test

import (
	"fmt"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/emailotp"
	"github.com/axess-go/axess/identity"
)

// A program that takes codes by mail has their verifier in Config.Factors, and a method
// that names them.
func ExampleMailedCodes() {
	codes := authn.MailedCodes(emailotp.Policy{Digits: 6, Life: 3 * time.Minute})
	method := identity.Method{
		Name: "password", Enabled: true,
		Steps: []identity.Step{identity.Required(factor.Password), identity.AnyOf(factor.TOTP, factor.EmailOTP)},
	}
	fmt.Println(authn.CheckMethods([]identity.Method{method}))
	fmt.Println(authn.CheckMethods([]identity.Method{method}, codes))
	fmt.Println("second factor:", codes.Traits().IsSecond())
	// Output:
	// authn: method "password": authn: no verifier for this factor: "email_otp"
	// <nil>
	// second factor: false
}
