package sqlstore

import (
	"context"

	"github.com/axess-go/axess/identity"
)

const (
	// The next of a tenant's users behind a place, by an index that has this order.
	fromUsersBehind = ` FROM axess_users u WHERE u.tenant_id = ? AND u.created_at >= ? AND (u.created_at > ? OR u.id > ?)`

	selectUsers = `SELECT` + userColumns + fromUsersBehind + ` ORDER BY u.created_at, u.id LIMIT ?`

	// The names of one page, all in one statement: those of the users behind one
	// place and up to another.
	selectNamesOfUsers = `SELECT i.user_id, i.kind, i.typed, i.canonical
FROM axess_users u JOIN axess_identifiers i ON i.tenant_id = u.tenant_id AND i.user_id = u.id
WHERE u.tenant_id = ? AND u.created_at >= ? AND (u.created_at > ? OR u.id > ?)
 AND u.created_at <= ? AND (u.created_at < ? OR u.id <= ?)
ORDER BY u.created_at, u.id, i.place`

	selectTenantsBehind = selectTenant + ` WHERE slug > ? ORDER BY slug LIMIT ?`
)

// Users implements [identity.Lookup].
func (p people) Users(ctx context.Context, t identity.TenantID, after identity.UserCursor, limit int) ([]identity.User, error) {
	const verb = "users"
	if t.IsZero() {
		return nil, p.b.failed(verb, identity.ErrInvalidID)
	}
	if limit < 1 || limit > identity.MaxPage {
		return nil, p.b.malformed(verb, "limit")
	}
	var out []identity.User
	err := p.b.snapshot(ctx, verb, func(ctx context.Context, l *lane) (err error) {
		behind := []any{t, micro(after.At), micro(after.At), after.ID}
		out, err = rows(ctx, l, selectUsers, append(behind[:4:4], limit), userDest)
		if err != nil || len(out) == 0 {
			return err
		}
		return namePage(ctx, l, out, append(behind[:4:4], upTo(out[len(out)-1].Cursor())...))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func upTo(c identity.UserCursor) []any { return []any{micro(c.At), micro(c.At), c.ID} }

// namePage gives the users of a page their names, which come in the same order.
func namePage(ctx context.Context, l *lane, page []identity.User, place []any) error {
	var owner identity.UserID
	var name identity.Identifier
	next := 0
	return l.each(ctx, selectNamesOfUsers, place, func() []any {
		return []any{&owner, (*string)(&name.Kind), &name.Typed, &name.Canonical}
	}, func() error {
		for next < len(page) && page[next].ID != owner {
			next++
		}
		if next == len(page) {
			return corrupt("names of nobody") // users and names are read from one state
		}
		page[next].Identifiers = append(page[next].Identifiers, name)
		return nil
	})
}

// Tenants implements [identity.OperatorLookup].
func (p people) Tenants(ctx context.Context, scope identity.OperatorScope, after string, limit int) ([]identity.Tenant, error) {
	const verb = "tenants"
	if !scope.Valid() || limit < 1 || limit > identity.MaxPage {
		return nil, p.b.malformed(verb, "scope or limit")
	}
	return list(ctx, p.b, verb, selectTenantsBehind, []any{slugPlace(after), limit}, tenantDest)
}

// slugPlace is a place in the order of the slugs, which are of lower-case letters,
// digits and hyphens: the same as another one that every column of text can hold.
func slugPlace(after string) string {
	for i := range len(after) {
		if c := after[i]; c < '-' {
			return after[:i]
		} else if c > 'z' {
			return after[:i] + "~"
		}
	}
	return after
}
