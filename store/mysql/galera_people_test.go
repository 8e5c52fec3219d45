package mysql_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/mysql"
)

// somebody is an account in a tenant of its own.
func (c *cluster) somebody(t *testing.T) identity.User {
	t.Helper()
	tenant := identity.Tenant{ID: identity.NewTenantID(entropy.System()), Status: identity.TenantActive, CreatedAt: start, UpdatedAt: start}
	tenant.Slug = tenant.ID.String()
	u := person(tenant.ID, "ada")
	if err := c.on[2].Stores().Identity.Apply(t.Context(), identity.NewTenant{Tenant: tenant}, identity.NewUser{User: u}); err != nil {
		t.Fatal(err)
	}
	return u
}

func person(t identity.TenantID, name string) identity.User {
	return identity.User{
		Tenant: t, ID: identity.NewUserID(entropy.System()), State: identity.Active, CreatedAt: start, UpdatedAt: start,
		Identifiers:    []identity.Identifier{{Kind: identity.Username, Canonical: name, Typed: name}},
		WebAuthnHandle: entropy.Bytes32(entropy.System()), AuditHandle: entropy.Bytes16(entropy.System()),
	}
}

// IDN-067: what is counted on one node is not taken on another meanwhile.
func (c *cluster) links(t *testing.T) {
	for range 5 {
		u := c.somebody(t)
		for i := range identity.MaxLinks - 1 {
			if err := c.on[2].Stores().Identity.Apply(t.Context(), link(u, fmt.Sprint("first", i))); err != nil {
				t.Fatal(err)
			}
		}
		won := c.atOnce(t, 4, func(b *mysql.Backend, i int) error {
			return b.Stores().Identity.Apply(t.Context(), link(u, fmt.Sprint("last", i)))
		}, store.ErrTooLarge, store.ErrUnavailable)
		if won != 1 {
			t.Fatalf("%d got the last place", won)
		}
	}
}

func link(u identity.User, external string) identity.Change {
	return identity.PutLink{Link: identity.Link{
		Tenant: u.Tenant, User: u.ID, Issuer: "issuer.example", External: external, At: start, By: u.ID,
	}}
}

// AUN-131
func (c *cluster) tokens(t *testing.T) {
	for range 5 {
		u := c.somebody(t)
		tokens := make([]identity.Token, 6)
		for i := range tokens {
			tokens[i] = identity.Token{
				Selector: entropy.Bytes16(entropy.System()), Digest: entropy.Bytes32(entropy.System()), Purpose: identity.TokenReset,
				Tenant: u.Tenant, User: u.ID, CreatedAt: start.Add(time.Duration(i) * time.Second), ExpiresAt: start.Add(time.Hour),
			}
		}
		c.atOnce(t, len(tokens), func(b *mysql.Backend, i int) error {
			return b.Stores().Identity.Apply(t.Context(), identity.PutToken{Token: tokens[i], Keep: 2})
		}, store.ErrUnavailable)
		left := 0
		for _, tok := range tokens {
			_, err := c.on[2].Stores().Identity.TokenBySelector(t.Context(), tok.Selector)
			if err == nil {
				left++
			} else if !errors.Is(err, store.ErrNotFound) {
				t.Fatal(err)
			}
		}
		if left > 2 || left == 0 {
			t.Fatalf("%d tokens are left, want 2 at most", left)
		}
	}
}

// AUN-127, IDN-I5
func (c *cluster) names(t *testing.T) {
	for range 5 {
		u := c.somebody(t)
		won := c.atOnce(t, 4, func(b *mysql.Backend, i int) error {
			name := fmt.Sprint("name", i)
			return b.Stores().Identity.Apply(t.Context(), identity.SetIdentifiers{
				Subject: u.Subject(), Was: u.Identifiers, By: u.ID, At: start,
				Next: []identity.Identifier{{Kind: identity.Username, Canonical: name, Typed: name}},
			})
		}, store.ErrConflict, store.ErrUnavailable)
		got, err := c.on[2].Stores().Identity.AccountByID(t.Context(), u.Subject())
		if err != nil || won != 1 || len(got.User.Identifiers) != 1 {
			t.Fatalf("%d changes of names; %v, %v", won, got.User.Identifiers, err)
		}
	}
}

// IDN-035: a tenant that goes on one node takes nobody in on another.
func (c *cluster) end(t *testing.T) {
	for round := range 10 {
		tenant := identity.Tenant{
			ID: identity.NewTenantID(entropy.System()), Status: identity.TenantDeleting, CreatedAt: start, UpdatedAt: start,
			Detail: identity.TenantDetail{PurgeAt: start},
		}
		tenant.Slug = tenant.ID.String()
		if err := c.on[2].Stores().Identity.Apply(t.Context(), identity.NewTenant{Tenant: tenant}); err != nil {
			t.Fatal(err)
		}
		u := person(tenant.ID, "late")
		var came, went error
		var both sync.WaitGroup
		both.Go(func() { came = c.on[0].Stores().Identity.Apply(t.Context(), identity.NewUser{User: u}) })
		both.Go(func() {
			went = c.on[1].Stores().Identity.Apply(t.Context(), identity.DropTenant{Tenant: tenant.ID, Now: start})
		})
		both.Wait()
		if came == nil && went == nil {
			t.Fatalf("round %d: a user of no tenant", round)
		}
		for _, err := range []error{came, went} {
			if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrUnavailable) {
				t.Fatal(err)
			}
		}
		_, err := c.on[2].Stores().Identity.AccountByID(t.Context(), u.Subject())
		if (came == nil) != (err == nil) {
			t.Fatalf("round %d: came: %v, found: %v", round, came, err)
		}
	}
}
