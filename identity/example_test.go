package identity_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
)

func ExampleNewIdentifier() {
	a, _ := identity.NewIdentifier(identity.Email, "Ada@Bücher.Example")
	fmt.Println(a.Canonical)

	_, err := identity.NewIdentifier(identity.Email, "ada＠x@example.com") // the first is a full-width sign
	var invalid *identity.InvalidError
	if errors.As(err, &invalid) {
		fmt.Println(invalid.Field, invalid.Rule)
	}
	// Output:
	// ada@xn--bcher-kva.example
	// email at_sign
}

func ExampleMethod_Validate() {
	m := identity.Method{Name: "strong", Enabled: true, Steps: []identity.Step{
		identity.Required("password"),
		identity.AnyOf("totp", "passkey"),
	}}
	fmt.Println(m.Validate())
	m.Steps[1] = identity.Required("password")
	fmt.Println(m.Validate())
	// Output:
	// <nil>
	// identity: method invalid: step 2: required_twice
}

func ExampleAssess() {
	fmt.Println(identity.Assess([]identity.Evidence{
		{Kind: "password", AMR: []string{"pwd"}, Class: identity.Knowledge},
		{Kind: "totp", AMR: []string{"otp"}, Class: identity.Possession},
	}))
	// Output: {aal2 [pwd otp mfa] false false}
}

func ExampleNewHuman() {
	src := entropy.Seeded(1) // entropy.System() in a program
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	h, err := identity.NewHuman(identity.HumanFields{
		Subject:    identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)},
		AuthnTime:  now,
		Evidence:   []identity.Evidence{{Kind: "password", At: now, Class: identity.Knowledge}},
		Attributes: map[string]any{"team": "red"},
	})
	fmt.Println(err, h.Kind(), h.Factors(), h.Assurance().AAL, h.Attributes()["team"])
	// Output: <nil> human [password] aal1 red
}

func ExampleSystem() {
	who, err := identity.System("sweep: expired tokens")
	fmt.Println(err, who.IsSystem(), who.Reason())
	// Output: <nil> true sweep: expired tokens
}

// Applications make ids of their own with the same machinery.
func ExampleID() {
	id := identity.FromNamespaced[noteID]("notes", "42")
	again, err := identity.Parse[noteID](id.String())
	fmt.Println(again == id, err)
	_, err = identity.Parse[noteID]("42")
	fmt.Println(err)
	// Output:
	// true <nil>
	// identity: note id is malformed
}

func ExampleNewWorkload() {
	id, err := identity.ParseWorkloadID("spiffe://prod.example.org/api/acme")
	if err != nil {
		fmt.Println(err)
		return
	}
	w, err := identity.NewWorkload(identity.WorkloadFields{
		ID: id, Issuer: identity.IssuerMTLS, Tenant: identity.NewTenantID(entropy.Seeded(1)), TenantSlug: "acme", ServiceName: "api",
	})
	fmt.Println(err, w.Kind(), w.TrustDomain(), w.Issuer())
	// Output: <nil> workload prod.example.org mtls
}

func ExampleWebAuthnID() {
	id, err := identity.NewWebAuthnID([]byte("sixteen bytes or more"))
	fmt.Println(id, len(id.Reveal()), err)
	// Output: 73697874… 21 <nil>
}
