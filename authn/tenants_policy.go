package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// PolicyChange is one policy of a tenant as it shall be.
type PolicyChange struct {
	Tenant identity.TenantID
	Policy Policy
	// Expect is the version that the change was made from; 0: there is none yet.
	Expect uint64
}

// PutPolicy saves a policy of a tenant, whole, with its event. It holds in the place of
// the program's from the next login, or the next verb that asks for it, on; what
// sessions were given they keep.
//
// Errors: *FieldError and *PolicyFloorError before any I/O; store.ErrExists and
// store.ErrConflict for another version than Expect; *FieldError for passwords that are
// too short for the tenant's methods; store.ErrNotFound; store errors.
func (t *Tenants) PutPolicy(ctx context.Context, op identity.OperatorScope, c PolicyChange) error {
	return wrapped("put policy", t.putPolicy(ctx, op, c))
}

func (t *Tenants) putPolicy(ctx context.Context, op identity.OperatorScope, c PolicyChange) error {
	a := t.a
	if err := operates(op, c.Tenant); err != nil {
		return err
	}
	if err := a.floors.allowed(c.Policy); err != nil {
		return err
	}
	view, err := a.ident.TenantByID(ctx, c.Tenant)
	if err != nil {
		return err
	}
	if p, ok := c.Policy.(PasswordPolicy); ok && p.Min < password.MinAlone && PasswordAlone(a.methodsOf(view)) {
		return fieldError("Min", "is too short where a password signs in alone") // FAC-020
	}
	row, err := a.policyRow(identity.TenantScope(c.Tenant), c.Policy, c.Expect)
	if err != nil {
		return err
	}
	// On the condition that the methods are still those that were judged.
	changes := []identity.Change{t.unchanged(view.Tenant), identity.PutPolicy{Policy: row, Expect: c.Expect}}
	return a.admin.Apply(ctx, append(changes, t.policyChanged(ctx, c.Tenant, c.Policy.Kind())...)...)
}

// DropPolicy takes a policy of a tenant back: the program's holds. Errors:
// store.ErrConflict for another version than expect; *FieldError where a
// password signs in alone and the program takes short ones; store.ErrNotFound; store
// errors.
func (t *Tenants) DropPolicy(ctx context.Context, op identity.OperatorScope, id identity.TenantID, kind identity.PolicyKind, expect uint64) error {
	if err := operates(op, id); err != nil {
		return wrapped("drop policy", err)
	}
	changes := []identity.Change{identity.DropPolicy{Scope: identity.TenantScope(id), Kind: kind, Expect: expect}}
	if kind == PolicyPassword {
		view, err := t.a.ident.TenantByID(ctx, id)
		if err != nil {
			return wrapped("drop policy", err)
		}
		view.Policies = slices.DeleteFunc(slices.Clone(view.Policies), func(p identity.Policy) bool { return p.Kind == kind })
		if err := t.signable(view); err != nil {
			return wrapped("drop policy", err)
		}
		changes = append([]identity.Change{t.unchanged(view.Tenant)}, changes...)
	}
	return wrapped("drop policy", t.a.admin.Apply(ctx, append(changes, t.policyChanged(ctx, id, kind)...)...))
}

func (t *Tenants) policyChanged(ctx context.Context, id identity.TenantID, kind identity.PolicyKind) []identity.Change {
	return t.a.events.changes(t.a.events.tenant(ctx, id, audit.TenantConfigChanged{
		Outcome: audit.Success, Settings: []string{policySetting(kind)}, By: audit.BySystem,
	}))
}

// policySetting is what events call a policy.
func policySetting(kind identity.PolicyKind) string { return "policy_" + string(kind) }

// policyRow is what is stored of a policy.
func (a *Accounts) policyRow(scope identity.Scope, p Policy, expect uint64) (identity.Policy, error) {
	body, err := encodePolicy(p)
	return identity.Policy{
		Scope: scope, Kind: p.Kind(), Version: expect + 1, Body: body, By: identity.SystemUser, At: a.clock.Now(),
	}, err
}

// Offender is a policy of a tenant that is below a floor which was raised after it was
// saved. The floor holds in the place of its fields (IDN-072).
type Offender struct {
	Tenant identity.TenantID
	Kind   identity.PolicyKind
	Fields []string
}

// Offenders lists them, by tenant in the order of the slugs behind after, of at most
// limit (1 to identity.MaxPage) tenants; next is the last slug that was looked at, empty
// behind the last. What cannot be read is listed with no fields: nobody of that tenant
// signs in. Those of users are found by [Admin.Explain]. Errors: store errors.
func (t *Tenants) Offenders(ctx context.Context, op identity.OperatorScope, after string, limit int) (list []Offender, next string, err error) {
	page, err := t.Tenants(ctx, op, after, limit)
	if err != nil {
		return nil, "", err
	}
	for _, x := range page {
		view, err := t.a.ident.TenantByID(ctx, x.ID)
		if err != nil {
			return nil, "", wrapped("offenders", fmt.Errorf("tenant: %w", err))
		}
		for _, row := range view.Policies {
			p, err := decodePolicy(row.Kind, row.Body)
			if err != nil {
				if errors.Is(err, store.ErrCorrupt) {
					list = append(list, Offender{Tenant: x.ID, Kind: row.Kind})
				}
				continue
			}
			if _, fields := p.under(t.a.floors); len(fields) > 0 {
				list = append(list, Offender{x.ID, row.Kind, fields})
			}
		}
	}
	if len(page) == limit {
		next = page[len(page)-1].Slug
	}
	return list, next, nil
}
