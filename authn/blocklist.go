package authn

import (
	"context"
	"errors"
	"slices"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
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

// asksAtSignIn reports that the lists are asked about a password that was right: at a
// sign-in alone, since a step-up has no page on which to replace it.
func (s *Service) asksAtSignIn(st machine.Authenticating, kind identity.Kind) bool {
	_, over := st.Base()
	return s.listsAtSignIn && kind == factor.Password && !over
}

// markIfKnown marks a password that was right and that a list knows, so that the sign-in,
// when every step has passed, asks for another one (FAC-025, AUN-137). It refuses
// nothing: a list that is down, a lost race and a write that fails leave the sign-in as
// it would be, and the next one asks again. Only whoever has typed the password learns of
// it.
func (s *Service) markIfKnown(ctx context.Context, a *attemptAt, j *judgement, in seal.Secret) {
	held := j.used
	if j.rehash != nil {
		held = j.rehash
	}
	if held == nil || password.IsCompromised(held.Body) || !s.isKnown(ctx, in) {
		return
	}
	body, err := password.MarkCompromised(held.Body)
	row := held.Credential
	row.Version++
	row.LastUsedAt = a.now
	if err == nil {
		row, err = s.vault.Seal(row, body)
	}
	seal.NewSecret(body).Wipe()
	if err == nil {
		events := s.events.row(ctx, a.about(), audit.PasswordCompromised{Outcome: audit.Success, Credential: row.ID, By: audit.BySystem})
		err = s.ident.Record(ctx, append([]identity.LogChange{identity.AdvanceCredential{Credential: row}}, s.events.logChanges(events)...)...)
	}
	if err != nil {
		if !errors.Is(err, store.ErrConflict) {
			s.alarm(ctx, alarmRehash, err)
		}
		return
	}
	// What follows sees the row as it is now; the record that was to be renewed is.
	a.acct.Credentials = slices.Clone(a.acct.Credentials)
	for i, c := range a.acct.Credentials {
		if c.ID == row.ID {
			a.acct.Credentials[i] = row
		}
	}
	j.used, j.rehash = nil, nil
}
