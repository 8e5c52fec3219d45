package authn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/recovery"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// RecoveryView is what the page shows behind a recovery code.
type RecoveryView struct {
	// Account is who signs in.
	Account string
	// App sets up another app; nil once its key has run out, and
	// [Accounts.RenewRecovery] makes another.
	App *Enrolment
	// Left is how many codes the set still has.
	Left int
	// MayKeep says that the person has a second factor which still works, and may go on
	// without another ([Accounts.KeepFactors]).
	MayKeep bool
	// Until is when the sign-in has to begin again.
	Until time.Time
}

// ViewRecovery describes the sign-in that a recovery code was used for in this browser.
// It changes nothing. Errors: ErrNoFlow, ErrFlowExpired; ErrFlowSuperseded where
// something has ended it since; store errors.
func (a *Accounts) ViewRecovery(ctx context.Context, sess *session.Session) (RecoveryView, error) {
	r, err := a.halted(ctx, sess, WorkflowRecover)
	if err != nil {
		return RecoveryView{}, fmt.Errorf("authn: view recovery: %w", err)
	}
	v := RecoveryView{Account: r.flow.Address, Until: r.flow.Deadline, MayKeep: a.mayKeep(ctx, r.acct)}
	v.Left, _ = a.CodesLeft(ctx, r.acct)
	if v.App, err = a.waitingApp(ctx, sess, r.flow.Address); err != nil {
		return RecoveryView{}, fmt.Errorf("authn: view recovery: %w", err)
	}
	return v, nil
}

// RenewRecovery makes another key for the app, for ten minutes, in the place of the one
// that is there. Errors: as [Accounts.ViewRecovery].
func (a *Accounts) RenewRecovery(ctx context.Context, sess *session.Session) error {
	r, err := a.halted(ctx, sess, WorkflowRecover)
	if err != nil {
		return fmt.Errorf("authn: renew recovery: %w", err)
	}
	rules, err := a.totpRules(r.view, r.acct.Policies, a.clock.Now())
	if err == nil {
		_, err = a.newSeed(ctx, sess, rules)
	}
	if err != nil {
		return fmt.Errorf("authn: renew recovery: %w", overtaken(err))
	}
	return nil
}

// mayKeep: whoever holds a role of the console is never in with one factor, and a code
// is none that counts (PRD-017); whoever has nothing left that works would be back here
// tomorrow.
func (a *Accounts) mayKeep(ctx context.Context, acct identity.Account) bool {
	return !acct.HoldsConsole() && a.hasSecond(ctx, acct)
}

// CompleteRecovery gives the person the app that was set up behind a recovery code, if
// the code fits, and signs them in with it: every second factor of before is gone with
// what was lost, a fresh set of recovery codes takes the place of the old one
// ([Accounts.NewCodes]), a recovery hold begins where the program has one, and every
// address is told, in one commit (AUN-136, FAC-073). A wrong code costs nothing: whoever
// types it sees the key. Of any number of calls of one workflow at most one succeeds.
//
// Outcomes: Completed, Rejected, Workflow. Errors: as [Accounts.ViewRecovery];
// ErrNoEnrolment when the key has run out; *RevocationError when the app is there and
// the person has to sign in with it; session.ErrSessionLimit.
func (a *Accounts) CompleteRecovery(ctx context.Context, sess *session.Session, code Code) (FactorOutcome, error) {
	defer code.Wipe()
	out, err := a.completeRecovery(ctx, sess, code)
	if err != nil {
		return nil, fmt.Errorf("authn: complete recovery: %w", err)
	}
	return out, nil
}

func (a *Accounts) completeRecovery(ctx context.Context, sess *session.Session, code Code) (FactorOutcome, error) {
	r, err := a.halted(ctx, sess, WorkflowRecover)
	if err != nil {
		return nil, err
	}
	rec, err := a.pending(ctx, sess)
	if err != nil {
		return nil, err
	}
	now := a.clock.Now()
	rules, err := a.totpRules(r.view, r.acct.Policies, now)
	if err != nil {
		return nil, err
	}
	confirmed, verdict := totp.Confirm(now, rules, rec, code.Secret)
	if verdict != factor.Accepted {
		return Rejected{Menu{Step: 2, Total: 2, Options: []identity.Kind{factor.TOTP}, Identifier: r.flow.Address}, factor.TOTP}, nil
	}
	row, err := a.recovered(ctx, sess, r, confirmed, now)
	if err != nil {
		return nil, err
	}
	epochs := r.flow.Epochs
	epochs.User++
	if err := sess.DropCeremony(ctx, enrolTOTP); err != nil {
		return nil, &RevocationError{Changed: true, Revoked: true, Err: overtaken(err)}
	}
	out, err := a.leaveRecovery(ctx, sess, r, epochs, totp.Evidence(row.ID, now), now)
	if err != nil {
		return nil, &RevocationError{Changed: true, Revoked: true, Err: err}
	}
	return out, nil
}

// recovered is the one change set of it.
func (a *Accounts) recovered(ctx context.Context, sess *session.Session, r replacement, app totp.Record, now time.Time) (identity.Credential, error) {
	u, sub := r.acct.User, r.acct.User.Subject()
	row, err := a.newCredential(sub, factor.TOTP, "", app.Encode(), now)
	if err != nil {
		return row, err
	}
	set, err := a.freshCodes(ctx, r.acct, now)
	if err == nil {
		err = a.hand(ctx, sess, set)
	}
	if err != nil {
		return row, overtaken(err)
	}
	changes := append(set.changes, identity.PutCredential{Credential: row},
		identity.RaiseEpoch{Scope: identity.UserScope(sub), Check: true, From: r.flow.Epochs.User})
	changes = append(changes, hadNow(r.acct, factor.TOTP, now)...)
	events := a.events.factorAdded(ctx, u, row)
	for _, c := range r.acct.Credentials {
		if a.isSecondKind(c.Kind) {
			changes = append(changes, identity.DropCredential{Subject: sub, ID: c.ID, Expect: c.Version})
			events = append(events, a.events.factorRemoved(ctx, u, c)...)
		}
	}
	if a.hold > 0 {
		changes = append(changes, identity.PutPolicy{Policy: held(r.acct, a.hold, now), Expect: heldVersion(r.acct)})
	}
	notices, err := a.everywhere(ctx, u, Note{Kind: NoteFactorAdded, At: now, Client: sess.View().Client, Factor: factor.TOTP})
	if err != nil {
		return row, err
	}
	changes = append(append(changes, notices...), a.events.changes(events)...)
	err = a.admin.Apply(ctx, changes...)
	if err == nil || errors.Is(err, identity.ErrNotRevoked) {
		a.wake()
	}
	switch {
	case errors.Is(err, identity.ErrNotRevoked):
		err = &RevocationError{Changed: true, Err: err}
	case errors.Is(err, store.ErrExists), errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		err = fmt.Errorf("%w: %w", ErrFlowSuperseded, err)
	}
	unhand(ctx, sess, set, err)
	return row, err
}

// KeepFactors signs in somebody behind a recovery code whose second factor is only
// elsewhere: nothing of the account changes. The login is one of the password alone, a
// code proves nothing beyond it (AAL1), so that whatever asks for the second factor goes
// on asking (AUN-136). Of any number of calls of one workflow at most one succeeds.
//
// Outcomes: Completed, Workflow. Errors: as [Accounts.ViewRecovery]; ErrRoleNeedsMFA for
// who holds a role of the console, ErrLastFactor for who has none that works;
// session.ErrSessionLimit.
func (a *Accounts) KeepFactors(ctx context.Context, sess *session.Session) (FactorOutcome, error) {
	out, err := a.keepFactors(ctx, sess)
	if err != nil {
		return nil, fmt.Errorf("authn: keep factors: %w", err)
	}
	return out, nil
}

func (a *Accounts) keepFactors(ctx context.Context, sess *session.Session) (FactorOutcome, error) {
	r, err := a.halted(ctx, sess, WorkflowRecover)
	switch {
	case err != nil:
		return nil, err
	case r.acct.HoldsConsole():
		return nil, ErrRoleNeedsMFA
	case !a.mayKeep(ctx, r.acct):
		return nil, ErrLastFactor
	}
	var set identity.CredentialID
	for _, c := range r.acct.Credentials {
		if c.Kind == factor.Recovery {
			set = c.ID
		}
	}
	if err := sess.DropCeremony(ctx, enrolTOTP); err != nil {
		return nil, overtaken(err)
	}
	return a.leaveRecovery(ctx, sess, r, r.flow.Epochs, recovery.Evidence(set, r.flow.Started), a.clock.Now())
}

// leaveRecovery ends the workflow in a login, in the order of every login (AUN-047), or
// in the workflow that replaces a password which others know.
func (a *Accounts) leaveRecovery(ctx context.Context, sess *session.Session, r replacement, epochs identity.Epochs, last identity.Evidence, now time.Time) (FactorOutcome, error) {
	u := r.acct.User
	text, err := a.flowRules(r.view.Policies, r.acct.Policies, now)
	if err != nil {
		return nil, err
	}
	bounds, err := rulesOf(text)
	if err != nil {
		return nil, err
	}
	if _, err := sess.Transition(ctx, machine.StepWorkflow{}, session.Commit{}); err != nil {
		return nil, overtaken(err)
	}
	if a.compromised(r.acct) { // AUN-137
		_, err := sess.Transition(ctx, machine.StartWorkflow{Flow: replacementOf(u, epochs, now), Evidence: []identity.Evidence{last}}, session.Commit{})
		if err != nil {
			return nil, overtaken(err)
		}
		return Workflow{WorkflowChangePassword}, nil
	}
	login := identity.NewLoginID(a.entropy)
	evidence := append(r.flow.Passed[:len(r.flow.Passed):len(r.flow.Passed)], last)
	a.trustOf(ctx, sess, u.Subject()) // a device that was revoked loses its cookie
	_, err = sess.Transition(ctx, machine.FinishWorkflow{
		Evidence: []identity.Evidence{last}, Login: login, Profile: profile(u), Epochs: epochs,
	}, session.Commit{Limit: bounds.limit(), Also: append(
		a.events.loggedIn(ctx, u, methodRecover, evidence, audit.FlowInteractive, login), a.ownClamps(ctx, r.acct, now)...,
	)})
	if err != nil {
		return nil, overtaken(err)
	}
	stays, err := a.reread(ctx, sess, u, evidence, now)
	if err != nil {
		return nil, err
	}
	if !stays {
		a.metrics.ended(flowInteractive, audit.Failure, audit.ReasonNotActive)
		return nil, ErrFlowSuperseded
	}
	a.Roles(ctx, r.acct)
	a.metrics.ended(flowInteractive, audit.Success, "")
	return Completed{}, nil
}
