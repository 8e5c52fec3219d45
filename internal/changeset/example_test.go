package changeset_test

import (
	"fmt"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/changeset"
)

func ExampleNew() {
	users := changeset.Map[identity.Subject, *changeset.User]{}
	tenants := changeset.Map[identity.TenantID, *changeset.Tenant]{}
	set := changeset.New(changeset.Tables{
		Tenants: tenants, Users: users,
		Slugs: changeset.Map[string, identity.TenantID]{}, Names: changeset.Map[changeset.Name, identity.UserID]{},
		Handles: changeset.Map[changeset.Handle, identity.UserID]{}, Members: changeset.Map[identity.TenantID, int]{},
	})
	acme := identity.Tenant{ID: identity.NewTenantID(entropy.Seeded(1)), Slug: "acme", Status: identity.TenantActive}
	ada := identity.User{
		Tenant: acme.ID, ID: identity.NewUserID(entropy.Seeded(2)), State: identity.Active,
		Identifiers: []identity.Identifier{{Kind: identity.Username, Typed: "Ada", Canonical: "ada"}},
	}
	fmt.Println("without a tenant:", set.Change(identity.NewUser{User: ada}))
	for _, c := range []identity.Change{identity.NewTenant{Tenant: acme}, identity.NewUser{User: ada}} {
		fmt.Println(set.Change(c))
	}
	fmt.Println("before:", len(users))
	set.Users.Install(users)
	fmt.Println("after:", len(users))
	// Output:
	// without a tenant: store: not found
	// <nil>
	// <nil>
	// before: 0
	// after: 1
}
