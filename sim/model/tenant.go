package model

import (
	"maps"

	"github.com/axess-go/axess/identity"
)

func (s *State) newTenant(c identity.NewTenant) []error {
	t := c.Tenant.Clone()
	if _, is := s.slugs[t.Slug]; is || s.tenants[t.ID] != nil {
		return taken
	}
	t.Version = 1
	put(s, s.tenants, t.ID, &tenant{Tenant: t})
	put(s, s.slugs, t.Slug, t.ID)
	return nil
}

// arrange changes the row of a tenant, which must be there.
func (s *State) arrange(id identity.TenantID, do func(*tenant) []error) []error {
	t := s.tenants[id]
	if t == nil {
		return missing
	}
	next := *t
	if err := do(&next); err != nil {
		return err
	}
	put(s, s.tenants, id, &next)
	return nil
}

func (s *State) updateTenant(c identity.UpdateTenant) []error {
	return s.arrange(c.Tenant, func(t *tenant) []error {
		if t.Version != c.Expect {
			return overtaken
		}
		if c.Slug != t.Slug {
			if _, is := s.slugs[c.Slug]; is {
				return taken
			}
			cut(s, s.slugs, t.Slug)
			put(s, s.slugs, c.Slug, c.Tenant)
		}
		t.Slug, t.DisplayName, t.UpdatedAt = c.Slug, c.DisplayName, c.At
		t.Settings = c.Settings
		t.Version++
		return nil
	})
}

func (s *State) moveTenant(c identity.MoveTenant) []error {
	return s.arrange(c.Tenant, func(t *tenant) []error {
		if t.Status != c.From {
			return overtaken
		}
		t.Status, t.Detail, t.UpdatedAt = c.To, c.Detail, c.Detail.Since
		return nil
	})
}

func (s *State) dropTenant(c identity.DropTenant) []error {
	t := s.tenants[c.Tenant]
	switch {
	case t == nil:
		return missing
	case t.Status != identity.TenantDeleting, c.Now.Before(t.Detail.PurgeAt), s.members[c.Tenant] > 0:
		return overtaken
	}
	cut(s, s.slugs, t.Slug)
	cut(s, s.tenants, c.Tenant)
	return nil
}

func (s *State) putMethod(c identity.PutMethod) []error {
	sub := c.Scope.Subject()
	there := s.users[sub] != nil
	if c.Scope.Kind() == identity.ScopeTenant {
		there = s.tenants[sub.Tenant] != nil
	}
	if there || c.Remove {
		return nil
	}
	return missing
}

// policy moves the policy of a kind from one version to another, zero being none.
func (s *State) policy(of identity.Scope, kind identity.PolicyKind, from uint64, to held) []error {
	move := func(have *map[identity.PolicyKind]held) []error {
		switch was := (*have)[kind].version; {
		case from == 0 && was > 0:
			return taken
		case from > 0 && was == 0:
			return missing
		case from != was:
			return overtaken
		}
		next := maps.Clone(*have)
		if next == nil {
			next = map[identity.PolicyKind]held{}
		}
		if next[kind] = to; to.version == 0 {
			delete(next, kind)
		}
		*have = next
		return nil
	}
	if of.Kind() == identity.ScopeTenant {
		return s.arrange(of.Subject().Tenant, func(t *tenant) []error { return move(&t.policies) })
	}
	return s.edit(of.Subject(), func(u *user) []error { return move(&u.policies) })
}
