package authn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// SecretKids counts the tenants by the key that their secrets are sealed under, in the
// order of the ids: a key that is not listed may go from the ring (PRD-034). Tenants
// without secrets need none. Errors: store errors.
func SecretKids(ctx context.Context, tenants identity.OperatorLookup, op identity.OperatorScope) ([]store.KidCount, error) {
	under := map[seal.KeyID]int{}
	err := eachTenant(ctx, tenants, op, func(x identity.Tenant) error {
		if kid, ok := seal.EnvelopeKey(x.Secrets); ok {
			under[kid]++
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("authn: secrets of tenants: %w", err)
	}
	out := make([]store.KidCount, 0, len(under))
	for _, kid := range slices.SortedFunc(maps.Keys(under), func(a, b seal.KeyID) int { return cmp.Compare(string(a[:]), string(b[:])) }) {
		out = append(out, store.KidCount{Kid: kid, Count: under[kid]})
	}
	return out, nil
}

// ResealSecrets seals the secrets of all tenants under the primary key that are under
// another one, and says of how many: they are read too seldom to come under it by
// themselves. Nothing else of a tenant changes but its version. Whoever changes a
// tenant meanwhile wins; secrets that do not open stay as they are, and are an alarm.
// Errors: store errors, with what was done until then.
func (t *Tenants) ResealSecrets(ctx context.Context, op identity.OperatorScope) (int, error) {
	done := 0
	err := eachTenant(ctx, t.a.admin, op, func(x identity.Tenant) error {
		kid, ok := seal.EnvelopeKey(x.Secrets)
		if len(x.Secrets) == 0 || ok && kid == t.a.secrets.primary() {
			return nil
		}
		held, err := t.a.secrets.open(x)
		if err != nil {
			t.a.alarm(ctx, alarmSecrets, err)
			return nil
		}
		sealed, err := t.a.secrets.seal(x.ID, held)
		if err != nil {
			return err
		}
		err = t.a.admin.Apply(ctx, identity.UpdateTenant{
			Tenant: x.ID, Expect: x.Version, Slug: x.Slug, DisplayName: x.DisplayName, Settings: x.Settings, Secrets: sealed, At: t.a.clock.Now(),
		})
		switch {
		case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
			return nil
		case err != nil:
			return err
		}
		done++
		return nil
	})
	return done, wrapped("reseal secrets", err)
}

// eachTenant walks all tenants, in any status.
func eachTenant(ctx context.Context, tenants identity.OperatorLookup, op identity.OperatorScope, do func(identity.Tenant) error) error {
	for after := ""; ; {
		page, err := tenants.Tenants(ctx, op, after, identity.MaxPage)
		if err != nil {
			return err
		}
		for _, x := range page {
			if err := do(x); err != nil {
				return err
			}
		}
		if len(page) < identity.MaxPage {
			return nil
		}
		after = page[len(page)-1].Slug
	}
}
