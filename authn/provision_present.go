package authn

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/session"
)

// Identifies are the kinds by which somebody can show who they are elsewhere, and be
// linked with that: those whose verifier is a factor.Identifier.
func (p *Provisioner) Identifies() []identity.Kind {
	var out []identity.Kind
	for _, k := range p.a.factors.Kinds() {
		if v, _ := p.a.factors.Verifier(k); v != nil {
			if _, is := v.(factor.Identifier); is {
				out = append(out, k)
			}
		}
	}
	return out
}

// LinkPresented ties the account of the signed-in person to what something that they
// present says they are elsewhere, such as a token of an issuer. It is the enrolment of
// such a kind: from then on it is a way in, and a step. Whatever is good once is spent.
// Otherwise it is [Provisioner.Link]: the person has proved the strongest factor that
// they have in the last five minutes, other sessions end, a mail tells them. What is
// presented is wiped.
//
// Outcomes: Completed; Rejected, whose reason is in the event alone; Unavailable, which
// spends nothing of the person's. Errors: ErrStepMismatch for a kind that identifies
// nobody; otherwise those of Link.
func (p *Provisioner) LinkPresented(ctx context.Context, sess *session.Session, c Presented) (FactorOutcome, error) {
	defer c.Wipe()
	acct, err := p.owner(ctx, sess, "link presented")
	if err != nil {
		return nil, err
	}
	v, _ := p.a.factors.Verifier(c.Of)
	by, ok := v.(factor.Identifier)
	if !ok {
		return nil, fmt.Errorf("authn: link presented: %w", ErrStepMismatch)
	}
	now, u := p.a.clock.Now(), acct.User
	refuse := func(reason audit.Reason) (FactorOutcome, error) {
		e := External{Tenant: u.Tenant}
		p.refuse(ctx, &provisioning{External: e, mac: p.externalMAC(e), now: now}, reason)
		return Rejected{Of: c.Of}, nil
	}
	if !by.Traits().Takes(len(c.Secret.Reveal())) {
		return refuse(audit.ReasonBadInput)
	}
	who, res := by.Identify(ctx, factor.Attempt{
		Now: now, Secret: c.Secret, Subject: u.Subject(), Identifier: u.Primary().Typed, User: u,
	})
	switch res.Verdict {
	case factor.Accepted:
	case factor.Replayed:
		return refuse(audit.ReasonReplay)
	case factor.Unavailable, factor.Misconfigured:
		p.a.alarm(ctx, alarmUnavailable, fmt.Errorf("link %s: %w", c.Of, cmp.Or(res.Err, errUnsaid)))
		return Unavailable{retryAfter}, nil
	case factor.Rejected:
		return refuse(cmp.Or(audit.Reason(res.Reason), audit.ReasonMismatch))
	default:
		return refuse(audit.ReasonMismatch)
	}
	err = p.link(ctx, sess, acct, External{Tenant: u.Tenant, Issuer: who.Issuer, Subject: who.External})
	if err != nil {
		return nil, err
	}
	return Completed{}, nil
}

// errUnsaid stands for a cause that a verifier has not named.
var errUnsaid = errors.New("the verifier says no cause")
