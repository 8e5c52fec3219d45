package authn

import (
	"context"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/session"
)

// Stale reports whether the signed-in person must give their password again
// before they change credentials: no factor of this login is younger than
// FreshFor (AUN-103; decisions §8).
func (a *Accounts) Stale(sess *session.Session) bool {
	login := loginOf(sess.State())
	if login == nil {
		return true
	}
	now := a.clock.Now()
	for _, e := range login.Evidence {
		if e.Class != 0 && now.Sub(e.At) <= a.fresh {
			return false
		}
	}
	return true
}

// reauth asks a person whose sign-in is too old for their password, through gate
// and ledger like any guess: a stolen cookie must not become a factor of the
// thief's. A nil outcome and error mean: go on.
func (a *Accounts) reauth(ctx context.Context, sess *session.Session, acct identity.Account, p Password) (FactorOutcome, error) {
	if !a.Stale(sess) {
		return nil, nil
	}
	return a.checkPassword(ctx, acct, p)
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
	at := a.levers.attempt([16]byte{}, flow.Subject, clientip.From(ctx).IP())
	res, err := a.ledger.Reserve(ctx, at, now)
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
