package authn

import (
	"slices"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
)

// DefaultMethods is what a new tenant offers: the password alone. A person who
// opts in to a second step gets a method of their own (PRD-016).
func DefaultMethods() []identity.Method {
	return []identity.Method{{
		Name: "password", Steps: []identity.Step{identity.Required(factor.Password)}, Enabled: true,
	}}
}

// withTOTP is the User-scope method of somebody who asked for a second step.
func withTOTP() identity.Method { return withSecond(factor.TOTP) }

// offered are the enabled methods of a scope by priority, then name. ok is false
// when the scope has no rows at all; rows that are all disabled stop the
// resolution instead of falling through to something weaker (IDN-073).
func offered(methods []identity.Method) (enabled []identity.Method, ok bool) {
	for _, m := range methods {
		if m.Enabled && passable(m) {
			enabled = append(enabled, m)
		}
	}
	slices.SortStableFunc(enabled, func(a, b identity.Method) int {
		if a.Priority != b.Priority {
			return a.Priority - b.Priority
		}
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return enabled, len(methods) > 0
}

// passable reports whether a method asks for something at every step. No method
// without is stored; one that somebody has written beside the program counts as
// disabled, and is nobody's way in (AUN-I0).
func passable(m identity.Method) bool {
	return len(m.Steps) > 0 && !slices.ContainsFunc(m.Steps, func(s identity.Step) bool { return s.Len() == 0 })
}

// methodsOf are the methods of a tenant: its own rows, or the program's where it has
// no row at all and inherits them. Rows that are all disabled stay what it has
// (IDN-073).
func (s *Service) methodsOf(view identity.TenantView) []identity.Method {
	if len(view.Methods) == 0 && view.Tenant.Settings.Methods == identity.MethodsInherit && !view.Tenant.ID.IsZero() {
		return s.methods
	}
	return view.Methods
}

// menuOf is what a tenant offers. A tenant that is unknown or offers nothing
// shows the default and lets nobody pass: ok is false.
func (s *Service) menuOf(view identity.TenantView) (menu []identity.Method, ok bool) {
	if menu, _ = offered(s.methodsOf(view)); len(menu) > 0 {
		return menu, true
	}
	menu, _ = offered(DefaultMethods())
	return menu, false
}

// menuFor is what a login is offered: what the tenant offers or, in a friendly tenant,
// what the person has instead of it, which says that there is such a person (AUN-031).
// personal is true for the second: its steps are then the person's as they are.
func (s *Service) menuFor(view identity.TenantView, own []identity.Method) (menu []identity.Method, personal, ok bool) {
	if mine, _ := offered(own); len(mine) > 0 && view.Tenant.Settings.Friendly {
		return mine, true, true
	}
	menu, ok = s.menuOf(view)
	return menu, false, ok
}

// inForce are the methods of a person that are not over (IDN-075).
func inForce(own []identity.Method, now time.Time) []identity.Method {
	return slices.DeleteFunc(slices.Clone(own), func(m identity.Method) bool { return !m.Holds(now) })
}

// choose resolves the method of a flow. The menu and the first step come from
// the tenant alone, so that they say nothing about the person (AUN-031, Strict);
// the steps behind the first are the person's own. ok is false when the person
// cannot start with what the tenant offers: the flow is then a decoy.
func choose(tenant identity.Method, own []identity.Method) (steps []identity.Step, ok bool) {
	mine, has := offered(own)
	if !has {
		return tenant.Steps, true
	}
	for _, m := range mine {
		if m.Steps[0].Equal(tenant.Steps[0]) {
			return m.Steps, true
		}
	}
	return tenant.Steps, false
}

// menu shows where a flow stands, with all options of the step.
func menu(flow *machine.FlowData) Menu {
	m := Menu{
		Methods: flow.Menu, Method: flow.Method,
		Step: len(flow.Done) + 1, Identifier: flow.Identifier,
	}
	if len(flow.Done) < len(flow.Steps) {
		m.Options = flow.Steps[len(flow.Done)].Kinds()
	}
	if len(flow.Done) > 0 {
		m.Total = len(flow.Steps)
	}
	return m
}

// menuOwn is menu for somebody of whom a first factor has passed: options that they
// have nothing for are left out (AUN-012), unless that would leave none. Then the step
// can only fail, and says so by failing, where it does not lead to an enrolment
// (AUN-032).
func (s *Service) menuOwn(flow *machine.FlowData, acct identity.Account) Menu {
	m := menu(flow)
	own := slices.DeleteFunc(slices.Clone(m.Options), func(k identity.Kind) bool {
		return !enrolled(acct, k, flow.Done) && !s.withoutRecord(acct, k, flow.Done)
	})
	if len(own) > 0 {
		m.Options = own
	}
	return m
}
