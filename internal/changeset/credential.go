package changeset

import (
	"bytes"
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// find returns the row of a user and the place of a credential in it, -1 if the
// user has none of this id.
func (s *Set) find(owner identity.Subject, id identity.CredentialID) (*User, int, error) {
	row, ok := s.Users.get(owner)
	if !ok {
		return nil, -1, store.ErrNotFound
	}
	return row, row.credential(id), nil
}

// held is find for a write that is conditioned on a version (AUN-043).
func (s *Set) held(owner identity.Subject, id identity.CredentialID, version uint64) (*User, int, error) {
	row, at, err := s.find(owner, id)
	switch {
	case err != nil:
		return nil, -1, err
	case at < 0:
		return nil, -1, store.ErrNotFound
	case row.Creds[at].Version != version:
		return nil, -1, store.ErrConflict
	}
	return row, at, nil
}

func (s *Set) putCredential(c identity.PutCredential) error {
	owner := identity.Subject{Tenant: c.Credential.Tenant, User: c.Credential.User}
	var row *User
	var at int
	var err error
	if c.Expect > 0 {
		row, at, err = s.held(owner, c.Credential.ID, c.Expect)
	} else if row, at, err = s.find(owner, c.Credential.ID); err == nil && at >= 0 {
		err = store.ErrExists
	}
	if err != nil {
		return err
	}
	s.Users.put(owner, row.with(func(u *User) {
		u.Creds = slices.Clone(u.Creds)
		if at >= 0 {
			u.Creds = slices.Delete(u.Creds, at, at+1)
		}
		u.Creds = append(u.Creds, cloneCredential(c.Credential))
		slices.SortFunc(u.Creds, CompareCredentials)
	}))
	return nil
}

func (s *Set) dropCredential(c identity.DropCredential) error {
	row, at, err := s.held(c.Subject, c.ID, c.Expect)
	if err != nil {
		return err
	}
	s.Users.put(c.Subject, row.with(func(u *User) {
		u.Creds = slices.Delete(slices.Clone(u.Creds), at, at+1)
	}))
	return nil
}

// advance writes what a verification changed: nothing but body, MAC, version
// and the time of use, so a label that was edited meanwhile stays.
func (s *Set) advance(c identity.Credential) error {
	owner := identity.Subject{Tenant: c.Tenant, User: c.User}
	row, at, err := s.held(owner, c.ID, c.Version-1)
	if err != nil {
		return err
	}
	s.Users.put(owner, row.with(func(u *User) {
		u.Creds = slices.Clone(u.Creds)
		to := &u.Creds[at]
		to.State, to.Body, to.MAC, to.Version, to.LastUsedAt = c.State, bytes.Clone(c.Body), c.MAC, c.Version, c.LastUsedAt
	}))
	return nil
}
