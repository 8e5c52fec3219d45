package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/store"
)

// ErrLastMethod means that nobody of the tenant could sign in afterwards (IDN-I10).
var ErrLastMethod = errors.New("authn: the last way to sign in")

// MethodNotAdopted: a method names a factor that none of the templates adopts.
const MethodNotAdopted identity.MethodRule = "not_adopted"

// PutMethod sets a method of a tenant by its name, with the event; Enabled decides
// whether it is offered. What is so already writes nothing. Logins in progress keep
// the steps that they began with.
//
// Errors: [CheckMethods]'s and *FieldError before any I/O; ErrLastMethod, also of two
// calls at once that would leave none together; *FieldError where a password alone
// would sign in and may be short; store.ErrNotFound; store errors.
func (t *Tenants) PutMethod(ctx context.Context, op identity.OperatorScope, id identity.TenantID, m identity.Method) error {
	if err := operates(op, id); err != nil {
		return wrapped("put method", err)
	}
	if err := t.a.checkOne(m); err != nil {
		return wrapped("put method", err)
	}
	return wrapped("put method", t.method(ctx, identity.PutMethod{Scope: identity.TenantScope(id), Method: m}))
}

// RemoveMethod removes a method of a tenant by its name; absent is success. A tenant
// that inherits offers the program's methods once it has none of its own left.
// Errors: as [Tenants.PutMethod].
func (t *Tenants) RemoveMethod(ctx context.Context, op identity.OperatorScope, id identity.TenantID, name string) error {
	if err := operates(op, id); err != nil {
		return wrapped("remove method", err)
	}
	return wrapped("remove method", t.method(ctx, identity.PutMethod{
		Scope: identity.TenantScope(id), Method: identity.Method{Name: name}, Remove: true,
	}))
}

func without(list []identity.Method, name string) []identity.Method {
	return slices.DeleteFunc(slices.Clone(list), func(m identity.Method) bool { return m.Name == name })
}

// method makes a change under the condition that nobody has changed the tenant since
// it was read: of two that would each leave the other's method, the second looks again.
func (t *Tenants) method(ctx context.Context, c identity.PutMethod) error {
	const tries = 8
	for n := 1; ; n++ {
		view, err := t.a.ident.TenantByID(ctx, c.Scope.Subject().Tenant)
		if err != nil {
			return err
		}
		was := view.Methods
		view.Methods = without(was, c.Method.Name)
		if !c.Remove {
			view.Methods = append(view.Methods, c.Method)
		}
		if sameMethods(was, view.Methods) {
			return nil
		}
		if err := t.signable(view); err != nil {
			return err
		}
		err = t.a.admin.Apply(ctx, t.methodChanges(ctx, view.Tenant, c)...)
		if !errors.Is(err, store.ErrConflict) || n == tries {
			return err
		}
	}
}

// methodChanges begin with the condition. The settings are those that were read: what
// is written of them is the version.
func (t *Tenants) methodChanges(ctx context.Context, x identity.Tenant, c identity.PutMethod) []identity.Change {
	var ev audit.Event = audit.MethodEnabled{Outcome: audit.Success, Method: c.Method.Name, Scope: audit.ScopeTenant, By: audit.BySystem}
	if c.Remove || !c.Method.Enabled {
		ev = audit.MethodDisabled{Outcome: audit.Success, Method: c.Method.Name, Scope: audit.ScopeTenant, By: audit.BySystem}
	}
	return append([]identity.Change{t.unchanged(x), c}, t.a.events.changes(t.a.events.tenant(ctx, x.ID, ev))...)
}

// unchanged is the condition that a tenant is still as it was read, and the version
// that tells the next.
func (t *Tenants) unchanged(x identity.Tenant) identity.Change {
	return identity.UpdateTenant{
		Tenant: x.ID, Expect: x.Version, Slug: x.Slug, DisplayName: x.DisplayName, Settings: x.Settings,
		Secrets: x.Secrets, At: t.a.clock.Now(),
	}
}

// signable refuses a tenant in which nobody could sign in, whatever its status: it
// may be active again.
func (t *Tenants) signable(view identity.TenantView) error {
	a, methods := t.a, t.a.methodsOf(view)
	if enabled, _ := offered(methods); len(enabled) == 0 {
		return ErrLastMethod
	}
	if len(methods) > machine.MaxMenu {
		return fieldError("Methods", fmt.Sprintf("are more than %d", machine.MaxMenu))
	}
	rules, err := resolved(a.Service, a.programPassword(), view.Policies, nil, a.clock.Now())
	if err != nil {
		return err
	}
	if PasswordAlone(methods) && rules.Min < password.MinAlone { // FAC-020
		return fieldError("Methods", "let a password sign in alone that may be short")
	}
	return nil
}

// checkOne is CheckMethods for a tenant's method that may be disabled.
func (s *Service) checkOne(m identity.Method) error {
	if m.Reason != "" || !m.ExpiresAt.IsZero() {
		return fieldError("Method", "has a reason or an end, which one user's alone has")
	}
	enabled := m
	enabled.Enabled = true
	return checkMethods([]identity.Method{enabled}, s.factors)
}

func sameMethods(a, b []identity.Method) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(x identity.Method) bool {
		return !slices.ContainsFunc(b, func(y identity.Method) bool {
			return x.Name == y.Name && x.Priority == y.Priority && x.Enabled == y.Enabled && slices.EqualFunc(x.Steps, y.Steps, identity.Step.Equal)
		})
	})
}
