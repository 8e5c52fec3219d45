package changeset

import (
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

func (s *Set) putPolicy(c identity.PutPolicy) error {
	return s.policies(c.Policy.Scope, func(list []identity.Policy) ([]identity.Policy, error) {
		at := slices.IndexFunc(list, func(p identity.Policy) bool { return p.Kind == c.Policy.Kind })
		switch {
		case c.Expect == 0 && at >= 0:
			return nil, store.ErrExists
		case c.Expect > 0 && at < 0:
			return nil, store.ErrNotFound
		case c.Expect > 0 && list[at].Version != c.Expect:
			return nil, store.ErrConflict
		case at >= 0:
			list = slices.Delete(list, at, at+1)
		}
		list = append(list, clonePolicies([]identity.Policy{c.Policy})[0])
		slices.SortFunc(list, ComparePolicies)
		return list, nil
	})
}

func (s *Set) dropPolicy(c identity.DropPolicy) error {
	return s.policies(c.Scope, func(list []identity.Policy) ([]identity.Policy, error) {
		at := slices.IndexFunc(list, func(p identity.Policy) bool { return p.Kind == c.Kind })
		switch {
		case at < 0:
			return nil, store.ErrNotFound
		case list[at].Version != c.Expect:
			return nil, store.ErrConflict
		}
		return slices.Delete(list, at, at+1), nil
	})
}

// policies changes the list of a scope, of which it is given a copy.
func (s *Set) policies(of identity.Scope, change func([]identity.Policy) ([]identity.Policy, error)) error {
	sub := of.Subject()
	if of.Kind() == identity.ScopeTenant {
		row, ok := s.Tenants.get(sub.Tenant)
		if !ok {
			return store.ErrNotFound
		}
		next, err := change(slices.Clone(row.Policies))
		if err == nil {
			s.Tenants.put(sub.Tenant, row.with(func(t *Tenant) { t.Policies = next }))
		}
		return err
	}
	row, ok := s.Users.get(sub)
	if !ok {
		return store.ErrNotFound
	}
	next, err := change(slices.Clone(row.Policies))
	if err == nil {
		s.Users.put(sub, row.with(func(u *User) { u.Policies = next }))
	}
	return err
}

// DropMethod stages the end of a method of a user; none is nothing.
func (s *Set) DropMethod(of identity.Subject, name string) {
	if row, ok := s.Users.get(of); ok {
		s.Users.put(of, row.with(func(u *User) { u.Methods = setMethod(u.Methods, identity.Method{Name: name}, true) }))
	}
}

// DropExpiredPolicy stages the end of a policy of a user, whatever its version; none
// is nothing.
func (s *Set) DropExpiredPolicy(of identity.Subject, kind identity.PolicyKind) {
	if row, ok := s.Users.get(of); ok {
		s.Users.put(of, row.with(func(u *User) {
			u.Policies = slices.DeleteFunc(slices.Clone(u.Policies), func(p identity.Policy) bool { return p.Kind == kind })
		}))
	}
}
