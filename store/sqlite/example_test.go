package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ncruces/go-sqlite3/driver"

	"github.com/axess-go/axess/clock"
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

// What an operator is shown before a program may touch an older database.
func ExampleBackend_Stores() {
	dir, err := os.MkdirTemp("", "axess")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	b, err := sqlite.Open(filepath.Join(dir, "app.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()

	schema := b.Stores().Identity.Info().Schema
	plan, err := schema.Plan(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range plan {
		fmt.Println(step.Version, step.Name, step.Notes)
	}
	fmt.Println(len(plan), "steps are missing")
	// Output: 0 steps are missing
}

func ExampleOpenDB() {
	dir, err := os.MkdirTemp("", "axess")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := driver.Open("file:" + filepath.ToSlash(filepath.Join(dir, "shop.db")))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	if _, err := sqlite.OpenDB(db); err != nil {
		fmt.Println(err)
	}
	// Output: sqlite: open database: journal_mode is delete on a connection, and readers would wait for writers: add _pragma=journal_mode(wal) to the data source name
}

// The first line of a program: a path and nothing else, or what differs from the
// defaults. A test gives its own clock and randomness.
func ExampleMustOpen() {
	dir, err := os.MkdirTemp("", "axess")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	b := sqlite.MustOpen(filepath.Join(dir, "app.db"),
		sqlite.WithReaders(2),
		sqlite.WithPrefix("shop_"), // tables shop_users, shop_sessions, …
		sqlite.WithClock(clock.NewFake(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC))),
		sqlite.WithEntropy(entropy.Seeded(1)),
	)
	defer b.Close()
	fmt.Println(b.Stores().Check())
	// Output: <nil>
}
