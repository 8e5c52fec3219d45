package axess

import (
	"context"
	"fmt"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// reseal brings resting sessions under the present key in small batches, and what
// tenants have sealed, so that a key that was replaced can go (SES-157).
func (a *Axess) reseal(ctx context.Context) error {
	const batch = 200
	done, err := a.sessions.Reseal(ctx, batch)
	// No more than there was at first: two instances with different primaries, in
	// the middle of a rollout, would otherwise outdo each other for ever.
	left := 0
	for _, k := range done.Remaining {
		left += k.Count
	}
	for ; err == nil && done.Rewritten == batch && left > 0; left -= batch {
		done, err = a.sessions.Reseal(ctx, batch)
	}
	if err != nil {
		return fmt.Errorf("axess: reseal: %w", err)
	}
	if err := a.resealTenants(ctx); err != nil {
		return err
	}
	for _, k := range done.Remaining {
		a.log.InfoContext(ctx, "axess: a key that is not the primary still seals sessions", "kid", seal.KeyID(k.Kid).String(), "sessions", k.Count)
	}
	return nil
}

// resealTenants does it for the secrets of tenants, which nothing else renews.
func (a *Axess) resealTenants(ctx context.Context) error {
	system, err := identity.System("reseal")
	if err != nil {
		return fmt.Errorf("axess: reseal: %w", err)
	}
	op, err := identity.Operate(system)
	if err != nil {
		return fmt.Errorf("axess: reseal: %w", err)
	}
	if _, err := authn.NewTenants(a.accounts).ResealSecrets(ctx, op); err != nil {
		return fmt.Errorf("axess: reseal: %w", err)
	}
	return nil
}
