package main

import (
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store/memory"
)

// IDN-037, CLI-045: what tenants have sealed counts for the key that it needs, so that
// nobody takes the key away who went by the list.
func TestKeysList_counts_what_tenants_have_sealed(t *testing.T) {
	t.Parallel()
	src := entropy.Seeded(5)
	rings, err := keys.Ephemeral(src).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	body, err := rings.Data.Sealer(seal.LabelTenant).Seal([]byte("a"), []byte("a"), []byte("pepper"))
	if err != nil {
		t.Fatal(err)
	}
	stores, now := memory.New(memory.Config{}).Stores(), time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for slug, secrets := range map[string][]byte{"one": body, "two": body, "none": nil} {
		err := stores.Identity.Apply(t.Context(), identity.NewTenant{Tenant: identity.Tenant{
			ID: identity.NewTenantID(src), Slug: slug, Status: identity.TenantActive, Secrets: secrets, CreatedAt: now, UpdatedAt: now,
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	list, err := countSealed(t.Context(), stores)
	want := sealedUnder{"data", rings.Data.Primary().String(), "tenants", 2}
	if err != nil || len(list) != 1 || list[0] != want {
		t.Errorf("%+v, %v", list, err)
	}
}
