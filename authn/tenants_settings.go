package authn

import (
	"context"
	"fmt"
	"slices"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// TenantUpdate is what a tenant decides about itself, as it shall be.
type TenantUpdate struct {
	Tenant identity.TenantID
	// Expect is the version that the update was made from.
	Expect      uint64
	Slug        string
	DisplayName string
	Settings    identity.TenantSettings
}

// UpdateTenant replaces name and settings of a tenant, with an event that names
// those that changed, in one step. What changes nothing writes nothing. Errors:
// *identity.InvalidError and identity.ErrSystemTenant before any I/O;
// ErrLastMethod where
// the tenant has no methods of its own to fall back to; store.ErrConflict for another version; store.ErrExists for a slug that is taken;
// store.ErrNotFound; store errors.
func (t *Tenants) UpdateTenant(ctx context.Context, op identity.OperatorScope, u TenantUpdate) error {
	return wrapped("update tenant", t.update(ctx, op, u))
}

func (t *Tenants) update(ctx context.Context, op identity.OperatorScope, u TenantUpdate) error {
	if err := operates(op, u.Tenant); err != nil {
		return err
	}
	if err := identity.CheckSlug(u.Slug); err != nil {
		return err
	}
	if err := identity.CheckDisplayName(u.DisplayName); err != nil {
		return err
	}
	if err := u.Settings.Validate(); err != nil {
		return err
	}
	view, err := t.a.ident.TenantByID(ctx, u.Tenant)
	if err != nil {
		return err
	}
	if view.Tenant.Version != u.Expect {
		return fmt.Errorf("version: %w", store.ErrConflict)
	}
	settings := changed(view.Tenant, u)
	if len(settings) == 0 {
		return nil
	}
	view.Tenant.Settings = u.Settings
	if slices.Contains(settings, "methods") {
		if err := t.signable(view); err != nil {
			return err
		}
	}
	changes := []identity.Change{identity.UpdateTenant{
		Tenant: u.Tenant, Expect: u.Expect, Slug: u.Slug, DisplayName: u.DisplayName, Settings: u.Settings,
		Secrets: view.Tenant.Secrets, At: t.a.clock.Now(),
	}}
	return t.a.admin.Apply(ctx, append(changes, t.a.events.changes(t.a.events.tenant(ctx, u.Tenant,
		audit.TenantConfigChanged{Outcome: audit.Success, Settings: settings, By: audit.BySystem}))...)...)
}

// changed names the settings that an update changes, in the order of their names.
func changed(was identity.Tenant, u TenantUpdate) []string {
	var names []string
	note := func(name string, same bool) {
		if !same {
			names = append(names, name)
		}
	}
	a, b := was.Settings, u.Settings
	note("device_retention", a.DeviceRetention == b.DeviceRetention)
	note("display_name", was.DisplayName == u.DisplayName)
	note("friendly", a.Friendly == b.Friendly)
	note("hide_status", a.HideStatus == b.HideStatus)
	note("methods", a.Methods == b.Methods)
	note("network", slices.Equal(a.Network.Allow, b.Network.Allow) && slices.Equal(a.Network.Deny, b.Network.Deny))
	note("slug", was.Slug == u.Slug)
	return names
}

// Tenants lists tenants in any status, ascending by slug, behind the slug after, at
// most limit (1 to identity.MaxPage), without their secrets. The event of the look
// is written first: what cannot be told is not shown (IDN-031).
func (t *Tenants) Tenants(ctx context.Context, op identity.OperatorScope, after string, limit int) ([]identity.Tenant, error) {
	a := t.a
	if !op.Valid() {
		return nil, wrapped("list tenants", fmt.Errorf("operator scope: %w", store.ErrBadArgument))
	}
	rows := a.events.tenant(ctx, identity.SystemTenant, audit.TenantsListed{By: audit.BySystem})
	if err := a.ident.Record(ctx, a.events.logChanges(rows)...); err != nil {
		return nil, wrapped("list tenants", err)
	}
	list, err := a.admin.Tenants(ctx, op, after, limit)
	for i := range list {
		list[i].Secrets = nil
	}
	return list, wrapped("list tenants", err)
}
