package changeset

import (
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

func (s *Set) newTenant(c identity.NewTenant) error {
	_, id := s.Tenants.get(c.Tenant.ID)
	if _, slug := s.Slugs.get(c.Tenant.Slug); id || slug {
		return store.ErrExists
	}
	row := &Tenant{Tenant: c.Tenant.Clone(), Methods: cloneMethods(c.Methods)}
	row.Tenant.Version = 1
	slices.SortFunc(row.Methods, CompareMethods)
	s.Tenants.put(c.Tenant.ID, row)
	s.Slugs.put(c.Tenant.Slug, c.Tenant.ID)
	return nil
}

func (s *Set) newUser(u identity.User) error {
	if _, ok := s.Tenants.get(u.Tenant); !ok {
		return store.ErrNotFound
	}
	if _, taken := s.Users.get(u.Subject()); taken {
		return store.ErrExists
	}
	for _, i := range u.Identifiers {
		key := Name{u.Tenant, i.Kind, i.Canonical}
		if _, taken := s.Names.get(key); taken {
			return store.ErrExists
		}
		s.Names.put(key, u.ID)
	}
	handle := Handle{u.Tenant, u.WebAuthnHandle}
	if _, taken := s.Handles.get(handle); taken {
		return store.ErrExists
	}
	s.Handles.put(handle, u.ID)
	s.member(u.Tenant, 1)
	s.Users.put(u.Subject(), &User{User: cloneUser(u)})
	return nil
}

// member moves the number of users of a tenant. It is not looked at here: whoever
// signs up would meet everybody else who does.
func (s *Set) member(t identity.TenantID, by int) {
	at := slices.IndexFunc(s.Moved, func(m Members) bool { return m.Tenant == t })
	if at < 0 {
		at, s.Moved = len(s.Moved), append(s.Moved, Members{Tenant: t})
	}
	s.Moved[at].By += by
}

func (s *Set) transition(c identity.Transition) error {
	row, ok := s.Users.get(c.Subject)
	if !ok {
		return store.ErrNotFound
	}
	if row.User.State != c.From {
		return store.ErrConflict
	}
	s.Users.put(c.Subject, row.with(func(u *User) {
		u.User.State, u.User.Detail = c.To, c.Detail
		if !c.EmailVerifiedAt.IsZero() {
			u.User.EmailVerifiedAt = c.EmailVerifiedAt
		}
		if !c.By.IsZero() {
			u.User.UpdatedBy = c.By
		}
		if !c.Detail.Since.IsZero() {
			u.User.UpdatedAt = c.Detail.Since
		}
	}))
	return nil
}

func (s *Set) setLanguage(c identity.SetLanguage) error {
	row, ok := s.Users.get(c.Subject)
	if !ok {
		return store.ErrNotFound
	}
	s.Users.put(c.Subject, row.with(func(u *User) {
		u.User.Language, u.User.UpdatedBy, u.User.UpdatedAt = c.Language, c.By, c.At
	}))
	return nil
}

func (s *Set) setDisplayName(c identity.SetDisplayName) error {
	row, ok := s.Users.get(c.Subject)
	if !ok {
		return store.ErrNotFound
	}
	s.Users.put(c.Subject, row.with(func(u *User) {
		u.User.DisplayName, u.User.UpdatedBy, u.User.UpdatedAt = c.DisplayName, c.By, c.At
	}))
	return nil
}

func (s *Set) putMethod(c identity.PutMethod) error {
	sub := c.Scope.Subject()
	if c.Scope.Kind() == identity.ScopeTenant {
		row, ok := s.Tenants.get(sub.Tenant)
		if ok {
			s.Tenants.put(sub.Tenant, row.with(func(t *Tenant) { t.Methods = setMethod(t.Methods, c.Method, c.Remove) }))
		}
		return absent(ok || c.Remove)
	}
	row, ok := s.Users.get(sub)
	if ok {
		s.Users.put(sub, row.with(func(u *User) { u.Methods = setMethod(u.Methods, c.Method, c.Remove) }))
	}
	return absent(ok || c.Remove)
}

func absent(fine bool) error {
	if !fine {
		return store.ErrNotFound
	}
	return nil
}

func (s *Set) erase(c identity.EraseUser) error {
	row, ok := s.Users.get(c.Subject)
	if !ok {
		return store.ErrNotFound
	}
	if row.User.State != c.From {
		return store.ErrConflict
	}
	for _, i := range row.User.Identifiers {
		s.Names.drop(Name{c.Subject.Tenant, i.Kind, i.Canonical})
	}
	for _, l := range row.Links {
		s.Links.drop(LinkKey{l.Tenant, l.Issuer, l.External})
	}
	s.Handles.drop(Handle{c.Subject.Tenant, row.User.WebAuthnHandle})
	s.member(c.Subject.Tenant, -1)
	s.voidTokens(c.Subject, func(identity.Token) bool { return true })
	for _, g := range row.Grants {
		s.count(Holding{g.Tenant, g.Role}, -1)
	}
	s.Users.drop(c.Subject)
	return nil
}

func (s *Set) raise(c identity.RaiseEpoch) error {
	if s.epochs == nil {
		return store.ErrBadArgument
	}
	at := slices.IndexFunc(s.Raised, func(r Raise) bool { return r.Scope == c.Scope })
	now := uint64(0)
	if at >= 0 {
		now = s.Raised[at].To
	} else {
		now = s.epochs.At(c.Scope)
	}
	if c.Check && now != c.From {
		return store.ErrConflict
	}
	if at < 0 {
		at, s.Raised = len(s.Raised), append(s.Raised, Raise{Scope: c.Scope})
	}
	s.Raised[at].To = now + 1
	return nil
}

func (s *Set) recordLogin(c identity.RecordLogin) error {
	row, ok := s.Users.get(c.Subject)
	if !ok {
		return store.ErrConflict
	}
	tenant, ok := s.Tenants.get(c.Subject.Tenant)
	if !ok || tenant.Tenant.Status != identity.TenantActive || row.User.StateAt(c.At) != identity.Active {
		return store.ErrConflict
	}
	s.Users.put(c.Subject, row.with(func(u *User) {
		if c.At.After(u.User.LastLoginAt) {
			u.User.LastLoginAt = c.At
		}
		u.Creds = slices.Clone(u.Creds)
		for i := range u.Creds {
			if slices.Contains(c.Used, u.Creds[i].ID) && c.At.After(u.Creds[i].LastUsedAt) {
				u.Creds[i].LastUsedAt = c.At
			}
		}
	}))
	return nil
}
