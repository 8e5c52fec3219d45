package axess

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// methods makes a tenant offer the stated methods and no others, in one commit
// with an event for each that changes. Several nodes may do it at once: each
// change says what shall be, and doing it again is no change. Without a statement
// the tenant keeps what it has.
func (a *Axess) methods(ctx context.Context, view identity.TenantView) error {
	const tries = 8
	return a.methodsWithin(ctx, view, tries)
}

func (a *Axess) methodsWithin(ctx context.Context, view identity.TenantView, tries int) error {
	if len(a.cfg.Methods) == 0 {
		return nil
	}
	scope := identity.TenantScope(view.Tenant.ID)
	var changes []identity.Change
	note := func(ev audit.Event) error {
		row, err := a.events.Row(ctx, audit.Of{Tenant: view.Tenant.ID}, ev)
		if err != nil {
			return fmt.Errorf("axess: methods: %w", err)
		}
		changes = append(changes, identity.Append{Row: row})
		return nil
	}
	named := func(name string) func(identity.Method) bool {
		return func(m identity.Method) bool { return m.Name == name }
	}
	for _, m := range a.cfg.Methods {
		if at := slices.IndexFunc(view.Methods, named(m.Name)); at >= 0 && sameMethod(view.Methods[at], m) {
			continue
		}
		changes = append(changes, identity.PutMethod{Scope: scope, Method: m})
		var ev audit.Event = audit.MethodEnabled{Outcome: audit.Success, Method: m.Name, Scope: audit.ScopeTenant, By: audit.BySystem}
		if !m.Enabled {
			ev = audit.MethodDisabled{Outcome: audit.Success, Method: m.Name, Scope: audit.ScopeTenant, By: audit.BySystem}
		}
		if err := note(ev); err != nil {
			return err
		}
	}
	for _, m := range view.Methods {
		if slices.ContainsFunc(a.cfg.Methods, named(m.Name)) {
			continue
		}
		changes = append(changes, identity.PutMethod{Scope: scope, Method: m, Remove: true})
		if err := note(audit.MethodDisabled{Outcome: audit.Success, Method: m.Name, Scope: audit.ScopeTenant, By: audit.BySystem}); err != nil {
			return err
		}
	}
	if len(changes) == 0 {
		return nil
	}
	// On the condition that the tenant is as it was read: an operator who takes another
	// method away in this moment must not leave none (IDN-I10).
	x := view.Tenant
	changes = append([]identity.Change{identity.UpdateTenant{
		Tenant: x.ID, Expect: x.Version, Slug: x.Slug, DisplayName: x.DisplayName, Settings: x.Settings,
		Secrets: x.Secrets, At: a.cfg.Clock.Now(),
	}}, changes...)
	err := a.cfg.Stores.Identity.Apply(ctx, changes...)
	if errors.Is(err, store.ErrConflict) && tries > 1 {
		view, err = a.cfg.Stores.Identity.TenantByID(ctx, x.ID)
		if err == nil {
			return a.methodsWithin(ctx, view, tries-1)
		}
	}
	if err != nil {
		return fmt.Errorf("axess: methods: %w", err)
	}
	a.log.WarnContext(ctx, "axess: the ways to sign in have changed", "from", methodNames(view.Methods), "to", methodNames(a.cfg.Methods))
	return nil
}

func sameMethod(a, b identity.Method) bool {
	return a.Name == b.Name && a.Priority == b.Priority && a.Enabled == b.Enabled && a.Reason == b.Reason &&
		slices.EqualFunc(a.Steps, b.Steps, identity.Step.Equal)
}
