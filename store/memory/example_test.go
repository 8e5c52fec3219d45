package memory_test

import (
	"context"
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store/memory"
)

func ExampleNew() {
	ctx, src := context.Background(), entropy.Seeded(1)
	stores := memory.New(memory.Config{}).Stores()

	tenant := identity.Tenant{
		ID: identity.NewTenantID(src), Slug: identity.DefaultSlug,
		Status: identity.TenantActive, CreatedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	if err := stores.Identity.Apply(ctx, identity.NewTenant{Tenant: tenant}); err != nil {
		fmt.Println(err)
		return
	}
	view, err := stores.Identity.TenantBySlug(ctx, identity.DefaultSlug)
	fmt.Println(view.Tenant.Slug, err)
	// Output: default <nil>
}
