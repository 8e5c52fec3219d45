package sim

import (
	"context"
	"fmt"
	"slices"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// bootstrapWhole asks the stores for each tenant and each person.
func bootstrapWhole() invariant {
	return invariant{Invariant: Invariant{
		ID: "I42", Name: "BootstrapWhole",
		Statement: "A tenant that is there has a way to sign in, and so has each of its people; one that had an administrator has one.",
		Covers:    []string{"IDN-I9", "IDN-I10", "IDN-050"},
	}, still: func(w *World) error {
		ctx := context.Background()
		stores, ok := w.truth()
		if !ok {
			return nil
		}
		ids := []identity.TenantID{w.second}
		for _, p := range w.ghost.people {
			ids = append(ids, p.tenant)
			if p.id.IsZero() || p.gone || p.again {
				continue
			}
			acct, err := stores.Identity.AccountByID(ctx, identity.Subject{Tenant: p.tenant, User: p.id})
			if err != nil {
				return fmt.Errorf("the account of %s: %w", p.name, err)
			}
			if p.rules && !slices.ContainsFunc(acct.Grants, func(gr identity.Grant) bool { return gr.Role == identity.RoleAdmin }) {
				return fmt.Errorf("the only administrator has no such role any more")
			}
			if !slices.ContainsFunc(acct.Credentials, func(c identity.Credential) bool { return c.Kind == factor.Password }) {
				return fmt.Errorf("the account of %s has nothing to sign in with", p.name)
			}
		}
		for _, id := range ids {
			if id.IsZero() {
				continue
			}
			if view, err := stores.Identity.TenantByID(ctx, id); err != nil || len(view.Methods) == 0 {
				return fmt.Errorf("the tenant %s has %d methods: %w", id, len(view.Methods), err)
			}
		}
		return nil
	}}
}
