package memory

import (
	"context"
	"crypto/subtle"
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/store"
)

// Apply implements [identity.Admin].
func (p people) Apply(ctx context.Context, changes ...identity.Change) error {
	return apply(ctx, p.b, "apply", changes)
}

// Record implements [identity.AuthnLog].
func (p people) Record(ctx context.Context, changes ...identity.LogChange) error {
	return apply(ctx, p.b, "record", changes)
}

func apply[C identity.Change](ctx context.Context, b *Backend, verb string, changes []C) error {
	for i, c := range changes {
		if err := portargs.Change(c); err != nil {
			return failed(verb, &identity.ChangeError{Index: i, Err: err})
		}
	}
	if err := alive(ctx, verb); err != nil {
		return err
	}
	b.book.Lock()
	defer b.book.Unlock()
	s := b.stage()
	for i, c := range changes {
		if err := s.change(c); err != nil {
			return failed(verb, &identity.ChangeError{Index: i, Err: err})
		}
	}
	s.install()
	return nil
}

// staged is a change set on its way.
type staged struct {
	b        *Backend
	tenants  view[identity.TenantID, *tenantRow]
	slugs    view[string, identity.TenantID]
	users    view[identity.Subject, *userRow]
	holders  view[holding, int]
	names    view[name, identity.UserID]
	tokens   view[[16]byte, identity.Token]
	tokensOf view[identity.Subject, [][16]byte]
	raised   view[identity.Scope, uint64]
	scopes   []identity.Scope // keys of raised, in order
	rows     []store.Row
}

func (b *Backend) stage() *staged {
	d := &b.dir
	return &staged{
		b:        b,
		tenants:  viewOf(d.tenants),
		slugs:    viewOf(d.slugs),
		users:    viewOf(d.users),
		holders:  viewOf(d.holders),
		names:    viewOf(d.names),
		tokens:   viewOf(d.tokens),
		tokensOf: viewOf(d.tokensOf),
	}
}

// install makes everything that has been staged. Nothing here can fail.
func (s *staged) install() {
	s.tenants.install()
	s.slugs.install()
	s.users.install()
	s.holders.install()
	s.names.install()
	s.tokens.install()
	s.tokensOf.install()
	for _, scope := range s.scopes {
		v, _ := s.raised.get(scope)
		s.b.epochs.set(scope, v)
	}
	s.b.rows.add(s.rows...)
}

// change stages one change if its condition holds, seeing the ones before it.
func (s *staged) change(c identity.Change) error {
	switch c := c.(type) {
	case identity.NewTenant:
		return s.newTenant(c)
	case identity.NewUser:
		return s.newUser(c.User)
	case identity.Transition:
		return s.transition(c)
	case identity.SetLanguage:
		return s.setLanguage(c)
	case identity.PutCredential:
		return s.putCredential(c)
	case identity.DropCredential:
		return s.dropCredential(c)
	case identity.VoidCredentials:
		if row, ok := s.users.get(c.Subject); ok {
			s.users.put(c.Subject, row.with(func(u *userRow) { u.creds = nil }))
		}
		return nil
	case identity.PutMethod:
		return s.putMethod(c)
	case identity.PutGrant:
		return s.putGrant(c)
	case identity.DropGrant:
		return s.dropGrant(c)
	case identity.RequireNoRole:
		return s.requireNoRole(c)
	case identity.PutToken:
		return s.putToken(c.Token)
	case identity.ConsumeToken:
		return s.consume(c)
	case identity.VoidTokens:
		s.voidTokens(c.Subject, func(t identity.Token) bool { return t.Purpose == c.Purpose })
		return nil
	case identity.EraseUser:
		return s.erase(c)
	case identity.RaiseEpoch:
		return s.raise(c)
	case identity.AdvanceCredential:
		return s.advance(c.Credential)
	case identity.RecordLogin:
		return s.recordLogin(c)
	case identity.Append:
		rows := append(s.rows, c.Row)
		if err := s.b.rows.admits(rows); err != nil {
			return err
		}
		s.rows = rows
		return nil
	}
	return store.ErrBadArgument // portargs has refused it
}

func (s *staged) newTenant(c identity.NewTenant) error {
	_, id := s.tenants.get(c.Tenant.ID)
	if _, slug := s.slugs.get(c.Tenant.Slug); id || slug {
		return store.ErrExists
	}
	row := &tenantRow{tenant: c.Tenant, methods: cloneMethods(c.Methods)}
	sortMethods(row.methods)
	s.tenants.put(c.Tenant.ID, row)
	s.slugs.put(c.Tenant.Slug, c.Tenant.ID)
	return nil
}

func (s *staged) newUser(u identity.User) error {
	if _, ok := s.tenants.get(u.Tenant); !ok {
		return store.ErrNotFound
	}
	if _, taken := s.users.get(u.Subject()); taken {
		return store.ErrExists
	}
	for _, i := range u.Identifiers {
		key := name{u.Tenant, i.Kind, i.Canonical}
		if _, taken := s.names.get(key); taken {
			return store.ErrExists
		}
		s.names.put(key, u.ID)
	}
	s.users.put(u.Subject(), &userRow{user: cloneUser(u)})
	return nil
}

func (s *staged) transition(c identity.Transition) error {
	row, ok := s.users.get(c.Subject)
	if !ok {
		return store.ErrNotFound
	}
	if row.user.State != c.From {
		return store.ErrConflict
	}
	s.users.put(c.Subject, row.with(func(u *userRow) {
		u.user.State, u.user.Detail = c.To, c.Detail
		if !c.EmailVerifiedAt.IsZero() {
			u.user.EmailVerifiedAt = c.EmailVerifiedAt
		}
		if !c.By.IsZero() {
			u.user.UpdatedBy = c.By
		}
		if !c.Detail.Since.IsZero() {
			u.user.UpdatedAt = c.Detail.Since
		}
	}))
	return nil
}

func (s *staged) setLanguage(c identity.SetLanguage) error {
	row, ok := s.users.get(c.Subject)
	if !ok {
		return store.ErrNotFound
	}
	s.users.put(c.Subject, row.with(func(u *userRow) {
		u.user.Language, u.user.UpdatedBy, u.user.UpdatedAt = c.Language, c.By, c.At
	}))
	return nil
}

func (s *staged) putMethod(c identity.PutMethod) error {
	sub := c.Scope.Subject()
	if c.Scope.Kind() == identity.ScopeTenant {
		row, ok := s.tenants.get(sub.Tenant)
		if ok {
			s.tenants.put(sub.Tenant, &tenantRow{row.tenant, setMethod(row.methods, c.Method, c.Remove)})
		}
		return absent(ok || c.Remove)
	}
	row, ok := s.users.get(sub)
	if ok {
		s.users.put(sub, row.with(func(u *userRow) { u.methods = setMethod(u.methods, c.Method, c.Remove) }))
	}
	return absent(ok || c.Remove)
}

func absent(fine bool) error {
	if !fine {
		return store.ErrNotFound
	}
	return nil
}

func (s *staged) erase(c identity.EraseUser) error {
	row, ok := s.users.get(c.Subject)
	if !ok {
		return store.ErrNotFound
	}
	if row.user.State != c.From {
		return store.ErrConflict
	}
	for _, i := range row.user.Identifiers {
		s.names.drop(name{c.Subject.Tenant, i.Kind, i.Canonical})
	}
	s.voidTokens(c.Subject, func(identity.Token) bool { return true })
	for _, g := range row.grants {
		s.count(holding{g.Tenant, g.Role}, -1)
	}
	s.users.drop(c.Subject)
	return nil
}

func (s *staged) raise(c identity.RaiseEpoch) error {
	now, staged := s.raised.get(c.Scope)
	if !staged {
		now = s.b.epochs.at(c.Scope)
		s.scopes = append(s.scopes, c.Scope)
	}
	if c.Check && now != c.From {
		return store.ErrConflict
	}
	s.raised.put(c.Scope, now+1)
	return nil
}

func (s *staged) recordLogin(c identity.RecordLogin) error {
	row, ok := s.users.get(c.Subject)
	if !ok {
		return store.ErrConflict
	}
	tenant, ok := s.tenants.get(c.Subject.Tenant)
	if !ok || tenant.tenant.Status != identity.TenantActive || row.user.StateAt(c.At) != identity.Active {
		return store.ErrConflict
	}
	s.users.put(c.Subject, row.with(func(u *userRow) {
		if c.At.After(u.user.LastLoginAt) {
			u.user.LastLoginAt = c.At
		}
		u.creds = slices.Clone(u.creds)
		for i := range u.creds {
			if slices.Contains(c.Used, u.creds[i].ID) && c.At.After(u.creds[i].LastUsedAt) {
				u.creds[i].LastUsedAt = c.At
			}
		}
	}))
	return nil
}

func (s *staged) putToken(t identity.Token) error {
	if _, known := s.tokens.get(t.Selector); known {
		return store.ErrExists
	}
	s.tokens.put(t.Selector, t)
	owner := identity.Subject{Tenant: t.Tenant, User: t.User}
	list, _ := s.tokensOf.get(owner)
	s.tokensOf.put(owner, append(slices.Clone(list), t.Selector))
	return nil
}

func (s *staged) consume(c identity.ConsumeToken) error {
	t, ok := s.tokens.get(c.Selector)
	if !ok || t.Purpose != c.Purpose || !c.Now.Before(t.ExpiresAt) ||
		subtle.ConstantTimeCompare(t.Digest[:], c.Digest[:]) != 1 {
		return store.ErrNotFound
	}
	s.voidTokens(identity.Subject{Tenant: t.Tenant, User: t.User}, func(o identity.Token) bool { return o.Selector == t.Selector })
	return nil
}

func (s *staged) voidTokens(owner identity.Subject, which func(identity.Token) bool) {
	list, _ := s.tokensOf.get(owner)
	var kept [][16]byte
	for _, selector := range list {
		if t, ok := s.tokens.get(selector); ok && !which(t) {
			kept = append(kept, selector)
			continue
		}
		s.tokens.drop(selector)
	}
	if len(kept) == 0 {
		s.tokensOf.drop(owner)
	} else {
		s.tokensOf.put(owner, kept)
	}
}
