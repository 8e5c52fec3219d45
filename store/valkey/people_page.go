package valkey

import (
	"context"
	"errors"
	"strconv"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/changeset"
	"github.com/axess-go/axess/store"
)

// Users implements [identity.Lookup]. The index says who there is, and each page is
// then read in one step: whoever went in between is not on it.
func (p people) Users(ctx context.Context, t identity.TenantID, after identity.UserCursor, limit int) ([]identity.User, error) {
	const verb = "users"
	if t.IsZero() {
		return nil, p.failed(verb, identity.ErrInvalidID)
	}
	if limit < 1 || limit > identity.MaxPage {
		return nil, p.malformed(verb, "limit")
	}
	from := "-inf"
	if after != (identity.UserCursor{}) {
		from = score(after.At)
	}
	var out []identity.User
	// Those of the cursor's own moment come again, and are passed over.
	for offset := int64(0); len(out) < limit; offset += identity.MaxPage {
		m, err := p.do(ctx, verb, p.c.B().Zrange().Key(p.usersKey(t)).Min(from).Max("+inf").Byscore().
			Limit(offset, identity.MaxPage).Build())
		if err != nil {
			return nil, err
		}
		members, err := m.AsStrSlice()
		if err != nil {
			return nil, p.corrupt(verb, "index")
		}
		page, err := p.usersOf(ctx, verb, t, members)
		if err != nil {
			return nil, err
		}
		for _, u := range page {
			if changeset.CompareCursors(u.Cursor(), after) > 0 && len(out) < limit {
				out = append(out, u)
			}
		}
		if len(members) < identity.MaxPage {
			break
		}
	}
	return out, nil
}

// usersOf reads users in the order of their ids.
func (p people) usersOf(ctx context.Context, verb string, t identity.TenantID, members []string) ([]identity.User, error) {
	ids := make([]identity.UserID, len(members))
	for i, m := range members {
		if len(m) != 16 {
			return nil, p.corrupt(verb, "index")
		}
		ids[i] = identity.FromBytes[identity.UserID]([16]byte([]byte(m)))
	}
	return found(ctx, p.base, verb, func(s *sight) ([]identity.User, bool) {
		var out []identity.User
		for _, id := range ids {
			if row, known := s.users().Get(identity.Subject{Tenant: t, User: id}); known {
				out = append(out, row.Shown())
			}
		}
		return out, true
	})
}

// Tenants implements [identity.OperatorLookup].
func (p people) Tenants(ctx context.Context, scope identity.OperatorScope, after string, limit int) ([]identity.Tenant, error) {
	const verb = "tenants"
	if !scope.Valid() || limit < 1 || limit > identity.MaxPage {
		return nil, p.malformed(verb, "scope or limit")
	}
	from := "-"
	if after != "" {
		from = "(" + after
	}
	m, err := p.do(ctx, verb, p.c.B().Arbitrary("ZRANGEBYLEX").Keys(p.slugsKey()).
		Args(from, "+", "LIMIT", "0", strconv.Itoa(limit)).ReadOnly())
	if err != nil {
		return nil, err
	}
	slugs, err := m.AsStrSlice()
	if err != nil {
		return nil, p.corrupt(verb, "index")
	}
	var out []identity.Tenant
	for _, slug := range slugs {
		v, err := p.TenantBySlug(ctx, slug)
		switch {
		case err == nil:
			out = append(out, v.Tenant)
		case !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
	}
	return out, nil
}
