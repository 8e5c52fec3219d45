package sqlstore

import (
	"context"
	"time"

	"github.com/axess-go/axess/identity"
)

const (
	selectPolicies = `SELECT kind, version, body, reason, expires_at, by_user, at FROM axess_policies
WHERE tenant_id = ? AND user_id = ? ORDER BY kind`

	insertPolicy = `INSERT INTO axess_policies (tenant_id, user_id, kind, version, body, reason, expires_at, by_user, at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

	updatePolicy = `UPDATE axess_policies SET version = ?, body = ?, reason = ?, expires_at = ?, by_user = ?, at = ?
WHERE tenant_id = ? AND user_id = ? AND kind = ? AND version = ?`

	deletePolicy = `DELETE FROM axess_policies WHERE tenant_id = ? AND user_id = ? AND kind = ? AND version = ?`

	deletePolicies = `DELETE FROM axess_policies WHERE tenant_id = ? AND user_id = ?`

	selectPolicyVersion = `SELECT version FROM axess_policies WHERE tenant_id = ? AND user_id = ? AND kind = ?`

	// What a tenant decides has no end.
	overPolicies = ` FROM axess_policies WHERE expires_at > ? AND expires_at <= ? AND user_id <> ?`

	selectOverPolicies = `SELECT tenant_id, user_id, kind` + overPolicies + ` ORDER BY expires_at, user_id, kind LIMIT ?`

	deleteOverPolicy = `DELETE` + overPolicies + ` AND tenant_id = ? AND user_id = ? AND kind = ?`
)

// policiesOf reads the policies of a user, or of a tenant if the user is zero.
func policiesOf(ctx context.Context, l *lane, s identity.Subject) ([]identity.Policy, error) {
	scope := identity.UserScope(s)
	if s.User.IsZero() {
		scope = identity.TenantScope(s.Tenant)
	}
	out, err := rows(ctx, l, selectPolicies, []any{s.Tenant, s.User}, func(p *identity.Policy) []any {
		p.Scope = scope
		return []any{
			(*string)(&p.Kind), number{&p.Version}, &p.Body, &p.Reason, moment{&p.ExpiresAt}, &p.By, moment{&p.At},
		}
	})
	if len(out) == 0 {
		return nil, err // as with methods
	}
	return out, err
}

// putPolicy holds the row of the scope: that of a tenant because a policy refers to
// it, that of a user because nothing of them outlives them.
func putPolicy(ctx context.Context, l *lane, c *identity.PutPolicy) error {
	p := &c.Policy
	s := p.Scope.Subject()
	if err := holdScope(ctx, l, p.Scope); err != nil {
		return err
	}
	if c.Expect == 0 {
		_, err := l.exec(ctx, insertPolicy, s.Tenant, s.User, string(p.Kind), int64(p.Version), blob(p.Body), p.Reason,
			micro(p.ExpiresAt), p.By, micro(p.At))
		return refused(err)
	}
	n, err := l.exec(ctx, updatePolicy, int64(p.Version), blob(p.Body), p.Reason, micro(p.ExpiresAt), p.By, micro(p.At),
		s.Tenant, s.User, string(p.Kind), int64(c.Expect))
	return overtaken(ctx, l, n, err, selectPolicyVersion, s.Tenant, s.User, string(p.Kind))
}

func dropPolicy(ctx context.Context, l *lane, c *identity.DropPolicy) error {
	s := c.Scope.Subject()
	n, err := l.exec(ctx, deletePolicy, s.Tenant, s.User, string(c.Kind), int64(c.Expect))
	return overtaken(ctx, l, n, err, selectPolicyVersion, s.Tenant, s.User, string(c.Kind))
}

// holdScope keeps the tenant or the user of a scope where it is until the
// transaction has ended; store.ErrNotFound if there is none.
func holdScope(ctx context.Context, l *lane, scope identity.Scope) error {
	if scope.Kind() == identity.ScopeTenant {
		return holdTenant(ctx, l, scope.Subject().Tenant)
	}
	return holdUser(ctx, l, scope.Subject())
}

// sweepOver removes what belongs to users and is over: methods or policies, by the
// statement that finds them and the one that removes one.
func sweepOver(ctx context.Context, l *lane, find, remove string, now time.Time, limit int) (int, error) {
	type row struct {
		of   identity.Subject
		name string
	}
	when := []any{never(), micro(now), identity.UserID{}}
	over, err := rows(ctx, l, find, append(when[:3:3], limit), func(r *row) []any {
		return []any{&r.of.Tenant, &r.of.User, &r.name}
	})
	if err != nil {
		return 0, err
	}
	swept := 0
	for _, r := range over {
		n, err := l.exec(ctx, remove, append(when[:3:3], r.of.Tenant, r.of.User, r.name)...)
		if err != nil {
			return 0, err
		}
		swept += int(n)
	}
	return swept, nil
}
