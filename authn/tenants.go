package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// How long a deletion can be taken back.
const (
	MinDeleteGrace     = 24 * time.Hour
	DefaultDeleteGrace = 30 * 24 * time.Hour
	maxDeleteGrace     = 366 * 24 * time.Hour
)

// ErrTenantStatus means that the tenant is not in a status from which the verb
// leads anywhere: who is being deleted is restored, not unsuspended.
var ErrTenantStatus = errors.New("authn: not possible in the status of this tenant")

// Tenants is what operators do to tenants. Its verbs take an
// [identity.OperatorScope], whose reason is kept with the status; one that was not
// minted is store.ErrBadArgument. The tenant of the service itself is
// identity.ErrSystemTenant everywhere (IDN-036).
type Tenants struct{ a *Accounts }

// NewTenants builds the verbs on those of the people.
func NewTenants(a *Accounts) *Tenants { return &Tenants{a} }

// Bootstrap says what a new tenant is.
type Bootstrap struct {
	Slug        string // identity.CheckSlug
	DisplayName string // identity.CheckDisplayName
	Settings    identity.TenantSettings
	// Templates are what it adopts, in the order of the steps of a method that is not
	// given. Zero: those of the factors that Methods name.
	Templates []Template
	// Methods are its own. Zero: one of all Templates, DefaultMethods without those, none
	// where the tenant inherits them.
	Methods []identity.Method
	// Admin, unless nil, is somebody who gets a link to set up the account that
	// administers the tenant; nobody else ever knows its password (IDN-052).
	Admin *NewAccount
}

// CreateTenant makes a tenant with its methods, the policies that it adopts, its sealed
// secrets, its first administrator if it has one, their link and its events in one
// step, or nothing (IDN-050). Without an administrator it has no people yet.
//
// Errors: *identity.InvalidError, [CheckMethods]'s, ErrNoFactors, *PolicyFloorError,
// *FieldError, also where a password alone would sign in and may be short: all before
// any I/O; store.ErrExists for a slug that is taken; store errors.
func (t *Tenants) CreateTenant(ctx context.Context, op identity.OperatorScope, b Bootstrap) (identity.Tenant, error) {
	row, err := t.create(ctx, op, b)
	return row, wrapped("create tenant", err)
}

func (t *Tenants) create(ctx context.Context, op identity.OperatorScope, b Bootstrap) (identity.Tenant, error) {
	a := t.a
	templates, err := a.adopted(&b)
	if err != nil {
		return identity.Tenant{}, err
	}
	now := a.clock.Now()
	row := identity.Tenant{
		ID: identity.NewTenantID(a.entropy), Slug: b.Slug, DisplayName: b.DisplayName, Status: identity.TenantActive,
		Detail: identity.TenantDetail{Since: now}, Settings: b.Settings, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	if err := t.checkNew(op, row, b.Methods, templates); err != nil {
		return identity.Tenant{}, err
	}
	if row.Secrets, err = a.freshSecrets(row.ID, now); err != nil {
		return identity.Tenant{}, err
	}
	adopted, err := a.adoption(row.ID, templates)
	if err != nil {
		return identity.Tenant{}, err
	}
	first, err := t.firstAdmin(ctx, row.ID, b.Admin, now)
	if err != nil {
		return identity.Tenant{}, err
	}
	changes := slices.Concat([]identity.Change{identity.NewTenant{Tenant: row, Methods: b.Methods}}, adopted, first,
		a.events.changes(a.events.tenant(ctx, row.ID, audit.TenantCreated{Outcome: audit.Success, Source: audit.SourceOperator})))
	if err := a.admin.Apply(ctx, changes...); err != nil {
		return identity.Tenant{}, err
	}
	a.wake()
	return row.Clone(), nil
}

// firstAdmin is the account with the role that waits for its owner. The role asks for a
// second factor, which is set up before the account is active (PRD-017).
func (t *Tenants) firstAdmin(ctx context.Context, id identity.TenantID, n *NewAccount, now time.Time) ([]identity.Change, error) {
	if n == nil {
		return nil, nil
	}
	a := t.a
	u, changes, err := a.invited(ctx, invitation{
		NewAccount: *n, tenant: id, of: audit.Of{Tenant: id, Actor: identity.SystemUser}, by: audit.BySystem, now: now,
	})
	if err != nil {
		return nil, err
	}
	of := aboutUser(u)
	of.Actor = identity.SystemUser
	changes = append(changes, identity.PutGrant{Grant: a.grants.sealed(identity.Grant{
		Tenant: id, User: u.ID, Role: identity.RoleAdmin, Version: 1, At: now, By: identity.SystemUser,
	})})
	return append(changes, a.events.changes(a.events.row(ctx, of,
		audit.RoleGranted{Outcome: audit.Success, Role: identity.RoleAdmin, By: audit.BySystem}))...), nil
}

func (t *Tenants) checkNew(op identity.OperatorScope, row identity.Tenant, methods []identity.Method, templates []Template) error {
	if !op.Valid() {
		return fmt.Errorf("operator scope: %w", store.ErrBadArgument)
	}
	if err := row.Validate(); err != nil {
		return err
	}
	if len(methods) == 0 && row.Settings.Methods == identity.MethodsInherit {
		return nil
	}
	if err := checkMethods(methods, t.a.factors); err != nil {
		return err
	}
	least := t.a.policy.Min
	for _, x := range templates {
		if p, ok := x.Policy.(PasswordPolicy); ok {
			least = p.Min
		}
	}
	if PasswordAlone(methods) && least < password.MinAlone { // FAC-020
		return fieldError("Methods", "let a password sign in alone that may be short")
	}
	return nil
}

// SuspendTenant stops a tenant: status, the end of every session and the event in
// one step (IDN-034). One that is suspended already is success.
//
// Errors: ErrTenantStatus for a tenant that is being deleted; store.ErrNotFound;
// *RevocationError; store errors.
func (t *Tenants) SuspendTenant(ctx context.Context, op identity.OperatorScope, id identity.TenantID) error {
	_, err := t.move(ctx, op, id, tenantMove{
		from: []identity.TenantStatus{identity.TenantActive}, to: identity.TenantSuspended, ends: true,
		event: audit.TenantSuspended{Outcome: audit.Success, Source: audit.SourceOperator},
	})
	return wrapped("suspend tenant", err)
}

// UnsuspendTenant lets the people of a suspended tenant sign in again. No session
// comes back. An active tenant is success. Errors: as [Tenants.SuspendTenant].
func (t *Tenants) UnsuspendTenant(ctx context.Context, op identity.OperatorScope, id identity.TenantID) error {
	_, err := t.move(ctx, op, id, tenantMove{
		from: []identity.TenantStatus{identity.TenantSuspended}, to: identity.TenantActive,
		event: audit.TenantUnsuspended{Outcome: audit.Success, Source: audit.SourceOperator},
	})
	return wrapped("unsuspend tenant", err)
}

// DeleteTenant stops a tenant as [Tenants.SuspendTenant] does and says when it goes
// for good: grace from now, MinDeleteGrace to a year; zero: DefaultDeleteGrace. Until
// then [Tenants.RestoreTenant] takes it back (IDN-035). One that is being deleted
// already is success and keeps its time, which is what is returned.
//
// Errors: *FieldError for the grace; others as [Tenants.SuspendTenant].
func (t *Tenants) DeleteTenant(ctx context.Context, op identity.OperatorScope, id identity.TenantID, grace time.Duration) (time.Time, error) {
	if grace == 0 {
		grace = DefaultDeleteGrace
	}
	if grace < MinDeleteGrace || grace > maxDeleteGrace {
		return time.Time{}, wrapped("delete tenant", fieldError("grace", "must be between 24 h and 366 d"))
	}
	at := t.a.clock.Now().Add(grace)
	found, err := t.move(ctx, op, id, tenantMove{
		from: []identity.TenantStatus{identity.TenantActive, identity.TenantSuspended}, to: identity.TenantDeleting,
		ends: true, purgeAt: at,
		event: audit.TenantDeleted{Outcome: audit.Success, Source: audit.SourceOperator, PurgeAt: at},
	})
	if found.Status == identity.TenantDeleting {
		at = found.Detail.PurgeAt
	}
	return at, wrapped("delete tenant", err)
}

// RestoreTenant takes a deletion back while its time has not come; the tenant is
// then suspended. One that is suspended already is success.
//
// Errors: ErrTenantStatus for a tenant that is active, or whose time has come;
// others as [Tenants.SuspendTenant].
func (t *Tenants) RestoreTenant(ctx context.Context, op identity.OperatorScope, id identity.TenantID) error {
	_, err := t.move(ctx, op, id, tenantMove{
		// The epoch is what a purge in progress is conditioned on.
		from: []identity.TenantStatus{identity.TenantDeleting}, to: identity.TenantSuspended, ends: true,
		event: audit.TenantSuspended{Outcome: audit.Success, Source: audit.SourceRestore},
	})
	return wrapped("restore tenant", err)
}

// tenantMove is one move of a tenant's status.
type tenantMove struct {
	from    []identity.TenantStatus
	to      identity.TenantStatus
	ends    bool // every session of the tenant
	purgeAt time.Time
	event   audit.Event
}

// move makes it in one step. It returns the tenant as it was found. Of two moves at
// once the second looks again.
func (t *Tenants) move(ctx context.Context, op identity.OperatorScope, id identity.TenantID, m tenantMove) (identity.Tenant, error) {
	const tries = 3
	if err := operates(op, id); err != nil {
		return identity.Tenant{}, err
	}
	for n := 1; ; n++ {
		view, err := t.a.ident.TenantByID(ctx, id)
		if err != nil {
			return identity.Tenant{}, err
		}
		was, now := view.Tenant, t.a.clock.Now()
		switch {
		case was.Status == m.to:
			return was, nil
		case !slices.Contains(m.from, was.Status), was.Status == identity.TenantDeleting && !now.Before(was.Detail.PurgeAt):
			return was, ErrTenantStatus
		}
		detail := identity.TenantDetail{Reason: op.Reason(), Since: now, PurgeAt: m.purgeAt}
		changes := []identity.Change{identity.MoveTenant{Tenant: id, From: was.Status, To: m.to, Detail: detail}}
		if m.ends {
			changes = append(changes, identity.RaiseEpoch{Scope: identity.TenantScope(id)})
		}
		changes = append(changes, t.a.events.changes(t.a.events.tenant(ctx, id, m.event))...)
		err = t.a.admin.Apply(ctx, changes...)
		switch {
		case errors.Is(err, identity.ErrNotRevoked):
			return was, &RevocationError{Changed: true, Err: err}
		case !errors.Is(err, store.ErrConflict) || n == tries:
			return was, err
		}
	}
}

// operates refuses what no operator's verb is for, before any I/O.
func operates(op identity.OperatorScope, id identity.TenantID) error {
	switch {
	case !op.Valid():
		return fmt.Errorf("operator scope: %w", store.ErrBadArgument)
	case id == identity.SystemTenant:
		return identity.ErrSystemTenant
	case id.IsZero():
		return identity.ErrInvalidID
	}
	return nil
}

func wrapped(verb string, err error) error {
	if err != nil {
		return fmt.Errorf("authn: %s: %w", verb, err)
	}
	return nil
}

// tenant words an event about a tenant, by an operator.
func (e events) tenant(ctx context.Context, id identity.TenantID, ev audit.Event) []store.Row {
	return e.row(ctx, audit.Of{Tenant: id, Actor: identity.SystemUser}, ev)
}
