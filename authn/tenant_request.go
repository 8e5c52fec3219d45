package authn

import (
	"context"

	"github.com/axess-go/axess/identity"
)

// TenantKey is the key of a context under which a *identity.TenantID says which
// tenant a request is about, for layers that publish it; others use [WithTenant].
type TenantKey struct{}

// WithTenant says which tenant a request is about that names none itself: sign-in,
// sign-up, the start of a reset and the claim of the first administrator are then
// about that one, and a link of another tenant is not valid. Sessions belong to the
// tenant that they were made in, whatever the request says: session.Config.Tenant keeps
// them there. Zero is Config.Tenant.
func WithTenant(ctx context.Context, id identity.TenantID) context.Context {
	return context.WithValue(ctx, TenantKey{}, &id)
}

// namedTenant is what WithTenant said; zero if nothing.
func namedTenant(ctx context.Context) identity.TenantID {
	if id, ok := ctx.Value(TenantKey{}).(*identity.TenantID); ok && id != nil {
		return *id
	}
	return identity.TenantID{}
}

// tenantOf is who a request means: what it names itself, else what WithTenant said,
// else the configured one.
func (s *Service) tenantOf(ctx context.Context, named identity.TenantID) identity.TenantID {
	if !named.IsZero() {
		return named
	}
	if id := namedTenant(ctx); !id.IsZero() {
		return id
	}
	return s.tenant
}

// here reports whether a link of a tenant may be used by a request: where requests say
// which tenant they are about, a link of another one is none.
func here(ctx context.Context, of identity.TenantID) bool {
	id := namedTenant(ctx)
	return id.IsZero() || id == of
}
