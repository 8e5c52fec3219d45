package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
// strongest kind that they have, proved within AccountsConfig.FreshFor (AUN-104).
func (a *Accounts) Strongest(ctx context.Context, acct identity.Account) Requirement {
	req := Requirement{AnyOf: []identity.Kind{factor.Password}, MaxAge: a.fresh}
	if kinds := a.held(ctx, acct, a.clock.Now()); len(kinds) > 0 {
		req.AnyOf = kinds[len(kinds)-1:]
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
	if err := themselves(loginOf(sess.State()), verb); err != nil {
		return err
	}
	if recovering(acct, a.clock.Now()) {
		return fmt.Errorf("authn: %s: %w", verb, ErrRecoveryHold) // AUN-136
	}
	if !a.Meets(sess.State(), a.Strongest(ctx, acct)) {
		return fmt.Errorf("authn: %s: %w", verb, ErrStepUpRequired)
	}
	return nil
}

// checkPassword judges the password of somebody who is signed in, through gate and
// ledger. A nil outcome and error mean that it is right.
func (a *Accounts) checkPassword(ctx context.Context, acct identity.Account, p Password) (FactorOutcome, error) {
	now := a.clock.Now()
	v := a.factors[factor.Password]
	sized := len(p.Secret.Reveal()) > 0 && len(p.Secret.Reveal()) <= MaxPassword
	if sized {
		pass, err := a.gate.Enter(ctx, a.hasher.Cost(nil))
		if err != nil {
			return busy(err)
		}
		defer pass.Leave()
	}
	flow := &machine.FlowData{Subject: acct.User.Subject(), Method: "reauth", Steps: withTOTP().Steps[:1]}
	at := a.levers.attempt([16]byte{}, guess{subject: flow.Subject, kind: factor.Password}, clientip.From(ctx).IP())
	res, err := a.ledger.Reserve(ctx, at, now)
	if t := (*ThrottledError)(nil); errors.As(err, &t) && exhausted(at, t, now) {
		a.overdrawn(ctx, flow.Subject, factor.Password, now)
		return Rejected{Of: factor.Password}, nil
	}
	if err != nil {
		return a.refused(ctx, flow, factor.Password, err)
	}
	try := attemptAt{flow: flow, kind: factor.Password, acct: acct, now: now, res: res, levers: at.Levers}
	j := judgement{verdict: factor.Rejected}
	if sized {
		j = v.judge(ctx, now, a.open(ctx, acct, factor.Password, now), p.Secret)
	}
	switch j.verdict {
	case factor.Accepted:
		a.settle(ctx, try, Passed)
		a.events.record(ctx, a.ident, a.events.factorPassed(ctx, try))
		return nil, nil
	case factor.Rejected, factor.Replayed:
		a.fail(ctx, try)
		return Rejected{Of: factor.Password}, nil
	case factor.Unavailable, factor.Misconfigured:
	}
	return a.giveBack(ctx, res, "password", j.err)
}
