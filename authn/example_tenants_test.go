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

// An operator makes a customer: its own domain, its own rules, somebody who administers
// it and chooses the password behind a mailed link.
func ExampleTenants_CreateTenant() {
	// accounts is the authn.Accounts of the program.
	create := func(ctx context.Context, accounts *authn.Accounts, op identity.OperatorScope) error {
		tenants := authn.NewTenants(accounts)
		row, err := tenants.CreateTenant(ctx, op, authn.Bootstrap{
			Slug: "acme", DisplayName: "Acme", Methods: authn.MFAMethods(),
			Admin: &authn.NewAccount{Email: "admin@acme.example"},
		})
		if err != nil {
			return err
		}
		strict := authn.PresetPCI()
		err = tenants.PutPolicy(ctx, op, authn.PolicyChange{Tenant: row.ID, Policy: strict.Lockout})
		if errors.Is(err, authn.ErrPolicyFloor) {
			return fmt.Errorf("this program asks for more: %w", err)
		}
		return err
	}
	_ = create
}

// The presets are value sets with names.
func ExamplePresetDefault() {
	for _, p := range []authn.Preset{authn.PresetDefault(), authn.PresetPCI(), authn.PresetAAL3()} {
		fmt.Println(p.Name, p.Lockout.Threshold, p.Lockout.Lock, p.StepUp.MaxAge)
	}
	// Output:
	// default 5 15m0s 5m0s
	// pci 5 30m0s 5m0s
	// aal3 3 30m0s 1m0s
}

// A request that is about one of several tenants says so once; sign-in, sign-up and the
// start of a reset are then about that one.
func ExampleWithTenant() {
	ctx := authn.WithTenant(context.Background(), identity.SystemTenant)
	fmt.Println(ctx.Value(authn.TenantKey{}) != nil)
	// Output: true
}
