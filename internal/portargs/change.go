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
	case identity.UpdateTenant:
		return first(tenant(c.Tenant), identity.CheckSlug(c.Slug), identity.CheckDisplayName(c.DisplayName), c.Settings.Validate(),
			want(len(c.Secrets) <= identity.MaxTenantSecrets, "secrets"), want(c.Expect > 0, "version"), want(!c.At.IsZero(), "time"))
	case identity.MoveTenant:
		return first(tenant(c.Tenant), want(validStatus(c.From) && validStatus(c.To), "status"), want(!c.Detail.Since.IsZero(), "time"),
			want(c.Detail.PurgeAt.IsZero() == (c.To != identity.TenantDeleting), "end"), moveTenant(c.From, c.To))
	case identity.DropTenant:
		return first(tenant(c.Tenant), want(!c.Now.IsZero(), "time"))
	case identity.SetIdentifiers:
		return first(subject(c.Subject), nonzero(c.By), want(!c.At.IsZero(), "time"), names(c.Was), names(c.Next), unreserved(c.Next))
	case identity.SetLanguage:
		return first(subject(c.Subject), nonzero(c.By), want(identity.CheckLanguage(c.Language) == nil, "language"), want(!c.At.IsZero(), "time"))
	case identity.SetDisplayName:
		return first(subject(c.Subject), nonzero(c.By), want(identity.CheckDisplayName(c.DisplayName) == nil, "display name"), want(!c.At.IsZero(), "time"))
	case identity.PutCredential:
		return first(credential(&c.Credential), want(c.Credential.Version == c.Expect+1, "version"))
	case identity.DropCredential:
		return first(subject(c.Subject), nonzero(c.ID), want(c.Expect > 0, "version"))
	case identity.VoidCredentials:
		return subject(c.Subject)
	case identity.PutMethod:
		return first(c.Scope.Validate(),
			want(c.Scope.Kind() != identity.ScopeGlobal, "global scope"), want(c.Method.Name != "", "method name"))
	case identity.PutPolicy:
		return first(scoped(c.Policy.Scope, c.Policy.Kind), want(c.Policy.Version == c.Expect+1, "version"),
			want(len(c.Policy.Body) <= identity.MaxPolicyBody, "body"), nonzero(c.Policy.By), want(!c.Policy.At.IsZero(), "time"),
			want(c.Policy.Scope.Kind() == identity.ScopeTenant || c.Policy.Reason != "", "reason"))
	case identity.DropPolicy:
		return first(scoped(c.Scope, c.Kind), want(c.Expect > 0, "version"))
	case identity.PutLink:
		return first(subject(c.Link.Subject()), want(identity.CheckLink(c.Link.Issuer, c.Link.External) == nil, "link"),
			nonzero(c.Link.By), want(!c.Link.At.IsZero(), "time"))
	case identity.DropLink:
		return first(subject(c.Subject), want(identity.CheckLink(c.Issuer, c.External) == nil, "link"))
	case identity.PutGrant:
		return first(grant(&c.Grant), want(c.Grant.Version == c.Expect+1, "version"))
	case identity.DropGrant:
		return first(subject(c.Subject), Role(c.Role), want(c.Expect > 0, "version"))
	case identity.RequireNoRole:
		return first(nonzero(c.Tenant), Role(c.Role))
	case identity.RequireHolder:
		return first(subject(c.Subject), Role(c.Role))
	case identity.PutToken:
		t := c.Token
		return first(subject(identity.Subject{Tenant: t.Tenant, User: t.User}),
			//axess:allow L05 compared with nothing: a missing digest is no secret
			want(t.Selector != [16]byte{} && t.Digest != [32]byte{}, "selector or digest"),
			want(t.Purpose != "", "purpose"), want(!t.ExpiresAt.IsZero(), "expiry"),
			want(c.Keep >= 0 && c.Keep <= 100, "keep"), want(t.Tries == 0, "tries"))
	case identity.CountTry:
		//axess:allow L05 compared with nothing: a missing digest is no secret
		return first(want(c.Selector != [16]byte{} && c.Digest != [32]byte{} && c.Purpose != "", "selector, digest or purpose"),
			want(c.Max > 0 && c.Max <= 100, "tries"), want(!c.Now.IsZero(), "time"))
	case identity.ConsumeToken:
		return first(want(c.Selector != [16]byte{} && c.Purpose != "", "selector or purpose"), want(!c.Now.IsZero(), "time"))
	case identity.VoidTokens:
		return first(subject(c.Subject), want(c.Since.IsZero() || c.Purpose != "", "purpose"))
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
	t := c.Tenant
	return first(identity.CheckID(t.ID), want(t.Slug != "" && len(t.Slug) <= identity.MaxSlug, "slug"), want(validStatus(t.Status), "status"),
		want(t.Version <= 1, "version"), t.Settings.Validate(), want(len(t.Secrets) <= identity.MaxTenantSecrets, "secrets"))
}

// tenant is a tenant that may be changed (IDN-036).
func tenant(t identity.TenantID) error {
	if t == identity.SystemTenant {
		return identity.ErrSystemTenant
	}
	return nonzero(t)
}

func validStatus(s identity.TenantStatus) bool {
	return s >= identity.TenantActive && s <= identity.TenantDeleting
}

func moveTenant(from, to identity.TenantStatus) error {
	if !identity.CanMoveTenant(from, to) {
		return identity.ErrStateTransition
	}
	return nil
}

// names are the identifiers of one user.
func names(list []identity.Identifier) error {
	err := want(len(list) > 0 && len(list) <= identity.MaxIdentifiers, "identifiers")
	for i, n := range list {
		err = first(err, want(n.Kind != "" && n.Canonical != "", "identifier"))
		for _, o := range list[:i] {
			err = first(err, want(o.Kind != n.Kind || o.Canonical != n.Canonical, "identifier twice"))
		}
	}
	return err
}

// unreserved refuses the names that nobody may take, whatever program is above
// (IDN-015). What a program reserves besides is its own to check.
func unreserved(list []identity.Identifier) error {
	for _, n := range list {
		if err := (identity.ReservedNames{}).Check(n); err != nil {
			return err
		}
	}
	return nil
}

// scoped is where a policy lies.
func scoped(s identity.Scope, k identity.PolicyKind) error {
	return first(s.Validate(), want(s.Kind() != identity.ScopeGlobal, "global scope"),
		want(k != "" && len(k) <= identity.MaxPolicyKind, "kind"))
}

func checkUser(u *identity.User) error {
	return first(identity.CheckID(u.Tenant), identity.CheckID(u.ID), names(u.Identifiers), want(validState(u.State), "state"),
		want(identity.CheckLanguage(u.Language) == nil, "language"), unreserved(u.Identifiers))
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
