package authn

import (
	"context"
	"slices"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
)

// selfReason marks the method of somebody who opted in to a second step (IDN-075).
const selfReason = "self"

// withSecond is the User-scope method of somebody who asked for a second step and may
// answer it by any of these.
func withSecond(kinds ...identity.Kind) identity.Method {
	second := identity.Required(kinds[0])
	if len(kinds) > 1 {
		second = identity.AnyOf(kinds[:min(len(kinds), identity.MaxOptions)]...)
	}
	return identity.Method{
		Name: "password", Steps: []identity.Step{identity.Required(factor.Password), second},
		Enabled: true, Reason: selfReason,
	}
}

// seconds are the kinds that are a second factor of somebody now, the strongest first.
func (s *Service) seconds(ctx context.Context, acct identity.Account) []identity.Kind {
	kinds := slices.DeleteFunc(s.held(ctx, acct), func(k identity.Kind) bool { return !s.factors.Traits(k).IsSecond() })
	slices.Reverse(kinds)
	return kinds
}

// asksFor is the change by which somebody who gets a factor is asked for it, or for
// another one of theirs, at every sign-in from now on. Where the tenant lets nobody in
// with a password alone it is the tenant's to ask: a method of one's own would stand in
// place of whatever it offers. So would it in the place of one that somebody else gave
// them.
func (a *Accounts) asksFor(ctx context.Context, view identity.TenantView, acct identity.Account, kind identity.Kind) []identity.Change {
	if t := a.factors.Traits(kind); !t.IsSecond() || t.Fallback || !PasswordAlone(a.methodsOf(view)) {
		return nil
	}
	if slices.ContainsFunc(acct.Methods, func(m identity.Method) bool { return m.Reason != selfReason }) {
		return nil
	}
	kinds := a.seconds(ctx, acct)
	if !slices.Contains(kinds, kind) {
		kinds = append([]identity.Kind{kind}, kinds...)
	}
	return []identity.Change{identity.PutMethod{Scope: identity.UserScope(acct.User.Subject()), Method: withSecond(kinds...)}}
}

// asksStill is the change that takes out of such a method what somebody has no longer;
// with the last second factor goes the second step.
func (a *Accounts) asksStill(ctx context.Context, left identity.Account) []identity.Change {
	scope := identity.UserScope(left.User.Subject())
	for _, m := range left.Methods {
		if m.Reason != selfReason {
			continue
		}
		kinds := a.seconds(ctx, left)
		if len(kinds) == 0 {
			return []identity.Change{identity.PutMethod{Scope: scope, Method: m, Remove: true}}
		}
		if next := withSecond(kinds...); next.Name == m.Name {
			return []identity.Change{identity.PutMethod{Scope: scope, Method: next}}
		}
	}
	return nil
}

// after are the methods of somebody once changes of them are made.
func after(own []identity.Method, changes []identity.Change) []identity.Method {
	for _, c := range changes {
		if put, ok := c.(identity.PutMethod); ok {
			own = without(own, put.Method.Name)
			if !put.Remove {
				own = append(own, put.Method)
			}
		}
	}
	return own
}

// signsIn reports that somebody passes a method that they are offered with what they
// have.
func (s *Service) signsIn(ctx context.Context, view identity.TenantView, acct identity.Account, now time.Time) bool {
	kinds := s.held(ctx, acct)
	own := inForce(acct.Methods, now)
	menu, personal, ok := s.menuFor(view, own)
	return ok && slices.ContainsFunc(menu, func(m identity.Method) bool {
		steps, ok := m.Steps, true
		if !personal {
			steps, ok = choose(m, own)
		}
		return ok && satisfiable(s.demanded(steps, acct), func(k identity.Kind) bool { return slices.Contains(kinds, k) })
	})
}
