package authn

import (
	"context"

	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/seal"
)

// judgeNew judges a password that somebody wants to have: by the rules that hold for
// them, and by the lists of what attackers try first (FAC-020 to FAC-022). It asks
// nothing that is stored, so its answer tells nothing about anybody. Error:
// *password.PolicyError.
func (s *Service) judgeNew(ctx context.Context, rules password.Policy, secret seal.Secret, context ...string) error {
	if err := rules.Check(secret, context...); err != nil {
		return err
	}
	if s.isKnown(ctx, secret) {
		return &password.PolicyError{Rules: []password.Rule{password.RuleCommon}, Min: rules.Min}
	}
	return nil
}

// isKnown asks the lists in their order until one knows the password. One that cannot be
// asked counts as if it did not know it: a service of somebody else's that is down must
// not keep people from changing a password, which may be urgent. It alarms.
func (s *Service) isKnown(ctx context.Context, secret seal.Secret) bool {
	for _, list := range s.lists {
		known, err := list.Contains(ctx, secret)
		switch {
		case err != nil:
			s.metrics.Count(MetricBlocklist, metric.L(metric.Outcome, "failure"))
			s.alarm(ctx, alarmBlocklist, err)
		case known:
			s.metrics.Count(MetricBlocklist, metric.L(metric.Outcome, "known"))
			return true
		default:
			s.metrics.Count(MetricBlocklist, metric.L(metric.Outcome, "success"))
		}
	}
	return false
}
