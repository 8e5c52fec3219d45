package sqlstore

import (
	"context"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

const (
	insertTenant = `INSERT INTO axess_tenants
 (id, slug, display_name, status, reason, since, purge_at, settings, secrets, version, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	updateTenant = `UPDATE axess_tenants SET slug = ?, display_name = ?, settings = ?, secrets = ?, version = ?, updated_at = ?
WHERE id = ? AND version = ?`

	updateStatus = `UPDATE axess_tenants SET status = ?, reason = ?, since = ?, purge_at = ?, updated_at = ?
WHERE id = ? AND status = ?`

	// The condition of the purge is that of the row; who lives there is asked under
	// its lock, which nobody who refers to the tenant gets past.
	deleteTenant = `DELETE FROM axess_tenants WHERE id = ? AND status = ? AND purge_at <= ?`

	selectStatus = `SELECT status FROM axess_tenants WHERE id = ? {lock}`

	touchTenant = `UPDATE axess_tenants SET held = held + 1 WHERE id = ?`

	// Whatever user they are of: those of one whom the release before has erased, too.
	deleteTenantMethods  = `DELETE FROM axess_methods WHERE tenant_id = ?`
	deleteTenantPolicies = `DELETE FROM axess_policies WHERE tenant_id = ?`

	selectTenantVersion = `SELECT version FROM axess_tenants WHERE id = ?`

	selectInhabited = `SELECT EXISTS (SELECT 1 FROM axess_users WHERE tenant_id = ?)`
)

// firstVersion is that of a new tenant.
const firstVersion = 1

func newTenant(ctx context.Context, l *lane, c identity.NewTenant) error {
	t := &c.Tenant
	settings, err := t.Settings.Encode()
	if err != nil {
		return err
	}
	_, err = l.exec(ctx, insertTenant, t.ID, t.Slug, t.DisplayName, int64(t.Status), t.Detail.Reason, micro(t.Detail.Since),
		micro(t.Detail.PurgeAt), settings, blob(t.Secrets), firstVersion, micro(t.CreatedAt), micro(t.UpdatedAt))
	if err != nil {
		return refused(err)
	}
	for i := range c.Methods {
		if err := setMethod(ctx, l, identity.Subject{Tenant: t.ID}, &c.Methods[i]); err != nil {
			return err
		}
	}
	return nil
}

func changeTenant(ctx context.Context, l *lane, c *identity.UpdateTenant) error {
	settings, err := c.Settings.Encode()
	if err != nil {
		return err
	}
	n, err := l.exec(ctx, updateTenant, c.Slug, c.DisplayName, settings, blob(c.Secrets), int64(c.Expect+1), micro(c.At),
		c.Tenant, int64(c.Expect))
	return overtaken(ctx, l, n, refused(err), selectTenantVersion, c.Tenant)
}

func moveTenant(ctx context.Context, l *lane, c *identity.MoveTenant) error {
	n, err := l.exec(ctx, updateStatus, int64(c.To), c.Detail.Reason, micro(c.Detail.Since), micro(c.Detail.PurgeAt),
		micro(c.Detail.Since), c.Tenant, int64(c.From))
	if err != nil || n == 1 {
		return err
	}
	if err := holdTenant(ctx, l, c.Tenant); err != nil {
		return err
	}
	return store.ErrConflict
}

// holdTenant keeps a tenant in its status until the transaction has ended;
// store.ErrNotFound if there is none.
func holdTenant(ctx context.Context, l *lane, t identity.TenantID) error {
	var status identity.TenantStatus
	return absent(l.scan(ctx, selectStatus, []any{t}, small[identity.TenantStatus]{&status}))
}

// dropTenant removes the rows that refer to the tenant first. A user who comes at
// the same time waits for its row, and finds no tenant.
func dropTenant(ctx context.Context, l *lane, c *identity.DropTenant) error {
	if err := holdTenant(ctx, l, c.Tenant); err != nil {
		return err
	}
	var inhabited bool
	if err := l.scan(ctx, selectInhabited, []any{c.Tenant}, &inhabited); err != nil {
		return err
	}
	if inhabited {
		return store.ErrConflict
	}
	for _, text := range []string{deleteTenantMethods, deleteTenantPolicies} {
		if _, err := l.exec(ctx, text, c.Tenant); err != nil {
			return err
		}
	}
	n, err := l.exec(ctx, deleteTenant, c.Tenant, int64(identity.TenantDeleting), micro(c.Now))
	if err == nil && n != 1 {
		return store.ErrConflict
	}
	return err
}

// settings reads those of a tenant. What cannot be read is store.ErrCorrupt: a
// setting that is skipped would weaken the tenant.
type settings struct{ to *identity.TenantSettings }

// Scan implements sql.Scanner.
func (s settings) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok && src != nil {
		return corrupt("settings")
	}
	v, err := identity.DecodeTenantSettings(b)
	*s.to = v
	return err
}

// never is how the zero time is stored.
func never() int64 { return micro(time.Time{}) }
