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
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/session"
)

// ErrStepUpRequired means that the verb asks for the strongest factor that the person
// has, lately: [Service.RequireStepUp] with [Accounts.Strongest] gets it.
var ErrStepUpRequired = errors.New("authn: a fresh factor is required")

// Strongest is what a change of this person's credentials or names asks for: the
// strongest kind that they have, proved within AccountsConfig.FreshFor (AUN-104), or
// what their policy says. Where that cannot be read, no factor is fresh enough.
func (a *Accounts) Strongest(ctx context.Context, acct identity.Account) Requirement {
	view, err := a.tenantView(ctx, acct.User.Tenant)
	if err != nil {
		a.alarm(ctx, alarmPolicyUnread, err)
		return a.strongestWithin(ctx, acct, 1)
	}
	return a.strongest(ctx, acct, view)
}

func (a *Accounts) strongest(ctx context.Context, acct identity.Account, view identity.TenantView) Requirement {
	age, err := a.maxAge(view, acct.Policies, a.fresh)
	if err != nil {
		a.alarm(ctx, alarmPolicyUnread, err)
		age = 1
	}
	return a.strongestWithin(ctx, acct, age)
}

func (a *Accounts) strongestWithin(ctx context.Context, acct identity.Account, age time.Duration) Requirement {
	req := Requirement{AnyOf: []identity.Kind{factor.Password}, MaxAge: age}
	if kinds := a.held(ctx, acct); len(kinds) > 0 {
		// What is equally strong is as good: who has an app and a token takes either.
		most := a.factors.Traits(kinds[len(kinds)-1]).Strength()
		first := slices.IndexFunc(kinds, func(k identity.Kind) bool { return a.factors.Traits(k).Strength() == most })
		req.AnyOf = kinds[first:]
	}
	return req
}

// PasswordServes reports that a requirement of [Accounts.Strongest] is the password
// itself, which a change of it asks for in any case.
func (*Accounts) PasswordServes(need Requirement) bool {
	return slices.Equal(need.AnyOf, []identity.Kind{factor.Password})
}

// proven refuses a change by somebody who acts in the person's name, and by a
// session that has not lately proved the strongest factor: a stolen cookie must not
// become a factor of the thief's (AUN-104, AUN-142).
func (a *Accounts) proven(ctx context.Context, sess *session.Session, acct identity.Account, verb string) error {
	_, err := a.provenIn(ctx, sess, acct, verb)
	return err
}

// provenIn is proven with the tenant that it has read.
func (a *Accounts) provenIn(ctx context.Context, sess *session.Session, acct identity.Account, verb string) (identity.TenantView, error) {
	if err := themselves(loginOf(sess.State()), verb); err != nil {
		return identity.TenantView{}, err
	}
	if recovering(acct, a.clock.Now()) {
		return identity.TenantView{}, fmt.Errorf("authn: %s: %w", verb, ErrRecoveryHold) // AUN-136
	}
	view, err := a.tenantView(ctx, acct.User.Tenant)
	if err != nil {
		return view, fmt.Errorf("authn: %s: %w", verb, err)
	}
	if !a.Meets(sess.State(), a.strongest(ctx, acct, view)) {
		return view, fmt.Errorf("authn: %s: %w", verb, ErrStepUpRequired)
	}
	return view, nil
}

// checkPassword judges the password of somebody who is signed in, through gate and
// ledger. A nil outcome and error mean that it is right.
func (a *Accounts) checkPassword(ctx context.Context, acct identity.Account, view identity.TenantView, p Password) (FactorOutcome, error) {
	now := a.clock.Now()
	v, _ := a.factors.Verifier(factor.Password)
	sized := len(p.Secret.Reveal()) > 0 && len(p.Secret.Reveal()) <= MaxPassword
	a.metrics.presented(factor.Password)
	if sized {
		pass, err := a.hashing(ctx, a.hasher.Cost(nil))
		if err != nil {
			return a.turnedAway(factor.Password, err)
		}
		defer pass.Leave()
	}
	lock, err := a.lockOf(view)
	if err != nil {
		a.metrics.judged(factor.Password, resultUnavailable, "")
		return nil, fmt.Errorf("authn: check password: %w", err)
	}
	flow := &machine.FlowData{Subject: acct.User.Subject(), Method: "reauth", Steps: withTOTP().Steps[:1]}
	at := a.levers.attempt([16]byte{}, guess{subject: flow.Subject, kind: factor.Password, lock: lock}, clientip.From(ctx).IP())
	res, err := a.ledger.Reserve(ctx, at, now)
	if err != nil {
		return a.refused(ctx, flow, factor.Password, at, now, err)
	}
	try := attemptAt{flow: flow, kind: factor.Password, acct: acct, now: now, res: res, levers: at.Levers}
	j := judgement{verdict: factor.Rejected}
	if sized {
		j = a.judge(ctx, v, factor.Attempt{
			Now: now, Secret: p.Secret, Subject: flow.Subject, User: acct.User,
			Records: a.open(ctx, acct, factor.Password, time.Time{}),
		})
	}
	switch j.verdict {
	case factor.Accepted:
		a.metrics.judged(try.kind, audit.Success.String(), "")
		a.settle(ctx, try, Passed)
		a.events.record(ctx, a.ident, a.events.factorPassed(ctx, try))
		return nil, nil
	case factor.Rejected, factor.Replayed:
		a.fail(ctx, try)
		return Rejected{Of: factor.Password}, nil
	case factor.Unavailable, factor.Misconfigured:
	}
	return a.giveBack(ctx, try.kind, res, "password", j.err)
}
