package model

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// Rows of tenants and accounts are replaced as a whole, never written to.
type (
	tenant struct {
		identity.Tenant
		policies map[identity.PolicyKind]held
	}
	user struct {
		identity.User
		creds    []identity.Credential
		grants   []identity.Grant
		links    []identity.Link
		policies map[identity.PolicyKind]held
	}
	held struct { // a policy
		version uint64
		until   time.Time // zero: for good
	}
	name struct {
		tenant    identity.TenantID
		kind      identity.IdentifierKind
		canonical string
	}
	handle struct {
		tenant identity.TenantID
		value  [32]byte
	}
	link struct {
		tenant           identity.TenantID
		issuer, external string
	}
	holding struct {
		tenant identity.TenantID
		role   identity.Role
	}
)

func no(errs ...error) []error { return errs }

// Apply judges identity.Admin.Apply, and Record by way of [State.Record].
func (s *State) Apply(changes []identity.Change, got error) error {
	s.undo = s.undo[:0]
	defer func() { s.undo = s.undo[:0] }()
	for i, c := range changes {
		want := s.change(c)
		if len(want) == 0 {
			continue
		}
		s.back()
		_, err := judge("identity.Apply", got, want)
		at := (*identity.ChangeError)(nil)
		if err != nil {
			return fmt.Errorf("%w, of change %d, %T", err, i, c)
		}
		if errors.As(got, &at) && at.Index != i && !refused(got) {
			return wrong("identity.Apply", got, fmt.Sprintf("%v of change %d", expected(want), i))
		}
		return nil
	}
	made, err := judge("identity.Apply", got, nil)
	if !made {
		s.back()
	}
	if err != nil {
		if at := (*identity.ChangeError)(nil); errors.As(got, &at) && at.Index < len(changes) {
			err = fmt.Errorf("%w; it is %T", err, changes[at.Index])
		}
	}
	return err
}

// Record judges identity.AuthnLog.Record.
func (s *State) Record(changes []identity.LogChange, got error) error {
	all := make([]identity.Change, len(changes))
	for i, c := range changes {
		all[i] = c
	}
	return s.Apply(all, got)
}

// change makes a change, or says why it cannot be.
func (s *State) change(c identity.Change) []error {
	switch c := c.(type) {
	case identity.NewTenant:
		return s.newTenant(c)
	case identity.UpdateTenant:
		return s.updateTenant(c)
	case identity.MoveTenant:
		return s.moveTenant(c)
	case identity.DropTenant:
		return s.dropTenant(c)
	case identity.NewUser:
		return s.newUser(c.User)
	case identity.EraseUser:
		return s.eraseUser(c)
	case identity.Transition:
		return s.edit(c.Subject, func(u *user) []error {
			if u.State != c.From {
				return overtaken
			}
			u.State, u.Detail = c.To, c.Detail
			later(&u.EmailVerifiedAt, c.EmailVerifiedAt)
			later(&u.UpdatedAt, c.Detail.Since)
			if !c.By.IsZero() {
				u.UpdatedBy = c.By
			}
			return nil
		})
	case identity.SetLanguage:
		return s.edit(c.Subject, func(u *user) []error {
			u.Language, u.UpdatedBy, u.UpdatedAt = c.Language, c.By, c.At
			return nil
		})
	case identity.SetDisplayName:
		return s.edit(c.Subject, func(u *user) []error {
			u.DisplayName, u.UpdatedBy, u.UpdatedAt = c.DisplayName, c.By, c.At
			return nil
		})
	case identity.SetIdentifiers:
		return s.setIdentifiers(c)
	case identity.PutCredential:
		return s.putCredential(c)
	case identity.DropCredential:
		return s.held(c.Subject, c.ID, c.Expect, func(u *user, at int) { u.creds = slices.Delete(u.creds, at, at+1) })
	case identity.VoidCredentials:
		if s.users[c.Subject] == nil {
			return nil
		}
		return s.edit(c.Subject, func(u *user) []error { u.creds = nil; return nil })
	case identity.AdvanceCredential:
		n := c.Credential
		return s.held(identity.Subject{Tenant: n.Tenant, User: n.User}, n.ID, n.Version-1, func(u *user, at int) {
			to := &u.creds[at]
			to.State, to.Body, to.MAC, to.Version, to.LastUsedAt = n.State, bytes.Clone(n.Body), n.MAC, n.Version, n.LastUsedAt
		})
	case identity.RecordLogin:
		return s.recordLogin(c)
	case identity.PutMethod:
		return s.putMethod(c)
	case identity.PutPolicy:
		return s.policy(c.Policy.Scope, c.Policy.Kind, c.Expect, held{c.Policy.Version, c.Policy.ExpiresAt})
	case identity.DropPolicy:
		return s.policy(c.Scope, c.Kind, c.Expect, held{})
	case identity.PutLink:
		return s.putLink(c.Link)
	case identity.DropLink:
		return s.edit(c.Subject, func(u *user) []error {
			at := slices.IndexFunc(u.links, func(l identity.Link) bool { return l.Issuer == c.Issuer && l.External == c.External })
			if at < 0 {
				return missing
			}
			u.links = slices.Delete(slices.Clone(u.links), at, at+1)
			cut(s, s.links, link{c.Subject.Tenant, c.Issuer, c.External})
			return nil
		})
	case identity.PutGrant:
		return s.putGrant(c)
	case identity.DropGrant:
		return s.granted(c.Subject, c.Role, c.Expect, func(u *user, at int) {
			u.grants = slices.Delete(u.grants, at, at+1)
			s.holds(c.Subject.Tenant, c.Role, -1)
		})
	case identity.RequireNoRole:
		switch {
		case s.tenants[c.Tenant] == nil:
			return missing
		case s.holders[holding{c.Tenant, c.Role}] > 0:
			return taken
		}
		return nil
	case identity.RequireHolder:
		u := s.users[c.Subject]
		switch {
		case u == nil:
			return missing
		case u.State != identity.Active || u.grant(c.Role) < 0:
			return overtaken
		}
		return nil
	case identity.PutToken:
		return s.putToken(c)
	case identity.CountTry:
		return s.countTry(c)
	case identity.ConsumeToken:
		t, ok := s.good(c.Selector, c.Digest, c.Purpose, c.Now)
		if !ok {
			return missing
		}
		s.dropToken(t)
		return nil
	case identity.VoidTokens:
		s.voidTokens(c)
		return nil
	case identity.RaiseEpoch:
		now := s.epochs[c.Scope]
		if c.Check && now != c.From {
			return overtaken
		}
		put(s, s.epochs, c.Scope, now+1)
		return nil
	case identity.Append:
		if _, known := s.rows[c.Row.ID]; known {
			return taken
		}
		put(s, s.rows, c.Row.ID, c.Row.Topic)
		return nil
	}
	return no(fmt.Errorf("model: %T is not known", c))
}

func later(at *time.Time, to time.Time) {
	if !to.IsZero() {
		*at = to
	}
}

// edit changes the row of a user, who must be there.
func (s *State) edit(sub identity.Subject, do func(*user) []error) []error {
	u := s.users[sub]
	if u == nil {
		return missing
	}
	next := *u
	if err := do(&next); err != nil {
		return err
	}
	put(s, s.users, sub, &next)
	return nil
}

// held changes a credential whose version is known.
func (s *State) held(sub identity.Subject, id identity.CredentialID, version uint64, do func(u *user, at int)) []error {
	return s.edit(sub, func(u *user) []error {
		at := u.credential(id)
		switch {
		case at < 0:
			return missing
		case u.creds[at].Version != version:
			return overtaken
		}
		u.creds = slices.Clone(u.creds)
		do(u, at)
		return nil
	})
}

func (u *user) credential(id identity.CredentialID) int {
	return slices.IndexFunc(u.creds, func(c identity.Credential) bool { return c.ID == id })
}

func (s *State) putCredential(c identity.PutCredential) []error {
	row := c.Credential
	row.Body = bytes.Clone(row.Body)
	sub := identity.Subject{Tenant: row.Tenant, User: row.User}
	if c.Expect > 0 {
		return s.held(sub, row.ID, c.Expect, func(u *user, at int) { u.creds[at] = row; sortCredentials(u) })
	}
	return s.edit(sub, func(u *user) []error {
		if u.credential(row.ID) >= 0 {
			return taken
		}
		u.creds = append(slices.Clone(u.creds), row)
		sortCredentials(u)
		return nil
	})
}

func sortCredentials(u *user) {
	slices.SortFunc(u.creds, func(a, b identity.Credential) int {
		x, y := a.ID.Bytes(), b.ID.Bytes()
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), bytes.Compare(x[:], y[:]))
	})
}

func (s *State) newUser(u identity.User) []error {
	if s.tenants[u.Tenant] == nil {
		return missing
	}
	if s.users[u.Subject()] != nil {
		return taken
	}
	for _, i := range u.Identifiers {
		k := name{u.Tenant, i.Kind, i.Canonical}
		if _, is := s.names[k]; is {
			return taken
		}
		put(s, s.names, k, u.ID)
	}
	h := handle{u.Tenant, u.WebAuthnHandle}
	if _, is := s.handles[h]; is {
		return taken
	}
	put(s, s.handles, h, u.ID)
	put(s, s.members, u.Tenant, s.members[u.Tenant]+1)
	u.Identifiers = slices.Clone(u.Identifiers)
	put(s, s.users, u.Subject(), &user{User: u})
	return nil
}

func (s *State) eraseUser(c identity.EraseUser) []error {
	u := s.users[c.Subject]
	switch {
	case u == nil:
		return missing
	case u.State != c.From:
		return overtaken
	}
	t := c.Subject.Tenant
	for _, i := range u.Identifiers {
		cut(s, s.names, name{t, i.Kind, i.Canonical})
	}
	for _, l := range u.links {
		cut(s, s.links, link{t, l.Issuer, l.External})
	}
	for _, g := range u.grants {
		s.holds(t, g.Role, -1)
	}
	s.voidTokens(identity.VoidTokens{Subject: c.Subject})
	cut(s, s.handles, handle{t, u.WebAuthnHandle})
	put(s, s.members, t, s.members[t]-1)
	cut(s, s.users, c.Subject)
	return nil
}

func (s *State) setIdentifiers(c identity.SetIdentifiers) []error {
	return s.edit(c.Subject, func(u *user) []error {
		if len(u.Identifiers) != len(c.Was) {
			return overtaken
		}
		for _, w := range c.Was {
			if !slices.ContainsFunc(u.Identifiers, func(i identity.Identifier) bool { return i.Kind == w.Kind && i.Canonical == w.Canonical }) {
				return overtaken
			}
		}
		for _, i := range u.Identifiers {
			cut(s, s.names, name{c.Subject.Tenant, i.Kind, i.Canonical})
		}
		for _, i := range c.Next {
			k := name{c.Subject.Tenant, i.Kind, i.Canonical}
			if _, is := s.names[k]; is {
				return taken
			}
			put(s, s.names, k, c.Subject.User)
		}
		u.Identifiers, u.UpdatedBy, u.UpdatedAt = slices.Clone(c.Next), c.By, c.At
		later(&u.EmailVerifiedAt, c.EmailVerifiedAt)
		return nil
	})
}

func (s *State) recordLogin(c identity.RecordLogin) []error {
	u, t := s.users[c.Subject], s.tenants[c.Subject.Tenant]
	if u == nil || t == nil || t.Status != identity.TenantActive || u.StateAt(c.At) != identity.Active {
		return overtaken
	}
	return s.edit(c.Subject, func(u *user) []error {
		if u.LastLoginAt.Before(c.At) {
			u.LastLoginAt = c.At
		}
		u.creds = slices.Clone(u.creds)
		for i := range u.creds {
			if at := &u.creds[i].LastUsedAt; slices.Contains(c.Used, u.creds[i].ID) && at.Before(c.At) {
				*at = c.At
			}
		}
		return nil
	})
}

func (s *State) putLink(l identity.Link) []error {
	var want []error
	k := link{l.Tenant, l.Issuer, l.External}
	refused := s.edit(l.Subject(), func(u *user) []error {
		if _, is := s.links[k]; is {
			want = append(want, store.ErrExists)
		}
		if len(u.links) >= identity.MaxLinks {
			want = append(want, store.ErrTooLarge)
		}
		u.links = append(slices.Clone(u.links), l)
		slices.SortFunc(u.links, func(a, b identity.Link) int {
			return cmp.Or(cmp.Compare(a.Issuer, b.Issuer), cmp.Compare(a.External, b.External))
		})
		return want
	})
	if len(refused) == 0 {
		put(s, s.links, k, l.User)
	}
	return refused
}

func (u *user) grant(r identity.Role) int {
	return slices.IndexFunc(u.grants, func(g identity.Grant) bool { return g.Role == r })
}

func (s *State) granted(sub identity.Subject, r identity.Role, version uint64, do func(u *user, at int)) []error {
	return s.edit(sub, func(u *user) []error {
		at := u.grant(r)
		switch {
		case at < 0:
			return missing
		case u.grants[at].Version != version:
			return overtaken
		}
		u.grants = slices.Clone(u.grants)
		do(u, at)
		return nil
	})
}

func (s *State) putGrant(c identity.PutGrant) []error {
	g := c.Grant
	if c.Expect > 0 {
		return s.granted(g.Subject(), g.Role, c.Expect, func(u *user, at int) { u.grants[at] = g })
	}
	return s.edit(g.Subject(), func(u *user) []error {
		if u.grant(g.Role) >= 0 {
			return taken
		}
		u.grants = append(slices.Clone(u.grants), g)
		slices.SortFunc(u.grants, func(a, b identity.Grant) int { return cmp.Compare(a.Role, b.Role) })
		s.holds(g.Tenant, g.Role, 1)
		return nil
	})
}

func (s *State) holds(t identity.TenantID, r identity.Role, by int) {
	h := holding{t, r}
	put(s, s.holders, h, s.holders[h]+by)
}
