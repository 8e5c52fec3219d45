package authn

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/session"
)

// stepUpDeadline bounds a step-up from its start (AUN-100).
const stepUpDeadline = 10 * time.Minute

// methodStepUp names the flow of a step-up.
const methodStepUp = "step-up"

// StepUpOutcome is what asking for more led to. The set is closed.
//
//sumtype:decl
type StepUpOutcome interface{ stepUpOutcome() }

type (
	// Satisfied means that what was asked for has been proved lately.
	Satisfied struct{}
	// StepUpImpossible means that the person has nothing that could answer. They
	// cannot set it up on the way: a stolen session would bring its own factor
	// (AUN-105).
	StepUpImpossible struct{}
)

func (Satisfied) stepUpOutcome()        {}
func (StepUpImpossible) stepUpOutcome() {}
func (StepRequired) stepUpOutcome()     {}

// RequireStepUp asks a login for more. If it has proved lately what the requirement
// says nothing happens; otherwise the session waits for the factors that are
// missing, each by [Service.VerifyFactor], for ten minutes. Until then the login
// stays what it was, for this tab and all others, and [Service.AbandonStepUp] goes
// back to it (SES-007, SES-017). Whoever acts as somebody else proves nothing in
// their name (AUN-142).
//
// Errors: ErrNotAuthenticated, ErrRequirementEmpty, *FieldError, ErrFlowSuperseded,
// store errors.
func (s *Service) RequireStepUp(ctx context.Context, sess *session.Session, req Requirement) (StepUpOutcome, error) {
	if err := req.Validate(); err != nil {
		return nil, err
	}
	login := loginOf(sess.State())
	if login == nil {
		return nil, ErrNotAuthenticated
	}
	if login.Actor != nil {
		return StepUpImpossible{}, nil
	}
	now := s.clock.Now()
	fresh := req.fresh(login.Evidence, now)
	if req.met(fresh) {
		return Satisfied{}, nil
	}
	acct, err := s.account(ctx, login.Subject)
	if err != nil {
		return nil, fmt.Errorf("authn: step up: %w", err)
	}
	if !usable(acct, now) {
		return nil, ErrNotAuthenticated
	}
	view, err := s.tenantView(ctx, login.Subject.Tenant)
	if err != nil {
		return nil, fmt.Errorf("authn: step up: %w", err)
	}
	rules, err := s.flowRules(view.Policies, acct.Policies, now)
	if err != nil {
		return nil, fmt.Errorf("authn: step up: %w", err)
	}
	read, err := rulesOf(rules)
	if err != nil {
		return nil, fmt.Errorf("authn: step up: %w", err)
	}
	here := s.stepUpOn(ctx, sess, acct, read)
	steps := s.missing(ctx, acct, func(fresh []identity.Evidence) bool { return req.met(fresh) && here(fresh) }, fresh, now)
	if len(steps) == 0 {
		s.events.record(ctx, s.ident, s.events.stepUp(ctx, login, req.wording(), identity.Assess(fresh).AAL, audit.ReasonNoMethod))
		return StepUpImpossible{}, nil
	}
	flow := machine.FlowData{
		ID: machine.FlowID(entropy.Bytes16(s.entropy)), Subject: login.Subject, Method: methodStepUp, Steps: steps,
		Started: now, Deadline: now.Add(stepUpDeadline), Epochs: login.Epochs, Rules: rules,
		Identifier: shown(acct.User.Primary().Typed), // for who keeps passwords by name
	}
	if _, err := sess.Transition(ctx, machine.StepUp{Flow: flow}, session.Commit{}); err != nil {
		return nil, fmt.Errorf("authn: step up: %w", overtaken(err))
	}
	s.metrics.began(flowStepUp)
	return StepRequired{menu(&flow)}, nil
}

// AbandonStepUp gives up a step-up in progress: the login is again exactly what it
// was. Without one nothing happens. Errors: ErrFlowSuperseded, store errors.
func (s *Service) AbandonStepUp(ctx context.Context, sess *session.Session) error {
	if st, ok := sess.State().(machine.Authenticating); !ok || loginOf(st) == nil {
		return nil
	}
	if _, err := sess.Transition(ctx, machine.Abort{}, session.Commit{}); err != nil {
		return fmt.Errorf("authn: abandon step-up: %w", overtaken(err))
	}
	return nil
}

// held are the kinds that the person could prove now, the weakest first. What
// cannot be opened or read proves nothing, what is for the loss of a factor never
// stands for one (FAC-072), and what is no factor, as a mailed code, steps up to nothing
// (FAC-066).
func (s *Service) held(ctx context.Context, acct identity.Account) []identity.Kind {
	var out []identity.Kind
	for _, k := range s.factors.Kinds() {
		if t := s.factors.Traits(k); !t.Fallback && t.Class != 0 && s.passes(ctx, acct, k, identity.CredentialID{}) {
			out = append(out, k)
		}
	}
	return out
}

// missing are the steps that turn what is fresh into what is required, as few as
// possible; none if nothing that the person has does.
func (s *Service) missing(ctx context.Context, acct identity.Account, met func([]identity.Evidence) bool, fresh []identity.Evidence, now time.Time) []identity.Step {
	kinds := s.held(ctx, acct)
	proved := func(ks ...identity.Kind) bool {
		with := slices.Clone(fresh)
		for _, k := range ks {
			with = append(with, identity.Evidence{Kind: k, At: now, Class: s.factors.Traits(k).Class})
		}
		return met(with)
	}
	var alone []identity.Kind
	for _, k := range slices.Backward(kinds) {
		if proved(k) {
			alone = append(alone, k)
		}
	}
	if len(alone) > 0 {
		return []identity.Step{identity.AnyOf(alone...)}
	}
	for i, first := range kinds {
		for _, second := range kinds[i+1:] {
			if proved(first, second) {
				return []identity.Step{identity.Required(first), identity.Required(second)}
			}
		}
	}
	return nil
}

// asked are the kinds that a step-up takes.
func asked(flow *machine.FlowData) []string {
	var out []string
	for _, step := range flow.Steps {
		for _, k := range step.Kinds() {
			out = append(out, string(k))
		}
	}
	return out
}

// steppedUp ends a step-up that has proved everything: the evidence joins that of
// the login, under a new id, and nothing else of it changes (AUN-102, SES-016).
func (s *Service) steppedUp(ctx context.Context, sess *session.Session, a attemptAt, proof Proof, j judgement) (FactorOutcome, error) {
	login := loginOf(sess.State())
	if login == nil {
		s.settle(ctx, a, Passed)
		return nil, ErrFlowSuperseded
	}
	all := slices.Concat(login.Evidence, proof.Evidence())
	rows := s.events.stepUp(ctx, login, asked(a.flow), identity.Assess(all).AAL, "")
	if _, err := sess.Transition(ctx, machine.Complete{Proof: proof}, session.Commit{Also: rows, Certificate: certified(a.kind)}); err != nil {
		s.settle(ctx, a, Passed)
		return nil, fmt.Errorf("authn: step up: %w", overtaken(err))
	}
	s.metrics.ended(flowStepUp, audit.Success, "")
	s.settle(ctx, a, Passed)
	s.renew(ctx, a, j)
	return Completed{proof}, nil
}

// stepUpFailed ends a step-up when its failures have locked the person: whoever sits
// there is not them. With Config.EndOnStepUpFailure the login goes too.
func (s *Service) stepUpFailed(ctx context.Context, sess *session.Session, a attemptAt) error {
	login := loginOf(sess.State())
	if login == nil {
		return ErrFlowSuperseded
	}
	rows := append(s.events.stepUp(ctx, login, asked(a.flow), identity.Assess(login.Evidence).AAL, audit.ReasonLocked),
		s.told(ctx, a.acct.User, Note{Kind: NoteStepUpFailed, At: a.now, Client: sess.View().Client})...)
	s.metrics.ended(flowStepUp, audit.Failure, audit.ReasonLocked)
	var err error
	if s.endOnStepUp {
		err = sess.Logout(ctx, append(rows, s.events.invalidated(ctx, a.acct.User, audit.CauseStepUp)...)...)
	} else {
		_, err = sess.Transition(ctx, machine.Abort{}, session.Commit{Also: rows})
	}
	s.wake()
	return overtaken(err)
}
