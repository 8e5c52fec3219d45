package identity_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
)

// Names of programs compare byte by byte, and nothing in them is repaired.
func ExampleBuildWorkloadID() {
	domain, err := identity.ParseTrustDomain("example.org")
	if err != nil {
		panic(err)
	}
	id, err := identity.BuildWorkloadID(domain, "billing", "export")
	fmt.Println(id, err)
	_, err = identity.BuildWorkloadID(domain, "billing/../admin")
	fmt.Println(err != nil)
	// Output:
	// spiffe://example.org/billing/export <nil>
	// true
}

// A token, or a certificate, is named by a digest: the name opens nothing.
func ExampleTokenRef() {
	fmt.Println(identity.TokenRef("https://issuer.example", "token-1"))
	fmt.Println(identity.CertificateRef([]byte("the DER of a leaf")))
	// Output:
	// K5mi2htyrKgBR6y2tVSsFA
	// QExMjqzfRFAzs7xZTayxHA
}

func ExampleCustomIssuer() {
	issuer, err := identity.CustomIssuer("build_farm")
	fmt.Println(issuer, err)
	_, err = identity.CustomIssuer("oauth")
	fmt.Println(err != nil)
	// Output:
	// build_farm <nil>
	// true
}

// Equal names of two issuers are two people.
func ExampleExternal() {
	kind, err := identity.External("https://issuer.example")
	if err != nil {
		panic(err)
	}
	id, err := identity.NewIdentifier(kind, "Subject-7")
	fmt.Println(id.Kind, id.Canonical, err)
	// Output: external:https://issuer.example Subject-7 <nil>
}

// A principal goes to a log or a policy as JSON and comes back as what it was.
func ExampleDecodePrincipal() {
	src, now := entropy.Seeded(7), time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	ada, err := identity.NewHuman(identity.HumanFields{
		Subject:   identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)},
		Session:   identity.NewID[identity.SessionID](src),
		AuthnTime: now,
		Evidence:  []identity.Evidence{{Kind: "password", At: now, Credential: identity.NewCredentialID(src), AMR: []string{"pwd"}, Class: identity.Knowledge}},
	})
	if err != nil {
		panic(err)
	}
	data, err := json.Marshal(ada)
	if err != nil {
		panic(err)
	}
	back, err := identity.DecodePrincipal(data)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%T %v\n", back, back.Key() == ada.Key())
	// Output: identity.Human true
}
