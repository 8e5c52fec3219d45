package authn

import (
	"context"
	"errors"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/store"
)

// admits reports whether the tenant lets its people sign in from where this request
// comes from. An address that nobody has verified passes only where there is no rule
// (IDN-038).
func admits(ctx context.Context, view identity.TenantView) bool {
	return view.Tenant.Settings.Network.Allows(clientip.From(ctx).IP())
}

// ruled is what a flow remembers of a tenant that has a rule: its version. So a
// login in a tenant without one costs no read more.
func ruled(view identity.TenantView) uint64 {
	if view.Tenant.Settings.Network.IsZero() {
		return 0
	}
	return max(view.Tenant.Version, 1)
}

// within asks the rule again: a flow may be carried on from elsewhere. A step-up
// began long after its login, in a flow that has not asked, so it always does.
// A tenant that is gone lets nobody in.
func (s *Service) within(ctx context.Context, flow *machine.FlowData) (bool, error) {
	if flow.Policy == 0 && flow.Base == nil {
		return true, nil
	}
	view, err := s.ident.TenantByID(ctx, flow.Subject.Tenant)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && admits(ctx, view), err
}
