package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/store"
)

// holding is a role of a tenant, of which the directory counts the holders.
type holding struct {
	tenant identity.TenantID
	role   identity.Role
}

// HasRole implements [identity.Lookup].
func (p people) HasRole(ctx context.Context, t identity.TenantID, r identity.Role) (bool, error) {
	if t.IsZero() {
		return false, failed("role", identity.ErrInvalidID)
	}
	if err := portargs.Role(r); err != nil {
		return false, failed("role", err)
	}
	return look(ctx, p.b, "role", func(d *directory) (bool, bool) { return d.holders[holding{t, r}] > 0, true })
}

func (u *userRow) grant(r identity.Role) int {
	return slices.IndexFunc(u.grants, func(g identity.Grant) bool { return g.Role == r })
}

// granted is the row of a grant of which the version is known.
func (s *staged) granted(owner identity.Subject, r identity.Role, version uint64) (*userRow, int, error) {
	row, ok := s.users.get(owner)
	if !ok {
		return nil, -1, store.ErrNotFound
	}
	at := row.grant(r)
	switch {
	case at < 0:
		return nil, -1, store.ErrNotFound
	case row.grants[at].Version != version:
		return nil, -1, store.ErrConflict
	}
	return row, at, nil
}

func (s *staged) putGrant(c identity.PutGrant) error {
	owner := c.Grant.Subject()
	if c.Expect > 0 {
		row, at, err := s.granted(owner, c.Grant.Role, c.Expect)
		if err != nil {
			return err
		}
		s.users.put(owner, row.with(func(u *userRow) {
			u.grants = slices.Clone(u.grants)
			u.grants[at] = c.Grant
		}))
		return nil
	}
	row, ok := s.users.get(owner)
	if !ok {
		return store.ErrNotFound
	}
	if row.grant(c.Grant.Role) >= 0 {
		return store.ErrExists
	}
	s.users.put(owner, row.with(func(u *userRow) {
		u.grants = append(slices.Clone(u.grants), c.Grant)
		slices.SortFunc(u.grants, func(a, b identity.Grant) int { return cmp.Compare(a.Role, b.Role) })
	}))
	s.count(holding{owner.Tenant, c.Grant.Role}, 1)
	return nil
}

func (s *staged) dropGrant(c identity.DropGrant) error {
	row, at, err := s.granted(c.Subject, c.Role, c.Expect)
	if err != nil {
		return err
	}
	s.users.put(c.Subject, row.with(func(u *userRow) {
		u.grants = slices.Delete(slices.Clone(u.grants), at, at+1)
	}))
	s.count(holding{c.Subject.Tenant, c.Role}, -1)
	return nil
}

func (s *staged) requireNoRole(c identity.RequireNoRole) error {
	if _, ok := s.tenants.get(c.Tenant); !ok {
		return store.ErrNotFound
	}
	if n, _ := s.holders.get(holding{c.Tenant, c.Role}); n > 0 {
		return store.ErrExists
	}
	return nil
}

// count moves the number of holders of a role.
func (s *staged) count(h holding, by int) {
	n, _ := s.holders.get(h)
	if n += by; n > 0 {
		s.holders.put(h, n)
	} else {
		s.holders.drop(h)
	}
}
