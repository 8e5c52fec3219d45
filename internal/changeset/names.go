package changeset

import (
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

func (s *Set) setIdentifiers(c identity.SetIdentifiers) error {
	row, ok := s.Users.get(c.Subject)
	if !ok {
		return store.ErrNotFound
	}
	if !sameNames(row.User.Identifiers, c.Was) {
		return store.ErrConflict
	}
	for _, i := range row.User.Identifiers {
		s.Names.drop(Name{c.Subject.Tenant, i.Kind, i.Canonical})
	}
	for _, i := range c.Next {
		key := Name{c.Subject.Tenant, i.Kind, i.Canonical}
		if _, taken := s.Names.get(key); taken {
			return store.ErrExists
		}
		s.Names.put(key, c.Subject.User)
	}
	s.Users.put(c.Subject, row.with(func(u *User) {
		u.User.Identifiers = slices.Clone(c.Next)
		u.User.UpdatedBy, u.User.UpdatedAt = c.By, c.At
		if !c.EmailVerifiedAt.IsZero() {
			u.User.EmailVerifiedAt = c.EmailVerifiedAt
		}
	}))
	return nil
}

// sameNames reports equal keys in any order; neither list has one twice.
func sameNames(a, b []identity.Identifier) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(x identity.Identifier) bool {
		return !slices.ContainsFunc(b, func(y identity.Identifier) bool { return x.Kind == y.Kind && x.Canonical == y.Canonical })
	})
}
