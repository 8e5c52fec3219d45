package changeset

import (
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// granted is the row of a grant of which the version is known.
func (s *Set) granted(owner identity.Subject, r identity.Role, version uint64) (*User, int, error) {
	row, ok := s.Users.get(owner)
	if !ok {
		return nil, -1, store.ErrNotFound
	}
	at := row.grant(r)
	switch {
	case at < 0:
		return nil, -1, store.ErrNotFound
	case row.Grants[at].Version != version:
		return nil, -1, store.ErrConflict
	}
	return row, at, nil
}

func (s *Set) putGrant(c identity.PutGrant) error {
	owner := c.Grant.Subject()
	if c.Expect > 0 {
		row, at, err := s.granted(owner, c.Grant.Role, c.Expect)
		if err != nil {
			return err
		}
		s.Users.put(owner, row.with(func(u *User) {
			u.Grants = slices.Clone(u.Grants)
			u.Grants[at] = c.Grant
		}))
		return nil
	}
	row, ok := s.Users.get(owner)
	if !ok {
		return store.ErrNotFound
	}
	if row.grant(c.Grant.Role) >= 0 {
		return store.ErrExists
	}
	s.Users.put(owner, row.with(func(u *User) {
		u.Grants = append(slices.Clone(u.Grants), c.Grant)
		slices.SortFunc(u.Grants, CompareGrants)
	}))
	s.count(Holding{owner.Tenant, c.Grant.Role}, 1)
	return nil
}

func (s *Set) dropGrant(c identity.DropGrant) error {
	row, at, err := s.granted(c.Subject, c.Role, c.Expect)
	if err != nil {
		return err
	}
	s.Users.put(c.Subject, row.with(func(u *User) {
		u.Grants = slices.Delete(slices.Clone(u.Grants), at, at+1)
	}))
	s.count(Holding{c.Subject.Tenant, c.Role}, -1)
	return nil
}

func (s *Set) requireNoRole(c identity.RequireNoRole) error {
	if _, ok := s.Tenants.get(c.Tenant); !ok {
		return store.ErrNotFound
	}
	if n, _ := s.Holders.get(Holding{c.Tenant, c.Role}); n > 0 {
		return store.ErrExists
	}
	return nil
}

func (s *Set) requireHolder(c identity.RequireHolder) error {
	row, ok := s.Users.get(c.Subject)
	switch {
	case !ok:
		return store.ErrNotFound
	case row.User.State != identity.Active || row.grant(c.Role) < 0:
		return store.ErrConflict
	}
	return nil
}

// count moves the number of holders of a role.
func (s *Set) count(h Holding, by int) {
	n, _ := s.Holders.get(h)
	if n += by; n > 0 {
		s.Holders.put(h, n)
	} else {
		s.Holders.drop(h)
	}
}
