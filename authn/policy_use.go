package authn

import (
	"context"
	"fmt"
	"time"

	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
)

// Where the policies of a scope take effect outside of a login. They are read with
// the verb that they bound; a login takes them along (flowRules).

// passwordRules judge a password that somebody of the tenant sets now. Where a
// tenant's record is what holds, a password that signs in alone keeps its full length
// whatever the record says (FAC-020).
func (a *Accounts) passwordRules(view identity.TenantView, own []identity.Policy, now time.Time) (password.Policy, error) {
	r, err := a.resolve(a.programPassword(), view.Policies, own, now)
	if err != nil {
		return password.Policy{}, err
	}
	p, _ := r.Policy.(PasswordPolicy)
	if r.Scope.Kind() != identity.ScopeGlobal && PasswordAlone(a.methodsOf(view)) {
		p.Min = max(p.Min, password.MinAlone)
	}
	return password.Policy{Min: p.Min, History: p.History}, nil
}

// programPassword is what the program asks of a password.
func (a *Accounts) programPassword() PasswordPolicy {
	return PasswordPolicy{Min: a.policy.Min, History: a.policy.History}
}

// rulesOfPassword is passwordRules with the read.
func (a *Accounts) rulesOfPassword(ctx context.Context, tenant identity.TenantID, own []identity.Policy, now time.Time) (password.Policy, error) {
	view, err := a.tenantView(ctx, tenant)
	if err != nil {
		return password.Policy{}, err
	}
	return a.passwordRules(view, own, now)
}

// tenantView is the tenant that a verb is about. One that is gone has no rules, so
// nothing is decided there.
func (s *Service) tenantView(ctx context.Context, id identity.TenantID) (identity.TenantView, error) {
	view, err := s.ident.TenantByID(ctx, id)
	if err != nil {
		return view, fmt.Errorf("tenant: %w", err)
	}
	return view, nil
}

// PasswordPolicyFor is what holds for a new password of this account, for pages to
// state before typing; of the zero account: for whoever signs up in the tenant of the
// request. Where it cannot be read it is the program's, and the verb that sets the
// password says so.
func (a *Accounts) PasswordPolicyFor(ctx context.Context, acct identity.Account) password.Policy {
	p, err := a.rulesOfPassword(ctx, a.tenantOf(ctx, acct.User.Tenant), acct.Policies, a.clock.Now())
	if err != nil {
		a.alarm(ctx, alarmPolicyUnread, err)
		return a.policy
	}
	return p
}

// totpRules are for an app that is set up now.
func (s *Service) totpRules(view identity.TenantView, own []identity.Policy, now time.Time) (totp.Policy, error) {
	p, err := resolved(s, filledTOTP(s.totp), view.Policies, own, now)
	return totp.Policy(p), err
}

// inlineRule says who of this tenant, or this person, may set up a factor on the way in.
func (s *Service) inlineRule(view identity.TenantView, own []identity.Policy, now time.Time) (InlineEnrolment, error) {
	p, err := resolved(s, s.inline, view.Policies, own, now)
	return p.Inline, err
}

// maxAge is how old a factor may be for a change of this person's credentials.
func (s *Service) maxAge(view identity.TenantView, own []identity.Policy, program time.Duration) (time.Duration, error) {
	p, err := resolved(s, StepUpPolicy{program}, view.Policies, own, s.clock.Now())
	return p.MaxAge, err
}

// lockOf bounds the guesses of somebody who is signed in.
func (s *Service) lockOf(view identity.TenantView) (LockPolicy, error) {
	return resolved(s, s.levers.user, view.Policies, nil, s.clock.Now())
}
