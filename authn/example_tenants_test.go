package authn_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/identity"
)

// An operator ends a tenant: it stops at once, and goes for good when a job that
// calls Purge finds that its time has come.
func ExampleNewTenants() {
	// accounts is the authn.Accounts of the program.
	remove := func(ctx context.Context, accounts *authn.Accounts, id identity.TenantID) error {
		who, err := identity.System("contract ended, ticket 4711")
		if err != nil {
			return err
		}
		op, err := identity.Operate(who)
		if err != nil {
			return err
		}
		tenants := authn.NewTenants(accounts)
		due, err := tenants.DeleteTenant(ctx, op, id, 7*24*time.Hour)
		if errors.Is(err, authn.ErrTenantStatus) {
			return fmt.Errorf("its time has come already: %w", err)
		}
		fmt.Println("until", due, "RestoreTenant takes it back")
		return err
	}
	_ = remove
}
