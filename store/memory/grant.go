package memory

import (
	"context"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/changeset"
	"github.com/axess-go/axess/internal/portargs"
)

// HasRole implements [identity.Lookup].
func (p people) HasRole(ctx context.Context, t identity.TenantID, r identity.Role) (bool, error) {
	if t.IsZero() {
		return false, failed("role", identity.ErrInvalidID)
	}
	if err := portargs.Role(r); err != nil {
		return false, failed("role", err)
	}
	return look(ctx, p.b, "role", func(d *directory) (bool, bool) { return d.holders[changeset.Holding{Tenant: t, Role: r}] > 0, true })
}
