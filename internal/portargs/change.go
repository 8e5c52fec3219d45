package portargs

import (
	"fmt"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// Change refuses a malformed change.
func Change(c identity.Change) error {
	switch c := c.(type) {
	case identity.NewTenant:
		return checkTenant(&c)
	case identity.NewUser:
		return checkUser(&c.User)
	case identity.Transition:
		return first(subject(c.Subject), want(validState(c.From) && validState(c.To), "state"), move(c.From, c.To))
	case identity.SetLanguage:
		return first(subject(c.Subject), nonzero(c.By), want(identity.CheckLanguage(c.Language) == nil, "language"), want(!c.At.IsZero(), "time"))
	case identity.PutCredential:
		return first(credential(&c.Credential), want(c.Credential.Version == c.Expect+1, "version"))
	case identity.DropCredential:
		return first(subject(c.Subject), nonzero(c.ID), want(c.Expect > 0, "version"))
	case identity.VoidCredentials:
		return subject(c.Subject)
	case identity.PutMethod:
		return first(c.Scope.Validate(),
			want(c.Scope.Kind() != identity.ScopeGlobal, "global scope"), want(c.Method.Name != "", "method name"))
	case identity.PutGrant:
		return first(grant(&c.Grant), want(c.Grant.Version == c.Expect+1, "version"))
	case identity.DropGrant:
		return first(subject(c.Subject), Role(c.Role), want(c.Expect > 0, "version"))
	case identity.RequireNoRole:
		return first(nonzero(c.Tenant), Role(c.Role))
	case identity.PutToken:
		t := c.Token
		return first(subject(identity.Subject{Tenant: t.Tenant, User: t.User}),
			//axess:allow L05 compared with nothing: a missing digest is no secret
			want(t.Selector != [16]byte{} && t.Digest != [32]byte{}, "selector or digest"),
			want(t.Purpose != "", "purpose"), want(!t.ExpiresAt.IsZero(), "expiry"))
	case identity.ConsumeToken:
		return first(want(c.Selector != [16]byte{} && c.Purpose != "", "selector or purpose"), want(!c.Now.IsZero(), "time"))
	case identity.VoidTokens:
		return first(subject(c.Subject), want(c.Purpose != "", "purpose"))
	case identity.EraseUser:
		return first(subject(c.Subject), want(validState(c.From), "state"))
	case identity.RaiseEpoch:
		return c.Scope.Validate()
	case identity.AdvanceCredential:
		return first(credential(&c.Credential), want(c.Credential.Version > 1, "version"))
	case identity.RecordLogin:
		return first(subject(c.Subject), want(!c.At.IsZero(), "time"))
	case identity.Append:
		return Row(&c.Row)
	}
	return fmt.Errorf("unknown change: %w", store.ErrBadArgument)
}

func checkTenant(c *identity.NewTenant) error {
	for i, m := range c.Methods {
		for _, o := range c.Methods[:i] {
			if o.Name == m.Name {
				return want(false, "method twice")
			}
		}
		if m.Name == "" {
			return want(false, "method name")
		}
	}
	s := c.Tenant.Status
	return first(nonzero(c.Tenant.ID), want(c.Tenant.Slug != "", "slug"),
		want(s >= identity.TenantActive && s <= identity.TenantDeleting, "status"))
}

func checkUser(u *identity.User) error {
	n := len(u.Identifiers)
	err := first(subject(u.Subject()), want(n > 0 && n <= identity.MaxIdentifiers, "identifiers"), want(validState(u.State), "state"),
		want(identity.CheckLanguage(u.Language) == nil, "language"))
	for _, i := range u.Identifiers {
		err = first(err, want(i.Kind != "" && i.Canonical != "", "identifier"))
	}
	return err
}

func credential(c *identity.Credential) error {
	return first(subject(identity.Subject{Tenant: c.Tenant, User: c.User}), nonzero(c.ID), want(c.Kind != "", "kind"),
		want(c.State == identity.CredentialActive || c.State == identity.CredentialDisabled, "state"))
}

func grant(g *identity.Grant) error {
	return first(subject(g.Subject()), Role(g.Role), nonzero(g.By), want(!g.At.IsZero(), "time"))
}

// Role refuses a role that is malformed.
func Role(r identity.Role) error { return want(r.Validate() == nil, "role") }

func validState(s identity.UserState) bool { return s >= identity.Candidate && s <= identity.Erasing }

// move keeps an account to the life that IDN-022 gives it, whoever asks: there is
// no way back from an end, and none from a closed account to an open one.
func move(from, to identity.UserState) error {
	if !identity.CanMove(from, to) {
		return identity.ErrStateTransition
	}
	return nil
}

func subject(s identity.Subject) error {
	if !s.Valid() {
		return identity.ErrInvalidID
	}
	return nil
}

func nonzero(id interface{ IsZero() bool }) error {
	if id.IsZero() {
		return identity.ErrInvalidID
	}
	return nil
}

func want(ok bool, what string) error {
	if !ok {
		return fmt.Errorf("%s: %w", what, store.ErrBadArgument)
	}
	return nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
