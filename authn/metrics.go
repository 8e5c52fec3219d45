package authn

import (
	"context"
	"errors"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/metric"
)

// What the service counts (AUN-173). Labels are factors, flows, outcomes, scopes and
// the reasons of events: words of the program, never somebody's (TEL-005).
const (
	// MetricAttempts counts logins and step-ups that began, by kind: interactive or
	// step_up.
	MetricAttempts = "axess.authn.attempts"
	// MetricDecoys counts the logins among them that can never pass, by reason.
	MetricDecoys = "axess.authn.decoys"
	// MetricCompletions counts how flows ended, by kind (interactive, step_up, signup)
	// and outcome, a failure with its reason. One that is left ends without.
	MetricCompletions = "axess.authn.completions"
	// MetricFactorAttempts counts credentials that were presented, by factor.
	MetricFactorAttempts = "axess.authn.factor.attempts"
	// MetricFactorResults counts what became of each of them, by factor and outcome
	// (success, failure, suspicious, locked, busy, unavailable), a failure with its
	// reason.
	MetricFactorResults = "axess.authn.factor.results"
	// MetricLockouts counts locks that closed, by scope; MetricLockoutRejections what
	// was presented while one was closed.
	MetricLockouts          = "axess.authn.lockouts"
	MetricLockoutRejections = "axess.authn.lockout.rejections"
	// MetricLockoutStoreErrors counts calls of the ledger that it did not answer.
	MetricLockoutStoreErrors = "axess.authn.lockout.store_errors"
	// MetricHashWait observes the seconds that a hash waited for its turn;
	// MetricHashRejects counts those that did not get it in time.
	MetricHashWait    = "axess.authn.hash.wait"
	MetricHashRejects = "axess.authn.hash.rejects"
	// MetricBlocklist counts the answers of lists of known passwords, by outcome: success
	// (not on it), known, failure.
	MetricBlocklist = "axess.authn.blocklist"
	// MetricProvisions counts who came from an issuer, by outcome (known, joined,
	// created, failure, suspicious), a refusal with its reason.
	MetricProvisions = "axess.authn.provisions"
)

// The flows and outcomes of metrics that no event has.
const (
	flowInteractive = "interactive"
	flowSignup      = "signup"
	flowStepUp      = "step_up"

	resultLocked      = "locked"
	resultBusy        = "busy"
	resultUnavailable = "unavailable"
)

// counters count on a sink.
type counters struct{ metric.Sink }

func (c counters) began(flow string) { c.Count(MetricAttempts, metric.L(metric.Kind, flow)) }

func (c counters) ended(flow string, outcome audit.Outcome, reason audit.Reason) {
	c.Count(MetricCompletions, because(reason, metric.L(metric.Kind, flow), metric.L(metric.Outcome, outcome.String()))...)
}

func (c counters) presented(k identity.Kind) {
	c.Count(MetricFactorAttempts, metric.L(metric.Factor, string(k)))
}

func (c counters) judged(k identity.Kind, outcome string, reason audit.Reason) {
	c.Count(MetricFactorResults, because(reason, metric.L(metric.Factor, string(k)), metric.L(metric.Outcome, outcome))...)
}

func (c counters) provisioned(outcome string, reason audit.Reason) {
	c.Count(MetricProvisions, because(reason, metric.L(metric.Outcome, outcome))...)
}

func because(reason audit.Reason, labels ...metric.Label) []metric.Label {
	if reason == "" {
		return labels
	}
	return append(labels, metric.L(metric.Reason, string(reason)))
}

// hashing waits for the turn of one hash.
func (s *Service) hashing(ctx context.Context, cost password.Cost) (*password.Pass, error) {
	from := s.clock.Mono()
	pass, err := s.gate.Enter(ctx, cost)
	s.metrics.Observe(MetricHashWait, (s.clock.Mono() - from).Seconds())
	if errors.Is(err, password.ErrBusy) {
		s.metrics.Count(MetricHashRejects)
	}
	return pass, err //nolint:wrapcheck // the caller names it
}

// turnedAway tells a full gate from a caller that left.
func (s *Service) turnedAway(k identity.Kind, err error) (FactorOutcome, error) {
	s.metrics.judged(k, resultBusy, "")
	return busy(err)
}
