package authn

import (
	"context"
	"fmt"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
)

// prepare has a factor sent, or made, for whoever a flow is about: with the reads of an
// attempt, and for nobody all the same. Unavailable says nothing about anybody: a store
// or a verifier does not answer.
func (s *Service) prepare(ctx context.Context, v factor.Preparer, flow *machine.FlowData, again bool) (PrepareOutcome, error) {
	kind := v.Traits().Kind
	acct, err := s.account(ctx, flow.Subject)
	if err != nil {
		s.alarm(ctx, alarmUnavailable, fmt.Errorf("account: %w", err))
		return Unavailable{retryAfter}, nil
	}
	within, err := s.within(ctx, flow)
	if err != nil {
		s.alarm(ctx, alarmUnavailable, fmt.Errorf("tenant: %w", err))
		return Unavailable{retryAfter}, nil
	}
	rules, err := rulesOf(flow.Rules)
	if err != nil {
		return nil, fmt.Errorf("authn: prepare factor: %w", err)
	}
	if p, ok := ruledBy(v, rules).(factor.Preparer); ok {
		v = p
	}
	at := s.attempt(ctx, flow, acct, s.genuine(acct), within, v.Traits(), seal.Secret{}, s.clock.Now())
	at.Again = again
	p, err := v.Prepare(ctx, at)
	if err != nil {
		s.alarm(ctx, alarmUnavailable, fmt.Errorf("prepare %s: %w", kind, err))
		return Unavailable{retryAfter}, nil
	}
	switch p.Readiness {
	case factor.Ready:
		return Ready{menu(flow)}, nil
	case factor.Sent:
		return CodeSent{menu(flow), p.To, p.Again, p.Until}, nil
	case factor.AlreadySent:
		return AlreadySent{menu(flow), p.To, p.Again, p.Until}, nil
	case factor.Unsent:
	}
	return Unavailable{retryAfter}, nil
}
