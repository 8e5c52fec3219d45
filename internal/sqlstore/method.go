package sqlstore

import (
	"context"

	"github.com/axess-go/axess/identity"
)

const (
	selectStatus = `SELECT status FROM axess_tenants WHERE id = ? {lock}`

	touchTenant = `UPDATE axess_tenants SET held = held + 1 WHERE id = ?`

	deleteMethod = `DELETE FROM axess_methods WHERE tenant_id = ? AND user_id = ? AND name = ?`

	deleteMethods = `DELETE FROM axess_methods WHERE tenant_id = ? AND user_id = ?`

	insertMethod = `INSERT INTO axess_methods (tenant_id, user_id, name, priority, enabled, reason, steps)
VALUES (?, ?, ?, ?, ?, ?, ?)`
)

func putMethod(ctx context.Context, l *lane, c *identity.PutMethod) error {
	s := c.Scope.Subject()
	if c.Remove {
		_, err := l.exec(ctx, deleteMethod, s.Tenant, s.User, c.Method.Name)
		return err
	}
	var err error
	if c.Scope.Kind() == identity.ScopeTenant {
		var status identity.TenantStatus
		err = absent(l.scan(ctx, selectStatus, []any{s.Tenant}, small[identity.TenantStatus]{&status}))
	} else {
		var state identity.UserState
		if err = present(ctx, l, s, &state); err == nil {
			err = holdRow(ctx, l, touchUser, s.Tenant, s.User)
		}
	}
	if err != nil {
		return err
	}
	return setMethod(ctx, l, s, &c.Method)
}

// setMethod puts a method in the place of the one with its name. The user is
// zero for a method of the tenant.
func setMethod(ctx context.Context, l *lane, s identity.Subject, m *identity.Method) error {
	if _, err := l.exec(ctx, deleteMethod, s.Tenant, s.User, m.Name); err != nil {
		return err
	}
	enabled := 0
	if m.Enabled {
		enabled = 1
	}
	_, err := l.exec(ctx, insertMethod, s.Tenant, s.User, m.Name, m.Priority, enabled, m.Reason, encodeSteps(m.Steps))
	return err
}
