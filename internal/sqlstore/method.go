package sqlstore

import (
	"context"

	"github.com/axess-go/axess/identity"
)

const (
	deleteMethod = `DELETE FROM axess_methods WHERE tenant_id = ? AND user_id = ? AND name = ?`

	deleteMethods = `DELETE FROM axess_methods WHERE tenant_id = ? AND user_id = ?`

	insertMethod = `INSERT INTO axess_methods (tenant_id, user_id, name, priority, enabled, reason, steps, expires_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)`

	// What a tenant decides has no end.
	overMethods = ` FROM axess_methods WHERE expires_at > ? AND expires_at <= ? AND user_id <> ?`

	selectOverMethods = `SELECT tenant_id, user_id, name` + overMethods + ` ORDER BY expires_at, user_id, name LIMIT ?`

	deleteOverMethod = `DELETE` + overMethods + ` AND tenant_id = ? AND user_id = ? AND name = ?`
)

func putMethod(ctx context.Context, l *lane, c *identity.PutMethod) error {
	s := c.Scope.Subject()
	if c.Remove {
		_, err := l.exec(ctx, deleteMethod, s.Tenant, s.User, c.Method.Name)
		return err
	}
	if err := holdScope(ctx, l, c.Scope); err != nil {
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
	_, err := l.exec(ctx, insertMethod, s.Tenant, s.User, m.Name, m.Priority, enabled, m.Reason, encodeSteps(m.Steps),
		micro(m.ExpiresAt))
	return err
}
