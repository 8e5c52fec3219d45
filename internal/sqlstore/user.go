package sqlstore

import (
	"context"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

const (
	insertUser = `INSERT INTO axess_users (tenant_id, id, display_name, state, reason, since, until, webauthn_handle,
 audit_handle, created_by, created_at, updated_by, updated_at, last_login_at, email_verified_at, language)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	updateState = `UPDATE axess_users SET state = ?, reason = ?, since = ?, until = ?,
 email_verified_at = COALESCE(?, email_verified_at), updated_by = COALESCE(?, updated_by), updated_at = COALESCE(?, updated_at)
WHERE tenant_id = ? AND id = ? AND state = ?`

	updateLanguage = `UPDATE axess_users SET language = ?, updated_by = ?, updated_at = ? WHERE tenant_id = ? AND id = ?`

	updateDisplayName = `UPDATE axess_users SET display_name = ?, updated_by = ?, updated_at = ? WHERE tenant_id = ? AND id = ?`

	selectState = `SELECT state FROM axess_users WHERE tenant_id = ? AND id = ? {lock}`

	touchUser = `UPDATE axess_users SET held = held + 1 WHERE tenant_id = ? AND id = ?`

	// A suspension whose end has passed counts as active (identity.User.StateAt).
	stampLogin = `UPDATE axess_users SET last_login_at = CASE WHEN ? > last_login_at THEN ? ELSE last_login_at END
WHERE tenant_id = ? AND id = ? AND (state = ? OR state = ? AND until <> ? AND until <= ?)
 AND EXISTS (SELECT 1 FROM axess_tenants WHERE axess_tenants.id = axess_users.tenant_id AND axess_tenants.status = ?)`

	stampUse = `UPDATE axess_credentials SET last_used_at = ?
WHERE tenant_id = ? AND user_id = ? AND id = ? AND last_used_at < ?`

	deleteUser = `DELETE FROM axess_users WHERE tenant_id = ? AND id = ? AND state = ?`
)

func newUser(ctx context.Context, l *lane, u *identity.User) error {
	_, err := l.exec(ctx, insertUser, u.Tenant, u.ID, u.DisplayName, int64(u.State),
		u.Detail.Reason, micro(u.Detail.Since), micro(u.Detail.Until), id32(u.WebAuthnHandle), id16(u.AuditHandle),
		u.CreatedBy, micro(u.CreatedAt), u.UpdatedBy, micro(u.UpdatedAt), micro(u.LastLoginAt), micro(u.EmailVerifiedAt),
		u.Language)
	if err != nil {
		return refused(err)
	}
	return putIdentifiers(ctx, l, u.Subject(), u.Identifiers)
}

func transition(ctx context.Context, l *lane, c *identity.Transition) error {
	n, err := l.exec(ctx, updateState, int64(c.To), c.Detail.Reason, micro(c.Detail.Since), micro(c.Detail.Until),
		when(c.EmailVerifiedAt), nullable(c.By), when(c.Detail.Since), c.Subject.Tenant, c.Subject.User, int64(c.From))
	if err != nil || n == 1 {
		return err
	}
	var now identity.UserState
	if err := present(ctx, l, c.Subject, &now); err != nil {
		return err
	}
	return store.ErrConflict
}

func setLanguage(ctx context.Context, l *lane, c *identity.SetLanguage) error {
	n, err := l.exec(ctx, updateLanguage, c.Language, c.By, micro(c.At), c.Subject.Tenant, c.Subject.User)
	if err == nil && n == 0 {
		return store.ErrNotFound
	}
	return err
}

func setDisplayName(ctx context.Context, l *lane, c *identity.SetDisplayName) error {
	n, err := l.exec(ctx, updateDisplayName, c.DisplayName, c.By, micro(c.At), c.Subject.Tenant, c.Subject.User)
	if err == nil && n == 0 {
		return store.ErrNotFound
	}
	return err
}

// present reads the state of a user, who is store.ErrNotFound if there is none.
func present(ctx context.Context, l *lane, s identity.Subject, state *identity.UserState) error {
	return absent(l.scan(ctx, selectState, []any{s.Tenant, s.User}, small[identity.UserState]{state}))
}

// holdUser keeps a user where it is until the transaction has ended;
// store.ErrNotFound if there is none.
func holdUser(ctx context.Context, l *lane, s identity.Subject) error {
	var state identity.UserState
	if err := present(ctx, l, s, &state); err != nil {
		return err
	}
	return holdRow(ctx, l, touchUser, s.Tenant, s.User)
}

func erase(ctx context.Context, l *lane, s identity.Subject, from identity.UserState) error {
	var now identity.UserState
	if err := present(ctx, l, s, &now); err != nil {
		return err
	}
	if now != from {
		return store.ErrConflict
	}
	for _, text := range []string{
		deleteTokens, deleteGrants, deleteCredentials, deleteMethods, deletePolicies, deleteIdentifiers,
	} {
		if _, err := l.exec(ctx, text, s.Tenant, s.User); err != nil {
			return err
		}
	}
	// The links go with the row.
	n, err := l.exec(ctx, deleteUser, s.Tenant, s.User, int64(from))
	if err == nil && n != 1 {
		return store.ErrConflict
	}
	return err
}

func recordLogin(ctx context.Context, l *lane, c *identity.RecordLogin) error {
	at := micro(c.At)
	n, err := l.exec(ctx, stampLogin, at, at, c.Subject.Tenant, c.Subject.User,
		int64(identity.Active), int64(identity.Suspended), never(), at, int64(identity.TenantActive))
	if err != nil {
		return err
	}
	if n != 1 {
		return store.ErrConflict
	}
	for _, id := range c.Used {
		if _, err := l.exec(ctx, stampUse, at, c.Subject.Tenant, c.Subject.User, id, at); err != nil {
			return err
		}
	}
	return nil
}
