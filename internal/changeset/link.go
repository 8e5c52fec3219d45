package changeset

import (
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

func (s *Set) putLink(l identity.Link) error {
	row, ok := s.Users.get(l.Subject())
	if !ok {
		return store.ErrNotFound
	}
	key := LinkKey{l.Tenant, l.Issuer, l.External}
	if _, taken := s.Links.get(key); taken {
		return store.ErrExists
	}
	if len(row.Links) >= identity.MaxLinks {
		return store.ErrTooLarge
	}
	s.Links.put(key, l.User)
	s.Users.put(l.Subject(), row.with(func(u *User) {
		u.Links = append(slices.Clone(u.Links), l)
		slices.SortFunc(u.Links, CompareLinks)
	}))
	return nil
}

func (s *Set) dropLink(c identity.DropLink) error {
	row, ok := s.Users.get(c.Subject)
	if !ok {
		return store.ErrNotFound
	}
	at := slices.IndexFunc(row.Links, func(l identity.Link) bool { return l.Issuer == c.Issuer && l.External == c.External })
	if at < 0 {
		return store.ErrNotFound
	}
	s.Links.drop(LinkKey{c.Subject.Tenant, c.Issuer, c.External})
	s.Users.put(c.Subject, row.with(func(u *User) { u.Links = slices.Delete(slices.Clone(u.Links), at, at+1) }))
	return nil
}
