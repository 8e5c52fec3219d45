package authn

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/recovery"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/session"
)

// WorkflowRecover names the workflow of somebody for whom a recovery code stood for the
// second factor that a sign-in asked for: every step is answered, and what is left is to
// bind another app, or to say that the one they have is only elsewhere (AUN-136).
const WorkflowRecover machine.WorkflowKind = "axess.recover"

// recoverLife bounds that workflow from its start (AUN-121).
const recoverLife = time.Hour

// methodRecover names, in events, the sign-in that such a workflow ends.
const methodRecover = "recovery"

// recoverable are the steps of a login with a recovery code beside the second factor
// that the last one takes, for who has a set, and nowhere else, whatever a method names:
// a code begins nothing, stands alone nowhere and steps up to nothing (FAC-072). The last
// step only, so that whatever else is asked for was proved before it. The row is enough
// to offer it: looking costs no key, and one that is forged passes nothing.
func (s *Service) recoverable(steps []identity.Step, acct identity.Account) []identity.Step {
	out := steps
	change := func(i int, kinds []identity.Kind) {
		out = slices.Clone(out)
		out[i] = identity.AnyOf(kinds...)
	}
	for i, step := range steps {
		if step.Has(factor.Recovery) {
			change(i, slices.DeleteFunc(step.Kinds(), func(k identity.Kind) bool { return k == factor.Recovery }))
		}
	}
	last := len(out) - 1
	if last < 1 || !holdsActive(acct, factor.Recovery) {
		return out
	}
	if kinds := out[last].Kinds(); slices.ContainsFunc(kinds, s.isSecondKind) && len(kinds) < machine.MaxOptions {
		change(last, append(kinds, factor.Recovery))
	}
	return out
}

// holdsActive reports whether the account has a credential of a kind that is not
// switched off.
func holdsActive(acct identity.Account, kind identity.Kind) bool {
	return slices.ContainsFunc(acct.Credentials, func(c identity.Credential) bool {
		return c.Kind == kind && c.State == identity.CredentialActive
	})
}

// codeUsed is what goes with the write that spends a code: the event, and a mail to
// every address (AUN-135).
func (s *Service) codeUsed(ctx context.Context, sess *session.Session, a attemptAt, spent identity.Credential) ([]identity.LogChange, error) {
	left, err := s.codesIn(spent)
	if err != nil {
		return nil, err
	}
	out := s.events.logChanges(s.events.codeUsed(ctx, a.acct.User, left))
	if s.notes.silent() {
		return out, nil
	}
	note := Note{Kind: NoteRecoveryUsed, Language: a.acct.User.Language, At: a.now, Client: sess.View().Client, Left: left}
	for _, to := range proven(a.acct.User) {
		row, err := s.notes.row(ctx, to, note)
		if err != nil {
			return nil, err
		}
		out = append(out, identity.Append{Row: row})
	}
	return out, nil
}

// codesIn counts the codes of a set.
func (s *Service) codesIn(row identity.Credential) (int, error) {
	body, err := s.vault.Open(row)
	if err != nil {
		return 0, err
	}
	rec, err := recovery.Decode(body)
	return rec.Left(), err
}

// CodesLeft counts the recovery codes that an account can still use, for its owner and
// for whoever looks after it; ok is false for who has no set that works. Nobody sees
// the codes themselves.
func (s *Service) CodesLeft(ctx context.Context, acct identity.Account) (left int, ok bool) {
	for _, r := range s.open(ctx, acct, factor.Recovery, time.Time{}) {
		rec, err := recovery.Decode(r.Body)
		if err != nil {
			s.alarm(ctx, alarmCredential, err)
			continue
		}
		left, ok = left+rec.Left(), true
	}
	return left, ok
}

// beginRecovery stands in the place of complete after a code, which is spent by now.
// Every other session ends: whoever has what was lost may be in one. What the login has
// proved before the code goes along, the code stays owed until the workflow has ended;
// there is no login yet.
func (s *Service) beginRecovery(ctx context.Context, sess *session.Session, a attemptAt) (FactorOutcome, error) {
	sub := a.acct.User.Subject()
	if err := s.sessions.InvalidateUser(ctx, sub); err != nil {
		s.settle(ctx, a, Passed)
		return nil, fmt.Errorf("authn: verify factor: %w", err)
	}
	// Of the login's beginning and one more: what else was revoked since ends this.
	epochs := a.flow.Epochs
	epochs.User++
	_, err := sess.Transition(ctx, machine.StartWorkflow{Flow: machine.WorkflowData{
		Kind: WorkflowRecover, Total: 1, Deadline: a.now.Add(recoverLife), Then: machine.ThenAuthenticated,
		Subject: sub, Epochs: epochs, Address: a.flow.Identifier,
	}}, session.Commit{Also: s.afterLock(ctx, sess, a)})
	s.settle(ctx, a, Cleared)
	s.wake()
	if err != nil {
		return nil, fmt.Errorf("authn: verify factor: %w", overtaken(err))
	}
	if _, err := s.newSeed(ctx, sess, s.appRules(a.rules)); err != nil {
		return nil, fmt.Errorf("authn: verify factor: %w", err)
	}
	return Workflow{WorkflowRecover}, nil
}
