package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store/sqlite"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "axess")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	ctx, src := context.Background(), entropy.Seeded(1)
	b, err := sqlite.Open(filepath.Join(dir, "app.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()

	stores := b.Stores()
	tenant := identity.Tenant{
		ID: identity.NewTenantID(src), Slug: identity.DefaultSlug,
		Status: identity.TenantActive, CreatedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	if err := stores.Identity.Apply(ctx, identity.NewTenant{Tenant: tenant}); err != nil {
		fmt.Println(err)
		return
	}
	view, err := stores.Identity.TenantBySlug(ctx, identity.DefaultSlug)
	fmt.Println(view.Tenant.Slug, err, stores.Durable())
	// Output: default <nil> true
}
