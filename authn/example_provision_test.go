package authn_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
)

// What an issuer has verified leads to an account: made at the first login, found at
// every later one.
func ExampleNewProvisioner() {
	s := newSite()
	p, err := authn.NewProvisioner(authn.ProvisionerConfig{
		Accounts: s.Accounts,
		Default: authn.ProvisioningPolicy{Issuers: []authn.IssuerPolicy{
			{Issuer: "https://id.example.org", Domains: []string{"example.org"}, Create: true},
		}},
	})
	check(err)
	ctx := context.Background()
	for _, email := range []string{"ada@example.org", "ada@example.org", "eve@example.net"} {
		out, err := p.Provision(ctx, authn.External{
			Issuer: "https://id.example.org", Subject: "id-" + email[:3], Email: email, EmailVerified: true,
		})
		check(err)
		switch out := out.(type) {
		case authn.Provisioned:
			fmt.Println(email, "has an account, made now:", out.How == authn.ProvisionCreated)
		case authn.SignInToLink:
			fmt.Println(email, "signs in and links")
		case authn.NotProvisioned:
			fmt.Println(email, "is not taken in")
		}
	}
	// Output:
	// ada@example.org has an account, made now: true
	// ada@example.org has an account, made now: false
	// eve@example.net is not taken in
}

// A name that nobody has is offered passkeys all the same, and always the same ones.
func ExampleService_DecoyPasskeys() {
	s := newSite()
	list := s.DecoyPasskeys(identity.TenantID{}, "nobody@example.org")
	again := s.DecoyPasskeys(identity.TenantID{}, "Nobody@Example.org")
	fmt.Println(len(list) >= 1 && len(list) <= 2, bytes.Equal(list[0].ID, again[0].ID))
	// Output:
	// true true
}

// A tenant says itself whose word it takes.
func ExampleTenants_SetProvisioning() {
	s := newSite()
	tenants := authn.NewTenants(s.Accounts)
	who, err := identity.System("single sign-on, ticket 4712")
	check(err)
	op, err := identity.Operate(who)
	check(err)
	tenant, err := tenants.CreateTenant(context.Background(), op, authn.Bootstrap{Slug: "acme"})
	check(err)
	err = tenants.SetProvisioning(context.Background(), op, tenant.ID, 0, authn.ProvisioningPolicy{
		Issuers: []authn.IssuerPolicy{{Issuer: "https://id.acme.example", Domains: []string{"acme.example"}, LinkByAddress: true}},
	})
	check(err)
	p, version, err := tenants.Provisioning(context.Background(), op, tenant.ID)
	fmt.Println(len(p.Issuers), version, err)
	// Output:
	// 1 1 <nil>
}
