package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// OwnPolicy is a policy of one user as it shall be: an exception, with the reason of its
// order and perhaps an end.
type OwnPolicy struct {
	Policy Policy
	// Expect is the version that the change was made from; 0: there is none yet.
	Expect uint64
	// Ends is when the tenant's holds again; zero: when somebody drops it (IDN-075).
	Ends time.Time
}

// PutPolicy saves a policy of one user, in the place of the tenant's. The numbers of a
// lock are nobody's own: strangers would see by them that there is such an account.
//
// Errors: *FieldError and *PolicyFloorError for c, before any I/O; store.ErrExists and
// store.ErrConflict for another version than Expect; others as [Admin.Suspend].
func (a *Admin) PutPolicy(ctx context.Context, o Order, c OwnPolicy) error {
	if err := a.ownPolicy(c); err != nil {
		return ordered("put policy", err)
	}
	return a.alter(ctx, "put policy", o, harmless, func(acct identity.Account, o order) ([]identity.Change, error) {
		expect, err := expected(acct.Policies, c.Policy.Kind(), c.Expect, o.now)
		if err != nil {
			return nil, err
		}
		if p, ok := c.Policy.(PasswordPolicy); ok {
			view, err := a.people.tenantView(ctx, acct.User.Tenant)
			if err != nil {
				return nil, err
			}
			least, err := a.people.passwordRules(view, nil, o.now)
			if err != nil {
				return nil, err
			}
			if p.Min < least.Min {
				return nil, fieldError("Min", "is below what the tenant asks of everybody")
			}
			if p.History < least.History {
				return nil, fieldError("History", "is below what the tenant asks of everybody")
			}
		}
		row, err := a.people.policyRow(identity.UserScope(acct.User.Subject()), c.Policy, expect)
		if err != nil {
			return nil, err
		}
		row.Reason, row.ExpiresAt, row.By = o.Reason, c.Ends.Truncate(time.Microsecond), o.Actor.User()
		return append([]identity.Change{identity.PutPolicy{Policy: row, Expect: expect}},
			a.policyChanged(ctx, acct, o, c.Policy.Kind())...), nil
	})
}

// expected is the version that a write is conditioned on, if what is held is what the
// caller saw: an order that was overtaken is otherwise planned anew. A policy that is
// over counts as none, and waits for the sweep.
func expected(held []identity.Policy, kind identity.PolicyKind, expect uint64, now time.Time) (uint64, error) {
	at := slices.IndexFunc(held, func(p identity.Policy) bool { return p.Kind == kind })
	switch {
	case at >= 0 && expect == 0 && !held[at].Holds(now), at >= 0 && expect == held[at].Version:
		return held[at].Version, nil
	case at >= 0 && expect == 0:
		return 0, store.ErrExists
	case at < 0 && expect != 0:
		return 0, store.ErrNotFound
	case at >= 0:
		return 0, fmt.Errorf("version: %w", store.ErrConflict)
	}
	return 0, nil
}

func (a *Admin) ownPolicy(c OwnPolicy) error {
	if err := a.people.floors.allowed(c.Policy); err != nil {
		return err
	}
	switch {
	case !forUsers(c.Policy.Kind()):
		return fieldError("Policy", "is a tenant's or the program's, never one user's")
	case !c.Ends.IsZero() && !c.Ends.After(a.people.clock.Now()):
		return fieldError("Ends", "must be in the future")
	}
	return nil
}

// DropPolicy takes a policy of one user back: the tenant's holds. The mark of somebody
// who had a second factor stays. Errors: *FieldError for it;
// store.ErrConflict for another version than expect; others as [Admin.Suspend].
func (a *Admin) DropPolicy(ctx context.Context, o Order, kind identity.PolicyKind, expect uint64) error {
	if kind == policyHad(factor.TOTP) {
		// Without it a password would be enough to bind another factor (AUN-032).
		return ordered("drop policy", fieldError("Kind", "is a mark that stays"))
	}
	return a.alter(ctx, "drop policy", o, harmless, func(acct identity.Account, o order) ([]identity.Change, error) {
		if _, err := expected(acct.Policies, kind, expect, o.now); err != nil {
			return nil, err
		}
		return append([]identity.Change{identity.DropPolicy{
			Scope: identity.UserScope(acct.User.Subject()), Kind: kind, Expect: expect,
		}}, a.policyChanged(ctx, acct, o, kind)...), nil
	})
}

func (a *Admin) policyChanged(ctx context.Context, acct identity.Account, o order, kind identity.PolicyKind) []identity.Change {
	of := aboutUser(acct.User)
	of.Actor, of.ActorHandle = o.of.Actor, o.of.ActorHandle
	return a.people.events.changes(a.people.events.row(ctx, of, audit.UserUpdated{
		Outcome: audit.Success, Fields: []string{policySetting(kind)}, By: o.by,
	}))
}

// Explanation is what holds for one account, and where it is from (IDN-075).
type Explanation struct {
	// Methods are what the person may sign in with, MethodScope where they are from. Both
	// are those that the tenant offers first; the steps behind the first are the
	// person's.
	Methods     []identity.Method
	MethodScope identity.Scope
	// NoMethod says that nothing is enabled in the scope that decides: ErrNoMethod. It
	// is not fallen through.
	NoMethod bool
	// Policies are one for each kind, by kind.
	Policies []Resolved
}

// Explain says what holds for an account and why, for whoever looks after accounts and
// for tests. It changes nothing. Errors: store.ErrCorrupt for a policy that cannot be
// read; others as [Admin.Suspend].
func (a *Admin) Explain(ctx context.Context, o Order) (Explanation, error) {
	x, err := a.explain(ctx, o)
	return x, ordered("explain", err)
}

func (a *Admin) explain(ctx context.Context, o Order) (Explanation, error) {
	t, err := a.take(ctx, "explain", o, harmless)
	if err != nil {
		return Explanation{}, err
	}
	acct, err := a.find(ctx, t)
	if err != nil {
		return Explanation{}, err
	}
	view, err := a.people.tenantView(ctx, acct.User.Tenant)
	if err != nil {
		return Explanation{}, err
	}
	return a.people.explained(view, acct, t.now)
}

// explained resolves by the same functions as a login.
func (a *Accounts) explained(view identity.TenantView, acct identity.Account, now time.Time) (Explanation, error) {
	x := Explanation{MethodScope: identity.GlobalScope()}
	methods := a.methodsOf(view)
	if len(view.Methods) > 0 || view.Tenant.Settings.Methods != identity.MethodsInherit {
		x.MethodScope = identity.TenantScope(view.Tenant.ID)
	}
	if own := inForce(acct.Methods, now); len(own) > 0 {
		methods, x.MethodScope = own, identity.UserScope(acct.User.Subject())
	}
	x.Methods, _ = offered(methods)
	x.NoMethod = len(x.Methods) == 0
	program := []Policy{
		a.device,
		a.levers.user, a.programPassword(), SessionPolicy{a.sessions.Limit().Max, a.sessions.Limit().RefuseNew},
		StepUpPolicy{a.fresh}, filledTOTP(a.totp), a.inline,
	}
	for _, p := range program {
		r, err := a.resolve(p, view.Policies, acct.Policies, now)
		if err != nil {
			return x, err
		}
		x.Policies = append(x.Policies, r)
	}
	return x, nil
}

// Of is the resolution of one kind.
func (x Explanation) Of(kind identity.PolicyKind) (Resolved, error) {
	for _, r := range x.Policies {
		if r.Policy.Kind() == kind {
			return r, nil
		}
	}
	return Resolved{}, fmt.Errorf("authn: explanation: %w", errors.Join(store.ErrNotFound, errForeignPolicy))
}
