package sqlstore

import (
	"context"
	"errors"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/portargs"
	"github.com/axess-go/axess/store"
)

const (
	selectGrants = `SELECT role, version, granted_at, granted_by, mac FROM axess_grants
WHERE tenant_id = ? AND user_id = ? ORDER BY role`

	insertGrant = `INSERT INTO axess_grants (tenant_id, user_id, role, version, granted_at, granted_by, mac)
VALUES (?, ?, ?, ?, ?, ?, ?)`

	updateGrant = `UPDATE axess_grants SET version = ?, granted_at = ?, granted_by = ?, mac = ?
WHERE tenant_id = ? AND user_id = ? AND role = ? AND version = ?`

	deleteGrant = `DELETE FROM axess_grants WHERE tenant_id = ? AND user_id = ? AND role = ? AND version = ?`

	deleteGrants = `DELETE FROM axess_grants WHERE tenant_id = ? AND user_id = ?`

	selectGrant = `SELECT version FROM axess_grants WHERE tenant_id = ? AND user_id = ? AND role = ?`

	selectHeld = selectGrant + ` {lock}`

	selectHolder = `SELECT EXISTS (SELECT 1 FROM axess_grants WHERE tenant_id = ? AND role = ?)`
)

// HasRole implements [identity.Lookup].
func (p people) HasRole(ctx context.Context, t identity.TenantID, r identity.Role) (bool, error) {
	const verb = "role"
	if t.IsZero() {
		return false, p.b.failed(verb, identity.ErrInvalidID)
	}
	if err := portargs.Role(r); err != nil {
		return false, p.b.failed(verb, err)
	}
	var held bool
	err := p.b.read(ctx, verb, func(ctx context.Context, l *lane) error {
		return l.scan(ctx, selectHolder, []any{t, string(r)}, &held)
	})
	return held, err
}

func grantsOf(ctx context.Context, l *lane, s identity.Subject) ([]identity.Grant, error) {
	return rows(ctx, l, selectGrants, []any{s.Tenant, s.User}, func(g *identity.Grant) []any {
		g.Tenant, g.User = s.Tenant, s.User
		return []any{(*string)(&g.Role), number{&g.Version}, moment{&g.At}, &g.By, exact(g.MAC[:])}
	})
}

func putGrant(ctx context.Context, l *lane, p *identity.PutGrant) error {
	g := &p.Grant
	if p.Expect == 0 {
		_, err := l.exec(ctx, insertGrant, g.Tenant, g.User, string(g.Role), int64(g.Version), micro(g.At), g.By, id32(g.MAC))
		return refused(err)
	}
	n, err := l.exec(ctx, updateGrant, int64(g.Version), micro(g.At), g.By, id32(g.MAC),
		g.Tenant, g.User, string(g.Role), int64(p.Expect))
	return overtaken(ctx, l, n, err, selectGrant, g.Tenant, g.User, string(g.Role))
}

func dropGrant(ctx context.Context, l *lane, d *identity.DropGrant) error {
	n, err := l.exec(ctx, deleteGrant, d.Subject.Tenant, d.Subject.User, string(d.Role), int64(d.Expect))
	return overtaken(ctx, l, n, err, selectGrant, d.Subject.Tenant, d.Subject.User, string(d.Role))
}

// requireNoRole takes the lock of the tenant first: where transactions run side
// by side, two that both find nobody would otherwise both go on (PRD-062).
func requireNoRole(ctx context.Context, l *lane, c identity.RequireNoRole) error {
	if err := holdTenant(ctx, l, c.Tenant); err != nil {
		return err
	}
	if err := holdRow(ctx, l, touchTenant, c.Tenant); err != nil {
		return err
	}
	var held bool
	if err := l.scan(ctx, selectHolder, []any{c.Tenant, string(c.Role)}, &held); err != nil {
		return err
	}
	if held {
		return store.ErrExists
	}
	return nil
}

// requireHolder holds the user and the row of the role until the transaction has
// ended: whoever moves this user away at the same time waits, or is waited for. The
// lock of the tenant comes first, or two who each need the other would wait for one
// another.
func requireHolder(ctx context.Context, l *lane, c identity.RequireHolder) error {
	if err := holdTenant(ctx, l, c.Subject.Tenant); err != nil {
		return err
	}
	if err := holdRow(ctx, l, touchTenant, c.Subject.Tenant); err != nil {
		return err
	}
	var state identity.UserState
	if err := present(ctx, l, c.Subject, &state); err != nil {
		return err
	}
	if err := holdRow(ctx, l, touchUser, c.Subject.Tenant, c.Subject.User); err != nil {
		return err
	}
	if state != identity.Active {
		return store.ErrConflict
	}
	var version uint64
	err := absent(l.scan(ctx, selectHeld, []any{c.Subject.Tenant, c.Subject.User, string(c.Role)}, number{&version}))
	if errors.Is(err, store.ErrNotFound) {
		return store.ErrConflict
	}
	return err
}
