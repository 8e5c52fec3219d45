package changeset

import (
	"fmt"
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// Epochs are the revocation counters as they are, for a backend that keeps them in
// the place of its accounts.
type Epochs interface {
	// At is the counter of one scope.
	At(s identity.Scope) uint64
}

// Rows is what the outbox holds.
type Rows interface {
	// Known reports that a row of this id is there.
	Known(id [16]byte) bool
}

// Tables are what a change set is checked against. All but Epochs are required:
// without, a RaiseEpoch is store.ErrBadArgument.
type Tables struct {
	Tenants Table[identity.TenantID, *Tenant]
	Slugs   Table[string, identity.TenantID]
	Users   Table[identity.Subject, *User]
	Names   Table[Name, identity.UserID]
	Handles Table[Handle, identity.UserID]
	Links   Table[LinkKey, identity.UserID]
	Members Table[identity.TenantID, int] // users in any state: 1 or more, or absent
	Holders Table[Holding, int]           // 1 or more, or absent
	Tokens  Table[[16]byte, identity.Token]
	// TokensOf finds the tokens of a user, who need not exist: void tokens are
	// stored for equal work.
	TokensOf Table[identity.Subject, [][16]byte]
	Outbox   Rows
	Epochs   Epochs
}

// Raise is an epoch with its new value.
type Raise struct {
	Scope identity.Scope
	To    uint64
}

// Members is by how much the number of users of a tenant moves.
type Members struct {
	Tenant identity.TenantID
	By     int
}

// Set is a change set on its way: what is staged is exported, for the backend to
// make. Make one with [New]. It serves one goroutine.
type Set struct {
	Tenants  View[identity.TenantID, *Tenant]
	Slugs    View[string, identity.TenantID]
	Users    View[identity.Subject, *User]
	Names    View[Name, identity.UserID]
	Handles  View[Handle, identity.UserID]
	Links    View[LinkKey, identity.UserID]
	Moved    []Members // each tenant once
	Holders  View[Holding, int]
	Tokens   View[[16]byte, identity.Token]
	TokensOf View[identity.Subject, [][16]byte]
	Raised   []Raise     // each scope once
	Rows     []store.Row // in the order of their changes

	members Table[identity.TenantID, int]
	outbox  Rows
	epochs  Epochs
}

// New begins a change set.
func New(t Tables) *Set {
	return &Set{
		Tenants:  viewOf(t.Tenants),
		Slugs:    viewOf(t.Slugs),
		Users:    viewOf(t.Users),
		Names:    viewOf(t.Names),
		Handles:  viewOf(t.Handles),
		Links:    viewOf(t.Links),
		Holders:  viewOf(t.Holders),
		Tokens:   viewOf(t.Tokens),
		TokensOf: viewOf(t.TokensOf),
		members:  t.Members,
		outbox:   t.Outbox,
		epochs:   t.Epochs,
	}
}

// Change stages one change if its condition holds, seeing the ones before it. A
// Set that has refused a change is of no further use.
func (s *Set) Change(c identity.Change) error {
	switch c := c.(type) {
	case identity.NewTenant:
		return s.newTenant(c)
	case identity.NewUser:
		return s.newUser(c.User)
	case identity.Transition:
		return s.transition(c)
	case identity.UpdateTenant:
		return s.updateTenant(c)
	case identity.MoveTenant:
		return s.moveTenant(c)
	case identity.DropTenant:
		return s.dropTenant(c)
	case identity.SetIdentifiers:
		return s.setIdentifiers(c)
	case identity.SetLanguage:
		return s.setLanguage(c)
	case identity.SetDisplayName:
		return s.setDisplayName(c)
	case identity.PutCredential:
		return s.putCredential(c)
	case identity.DropCredential:
		return s.dropCredential(c)
	case identity.VoidCredentials:
		if row, ok := s.Users.get(c.Subject); ok {
			s.Users.put(c.Subject, row.with(func(u *User) { u.Creds = nil }))
		}
		return nil
	case identity.PutMethod:
		return s.putMethod(c)
	case identity.PutPolicy:
		return s.putPolicy(c)
	case identity.DropPolicy:
		return s.dropPolicy(c)
	case identity.PutLink:
		return s.putLink(c.Link)
	case identity.DropLink:
		return s.dropLink(c)
	case identity.PutGrant:
		return s.putGrant(c)
	case identity.DropGrant:
		return s.dropGrant(c)
	case identity.RequireNoRole:
		return s.requireNoRole(c)
	case identity.RequireHolder:
		return s.requireHolder(c)
	case identity.PutToken:
		return s.putToken(c)
	case identity.CountTry:
		return s.countTry(c)
	case identity.ConsumeToken:
		return s.consume(c)
	case identity.VoidTokens:
		s.voidTokens(c.Subject, func(t identity.Token) bool {
			return (c.Purpose == "" || t.Purpose == c.Purpose) && !t.CreatedAt.Before(c.Since)
		})
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
		return s.append(c.Row)
	}
	return store.ErrBadArgument // portargs has refused it
}

// append stages a row of the outbox.
func (s *Set) append(r store.Row) error {
	staged := slices.ContainsFunc(s.Rows, func(o store.Row) bool { return o.ID == r.ID })
	if staged || s.outbox.Known(r.ID) {
		return fmt.Errorf("row: %w", store.ErrExists)
	}
	s.Rows = append(s.Rows, r)
	return nil
}
