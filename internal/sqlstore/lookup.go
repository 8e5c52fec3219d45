package sqlstore

import (
	"context"

	"github.com/axess-go/axess/identity"
)

// people is the identity port.
type people struct{ b *Backend }

const (
	selectTenant = `SELECT id, slug, display_name, status, reason, since, purge_at, settings, secrets, version, created_at,
 updated_at FROM axess_tenants`

	tenantByID   = selectTenant + ` WHERE id = ?`
	tenantBySlug = selectTenant + ` WHERE slug = ?`

	userColumns = ` u.tenant_id, u.id, u.display_name, u.state, u.reason, u.since, u.until, u.webauthn_handle,
 u.audit_handle, u.created_by, u.created_at, u.updated_by, u.updated_at, u.last_login_at, u.email_verified_at, u.language`

	selectAccount = `SELECT` + userColumns + `, t.status`

	accountByID = selectAccount + `
FROM axess_users u JOIN axess_tenants t ON t.id = u.tenant_id
WHERE u.tenant_id = ? AND u.id = ?`

	accountByName = selectAccount + `
FROM axess_identifiers i
JOIN axess_users u ON u.tenant_id = i.tenant_id AND u.id = i.user_id
JOIN axess_tenants t ON t.id = u.tenant_id
WHERE i.tenant_id = ? AND i.kind = ? AND i.canonical = ?`

	accountByHandle = selectAccount + `
FROM axess_users u JOIN axess_tenants t ON t.id = u.tenant_id
WHERE u.tenant_id = ? AND u.webauthn_handle = ?`

	accountByLink = selectAccount + `
FROM axess_links k
JOIN axess_users u ON u.tenant_id = k.tenant_id AND u.id = k.user_id
JOIN axess_tenants t ON t.id = u.tenant_id
WHERE k.tenant_id = ? AND k.issuer = ? AND k.external_id = ?`

	selectCredentials = `SELECT id, kind, state, version, created_at, body, mac, label, last_used_at
FROM axess_credentials WHERE tenant_id = ? AND user_id = ? ORDER BY created_at, id`

	selectMethods = `SELECT name, priority, enabled, reason, steps, expires_at FROM axess_methods
WHERE tenant_id = ? AND user_id = ? ORDER BY priority, name`

	selectToken = `SELECT digest, purpose, tenant_id, user_id, address, created_at, expires_at, tries
FROM axess_tokens WHERE selector = ?`
)

// TenantByID implements [identity.Lookup].
func (p people) TenantByID(ctx context.Context, t identity.TenantID) (identity.TenantView, error) {
	if t.IsZero() {
		return identity.TenantView{}, p.b.failed("tenant", identity.ErrInvalidID)
	}
	return p.tenant(ctx, "tenant", tenantByID, t)
}

// TenantBySlug implements [identity.Lookup].
func (p people) TenantBySlug(ctx context.Context, slug string) (identity.TenantView, error) {
	return p.tenant(ctx, "tenant by slug", tenantBySlug, sought(slug))
}

func (p people) tenant(ctx context.Context, verb, text string, key any) (identity.TenantView, error) {
	var v identity.TenantView
	err := p.b.snapshot(ctx, verb, func(ctx context.Context, l *lane) error {
		v = identity.TenantView{}
		t := &v.Tenant
		if err := l.scan(ctx, text, []any{key}, tenantDest(t)...); err != nil {
			return absent(err)
		}
		var err error
		if v.Methods, err = methodsOf(ctx, l, identity.Subject{Tenant: t.ID}); err != nil {
			return err
		}
		v.Policies, err = policiesOf(ctx, l, identity.Subject{Tenant: t.ID})
		return err
	})
	if err != nil {
		return identity.TenantView{}, err
	}
	return v, nil
}

func tenantDest(t *identity.Tenant) []any {
	return []any{
		&t.ID, &t.Slug, &t.DisplayName, small[identity.TenantStatus]{&t.Status}, &t.Detail.Reason, moment{&t.Detail.Since},
		moment{&t.Detail.PurgeAt}, settings{&t.Settings}, bytesOrNone{&t.Secrets}, number{&t.Version}, moment{&t.CreatedAt},
		moment{&t.UpdatedAt},
	}
}

// AccountByIdentifier implements [identity.Lookup].
func (p people) AccountByIdentifier(ctx context.Context, t identity.TenantID, kind identity.IdentifierKind, canonical string) (identity.Account, error) {
	if t.IsZero() {
		return identity.Account{}, p.b.failed("account", identity.ErrInvalidID)
	}
	return p.account(ctx, accountByName, t, sought(string(kind)), sought(canonical))
}

// AccountByID implements [identity.Lookup].
func (p people) AccountByID(ctx context.Context, s identity.Subject) (identity.Account, error) {
	if !s.Valid() {
		return identity.Account{}, p.b.failed("account", identity.ErrInvalidID)
	}
	return p.account(ctx, accountByID, s.Tenant, s.User)
}

// AccountByHandle implements [identity.Lookup].
func (p people) AccountByHandle(ctx context.Context, t identity.TenantID, handle [32]byte) (identity.Account, error) {
	if t.IsZero() {
		return identity.Account{}, p.b.failed("account", identity.ErrInvalidID)
	}
	return p.account(ctx, accountByHandle, t, id32(handle))
}

// AccountByLink implements [identity.Lookup].
func (p people) AccountByLink(ctx context.Context, t identity.TenantID, issuer, external string) (identity.Account, error) {
	if t.IsZero() {
		return identity.Account{}, p.b.failed("account", identity.ErrInvalidID)
	}
	return p.account(ctx, accountByLink, t, sought(issuer), sought(external))
}

// account reads a user with everything that belongs to it, from one state of the
// database: a credential of the next version beside a user of the last would be
// nobody's.
func (p people) account(ctx context.Context, text string, key ...any) (identity.Account, error) {
	var a identity.Account
	err := p.b.snapshot(ctx, "account", func(ctx context.Context, l *lane) error {
		a = identity.Account{}
		u := &a.User
		err := l.scan(ctx, text, key, append(userDest(u), small[identity.TenantStatus]{&a.Tenant})...)
		if err != nil {
			return absent(err)
		}
		if u.Identifiers, err = identifiersOf(ctx, l, u.Subject()); err != nil {
			return err
		}
		if a.Credentials, err = credentialsOf(ctx, l, u.Subject()); err != nil {
			return err
		}
		if a.Methods, err = methodsOf(ctx, l, u.Subject()); err != nil {
			return err
		}
		if a.Grants, err = grantsOf(ctx, l, u.Subject()); err != nil {
			return err
		}
		if a.Policies, err = policiesOf(ctx, l, u.Subject()); err != nil {
			return err
		}
		a.Links, err = linksOf(ctx, l, u.Subject())
		return err
	})
	if err != nil {
		return identity.Account{}, err
	}
	return a, nil
}

func userDest(u *identity.User) []any {
	return []any{
		&u.Tenant, &u.ID, &u.DisplayName, small[identity.UserState]{&u.State}, &u.Detail.Reason,
		moment{&u.Detail.Since}, moment{&u.Detail.Until}, exact(u.WebAuthnHandle[:]), exact(u.AuditHandle[:]),
		&u.CreatedBy, moment{&u.CreatedAt}, &u.UpdatedBy, moment{&u.UpdatedAt}, moment{&u.LastLoginAt}, moment{&u.EmailVerifiedAt},
		&u.Language,
	}
}

func credentialsOf(ctx context.Context, l *lane, s identity.Subject) ([]identity.Credential, error) {
	return rows(ctx, l, selectCredentials, []any{s.Tenant, s.User}, func(c *identity.Credential) []any {
		c.Tenant, c.User = s.Tenant, s.User
		return []any{
			&c.ID, (*string)(&c.Kind), small[identity.CredentialState]{&c.State}, number{&c.Version}, moment{&c.CreatedAt},
			&c.Body, exact(c.MAC[:]), &c.Label, moment{&c.LastUsedAt},
		}
	})
}

// methodsOf reads the methods of a user, or of a tenant if the user is zero.
func methodsOf(ctx context.Context, l *lane, s identity.Subject) ([]identity.Method, error) {
	var out []identity.Method
	var m identity.Method
	var steps []byte
	err := l.each(ctx, selectMethods, []any{s.Tenant, s.User}, func() []any {
		return []any{&m.Name, &m.Priority, &m.Enabled, &m.Reason, &steps, moment{&m.ExpiresAt}}
	}, func() (err error) {
		m.Steps, err = decodeSteps(steps)
		out = append(out, m)
		return err
	})
	return out, err
}

// TokenBySelector implements [identity.Lookup].
func (p people) TokenBySelector(ctx context.Context, selector [16]byte) (identity.Token, error) {
	const verb = "token"
	if selector == [16]byte{} {
		return identity.Token{}, p.b.malformed(verb, "no selector")
	}
	t := identity.Token{Selector: selector}
	err := p.b.read(ctx, verb, func(ctx context.Context, l *lane) error {
		return absent(l.scan(ctx, selectToken, []any{id16(selector)}, exact(t.Digest[:]), (*string)(&t.Purpose),
			&t.Tenant, &t.User, &t.Address, moment{&t.CreatedAt}, moment{&t.ExpiresAt}, &t.Tries))
	})
	if err != nil {
		return identity.Token{}, err
	}
	return t, nil
}
