package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/changeset"
)

// Users implements [identity.Lookup].
func (p people) Users(ctx context.Context, t identity.TenantID, after identity.UserCursor, limit int) ([]identity.User, error) {
	const verb = "users"
	if t.IsZero() {
		return nil, failed(verb, identity.ErrInvalidID)
	}
	if limit < 1 || limit > identity.MaxPage {
		return nil, malformed(verb, "limit")
	}
	return look(ctx, p.b, verb, func(d *directory) ([]identity.User, bool) {
		var out []identity.User
		for s, row := range d.users {
			if s.Tenant == t && changeset.CompareCursors(row.User.Cursor(), after) > 0 {
				out = append(out, row.Shown())
			}
		}
		slices.SortFunc(out, changeset.CompareUsers)
		return out[:min(limit, len(out))], true
	})
}

// Tenants implements [identity.OperatorLookup].
func (p people) Tenants(ctx context.Context, scope identity.OperatorScope, after string, limit int) ([]identity.Tenant, error) {
	const verb = "tenants"
	if !scope.Valid() || limit < 1 || limit > identity.MaxPage {
		return nil, malformed(verb, "scope or limit")
	}
	return look(ctx, p.b, verb, func(d *directory) ([]identity.Tenant, bool) {
		var out []identity.Tenant
		for _, row := range d.tenants {
			if row.Tenant.Slug > after {
				out = append(out, row.Tenant.Clone())
			}
		}
		slices.SortFunc(out, func(a, b identity.Tenant) int { return cmp.Compare(a.Slug, b.Slug) })
		return out[:min(limit, len(out))], true
	})
}
