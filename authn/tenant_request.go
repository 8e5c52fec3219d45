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
// about that one. Links and sessions belong to the tenant that they were made in,
// whatever the request says. Zero is Config.Tenant.
func WithTenant(ctx context.Context, id identity.TenantID) context.Context {
	return context.WithValue(ctx, TenantKey{}, &id)
}

// tenantOf is who a request means: what it names itself, else what WithTenant said,
// else the configured one.
func (s *Service) tenantOf(ctx context.Context, named identity.TenantID) identity.TenantID {
	if !named.IsZero() {
		return named
	}
	if id, ok := ctx.Value(TenantKey{}).(*identity.TenantID); ok && id != nil && !id.IsZero() {
		return *id
	}
	return s.tenant
}
