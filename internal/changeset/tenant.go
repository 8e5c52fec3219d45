package changeset

import (
	"bytes"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

func (s *Set) updateTenant(c identity.UpdateTenant) error {
	row, ok := s.Tenants.get(c.Tenant)
	if !ok {
		return store.ErrNotFound
	}
	if row.Tenant.Version != c.Expect {
		return store.ErrConflict
	}
	if c.Slug != row.Tenant.Slug {
		if _, taken := s.Slugs.get(c.Slug); taken {
			return store.ErrExists
		}
		s.Slugs.drop(row.Tenant.Slug)
		s.Slugs.put(c.Slug, c.Tenant)
	}
	s.Tenants.put(c.Tenant, row.with(func(t *Tenant) {
		next := identity.Tenant{Settings: c.Settings, Secrets: bytes.Clone(c.Secrets)}.Clone()
		t.Tenant.Slug, t.Tenant.DisplayName, t.Tenant.UpdatedAt = c.Slug, c.DisplayName, c.At
		t.Tenant.Settings, t.Tenant.Secrets = next.Settings, next.Secrets
		t.Tenant.Version++
	}))
	return nil
}

func (s *Set) moveTenant(c identity.MoveTenant) error {
	row, ok := s.Tenants.get(c.Tenant)
	if !ok {
		return store.ErrNotFound
	}
	if row.Tenant.Status != c.From {
		return store.ErrConflict
	}
	s.Tenants.put(c.Tenant, row.with(func(t *Tenant) {
		t.Tenant.Status, t.Tenant.Detail, t.Tenant.UpdatedAt = c.To, c.Detail, c.Detail.Since
	}))
	return nil
}

func (s *Set) dropTenant(c identity.DropTenant) error {
	row, ok := s.Tenants.get(c.Tenant)
	if !ok {
		return store.ErrNotFound
	}
	inhabited, _ := s.members.Get(c.Tenant)
	for _, m := range s.Moved {
		if m.Tenant == c.Tenant {
			inhabited += m.By
		}
	}
	if inhabited > 0 || row.Tenant.Status != identity.TenantDeleting || c.Now.Before(row.Tenant.Detail.PurgeAt) {
		return store.ErrConflict
	}
	s.Slugs.drop(row.Tenant.Slug)
	s.Tenants.drop(c.Tenant)
	return nil
}
