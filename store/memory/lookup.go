package memory

import (
	"context"
	"fmt"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/changeset"
	"github.com/axess-go/axess/store"
)

// people is the identity port.
type people struct{ b *Backend }

// look runs a read under the book, shared with other reads.
func look[T any](ctx context.Context, b *Backend, verb string, f func(*directory) (T, bool)) (T, error) {
	var none T
	if err := alive(ctx, verb); err != nil {
		return none, err
	}
	b.book.RLock()
	v, found := f(&b.dir)
	b.book.RUnlock()
	if !found {
		return none, failed(verb, store.ErrNotFound)
	}
	return v, nil
}

// TenantByID implements [identity.Lookup].
func (p people) TenantByID(ctx context.Context, t identity.TenantID) (identity.TenantView, error) {
	if t.IsZero() {
		return identity.TenantView{}, failed("tenant", identity.ErrInvalidID)
	}
	return look(ctx, p.b, "tenant", func(d *directory) (identity.TenantView, bool) { return d.tenantView(t) })
}

// TenantBySlug implements [identity.Lookup].
func (p people) TenantBySlug(ctx context.Context, slug string) (identity.TenantView, error) {
	return look(ctx, p.b, "tenant by slug", func(d *directory) (identity.TenantView, bool) {
		return d.tenantView(d.slugs[slug])
	})
}

func (d *directory) tenantView(t identity.TenantID) (identity.TenantView, bool) {
	row := d.tenants[t]
	if row == nil {
		return identity.TenantView{}, false
	}
	return row.View(), true
}

// AccountByIdentifier implements [identity.Lookup].
func (p people) AccountByIdentifier(ctx context.Context, t identity.TenantID, kind identity.IdentifierKind, canonical string) (identity.Account, error) {
	if t.IsZero() {
		return identity.Account{}, failed("account", identity.ErrInvalidID)
	}
	return look(ctx, p.b, "account", func(d *directory) (identity.Account, bool) {
		user, known := d.names[changeset.Name{Tenant: t, Kind: kind, Canonical: canonical}]
		if !known {
			return identity.Account{}, false
		}
		return d.account(identity.Subject{Tenant: t, User: user})
	})
}

// AccountByID implements [identity.Lookup].
func (p people) AccountByID(ctx context.Context, s identity.Subject) (identity.Account, error) {
	if !s.Valid() {
		return identity.Account{}, failed("account", identity.ErrInvalidID)
	}
	return look(ctx, p.b, "account", func(d *directory) (identity.Account, bool) { return d.account(s) })
}

func (d *directory) account(s identity.Subject) (identity.Account, bool) {
	row, tenant := d.users[s], d.tenants[s.Tenant]
	if row == nil || tenant == nil {
		return identity.Account{}, false
	}
	return row.Account(tenant.Tenant.Status), true
}

// AccountByHandle implements [identity.Lookup].
func (p people) AccountByHandle(ctx context.Context, t identity.TenantID, handle [32]byte) (identity.Account, error) {
	if t.IsZero() {
		return identity.Account{}, failed("account", identity.ErrInvalidID)
	}
	return look(ctx, p.b, "account", func(d *directory) (identity.Account, bool) {
		user, known := d.handles[changeset.Handle{Tenant: t, Handle: handle}]
		if !known {
			return identity.Account{}, false
		}
		return d.account(identity.Subject{Tenant: t, User: user})
	})
}

// AccountByLink implements [identity.Lookup].
func (p people) AccountByLink(ctx context.Context, t identity.TenantID, issuer, external string) (identity.Account, error) {
	if t.IsZero() {
		return identity.Account{}, failed("account", identity.ErrInvalidID)
	}
	return look(ctx, p.b, "account", func(d *directory) (identity.Account, bool) {
		user, known := d.links[changeset.LinkKey{Tenant: t, Issuer: issuer, External: external}]
		if !known {
			return identity.Account{}, false
		}
		return d.account(identity.Subject{Tenant: t, User: user})
	})
}

// TokenBySelector implements [identity.Lookup].
func (p people) TokenBySelector(ctx context.Context, selector [16]byte) (identity.Token, error) {
	if selector == [16]byte{} {
		return identity.Token{}, fmt.Errorf("memory: token: no selector: %w", store.ErrBadArgument)
	}
	return look(ctx, p.b, "token", func(d *directory) (identity.Token, bool) {
		t, ok := d.tokens[selector]
		return t, ok
	})
}
