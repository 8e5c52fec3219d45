package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// WorkflowChangePassword names the workflow of somebody who has passed every step of a
// login and has to choose another password before it stands (AUN-137).
const WorkflowChangePassword machine.WorkflowKind = "axess.change-password"

// replaceLife bounds that workflow from its start (AUN-121).
const replaceLife = time.Hour

// methodReplace names in events how somebody has signed in with it.
const methodReplace = "change-password"

// compromised reports that a password of an account is marked as known to others. The
// mark is in the sealed body of the credential itself: nobody who writes the table
// takes it off, and every new password is without it, whoever sets it and how.
func (s *Service) compromised(acct identity.Account) bool {
	return slices.ContainsFunc(acct.Credentials, func(row identity.Credential) bool {
		if row.Kind != factor.Password || row.State != identity.CredentialActive {
			return false
		}
		body, err := s.vault.Open(row)
		defer seal.NewSecret(body).Wipe()
		return err == nil && password.IsCompromised(body) // one that does not open signs nobody in
	})
}

// demandReplacement stands in the place of complete: the flow is over, what it has
// proven goes along, and there is no login yet. A crash leaves the flow, or this.
func (s *Service) demandReplacement(ctx context.Context, sess *session.Session, a attemptAt, proof Proof) (FactorOutcome, error) {
	// The epochs of the login's beginning: what was revoked since is not brought back.
	flow := replacementOf(a.acct.User, a.flow.Epochs, a.now)
	_, err := sess.Transition(ctx, machine.StartWorkflow{Flow: flow, Proof: proof}, session.Commit{Also: s.afterLock(ctx, sess, a), Certificate: certified(a.kind)})
	if err != nil {
		s.settle(ctx, a, Passed)
		return nil, fmt.Errorf("authn: verify factor: %w", overtaken(err))
	}
	s.settle(ctx, a, Cleared)
	if a.res.Locked {
		s.wake()
	}
	return Workflow{WorkflowChangePassword}, nil
}

// replacementOf is the workflow as it begins.
func replacementOf(u identity.User, epochs identity.Epochs, now time.Time) machine.WorkflowData {
	return machine.WorkflowData{
		Kind: WorkflowChangePassword, Total: 1, Deadline: now.Add(replaceLife), Then: machine.ThenAuthenticated,
		Subject: u.Subject(), Address: shown(u.Primary().Typed), Epochs: epochs,
	}
}

// replaceNext is demandReplacement after another workflow on the way in, which is done
// and has brought the evidence.
func (a *Accounts) replaceNext(ctx context.Context, sess *session.Session, t attemptAt, epochs identity.Epochs, last identity.Evidence) (FactorOutcome, error) {
	flow := replacementOf(t.acct.User, epochs, t.now)
	_, err := sess.Transition(ctx, machine.StartWorkflow{Flow: flow, Evidence: []identity.Evidence{last}},
		session.Commit{Also: a.afterLock(ctx, sess, t)})
	if err != nil {
		a.settle(ctx, t, Passed)
		return nil, &RevocationError{Changed: true, Revoked: true, Err: overtaken(err)}
	}
	a.settle(ctx, t, Cleared)
	if t.res.Locked {
		a.wake()
	}
	return Workflow{WorkflowChangePassword}, nil
}

// replacement is a workflow of this browser that is live, and its account.
type replacement struct {
	flow *machine.WorkflowData
	acct identity.Account
	view identity.TenantView
}

// replacing finds it.
func (a *Accounts) replacing(ctx context.Context, sess *session.Session) (replacement, error) {
	return a.halted(ctx, sess, WorkflowChangePassword)
}

// halted is a login that waits in a workflow of a kind, behind its last step. What was
// revoked since the login began leaves none.
func (a *Accounts) halted(ctx context.Context, sess *session.Session, kind machine.WorkflowKind) (r replacement, err error) {
	st, ok := sess.State().(machine.PendingWorkflow)
	if r.flow = machine.WorkflowOf(st); !ok || r.flow == nil || r.flow.Decoy || r.flow.Kind != kind {
		if sess.View().Ended {
			return r, ErrFlowExpired
		}
		return r, ErrNoFlow
	}
	now := a.clock.Now()
	epochs, err := a.sessions.Epochs(ctx, r.flow.Subject)
	if err != nil {
		return r, err
	}
	if r.acct, err = a.account(ctx, r.flow.Subject); err != nil {
		return r, err
	}
	r.view, err = a.ident.TenantByID(ctx, r.flow.Subject.Tenant)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return r, ErrFlowSuperseded
	case err != nil:
		return r, err
	case epochs != r.flow.Epochs, !usable(r.acct, now), !admits(ctx, r.view):
		return r, ErrFlowSuperseded
	}
	return r, nil
}

// Replacement is what the page shows that asks for another password.
type Replacement struct {
	// Account is who signs in, for password managers.
	Account string
	// Rules hold for the new password.
	Rules password.Policy
	// Until is when the sign-in has to begin again.
	Until time.Time
}

// ViewReplacement describes the sign-in that waits for another password in this
// browser. It changes nothing.
//
// Errors: ErrNoFlow where none waits; ErrFlowExpired; ErrFlowSuperseded where
// something has ended it since; store errors.
func (a *Accounts) ViewReplacement(ctx context.Context, sess *session.Session) (Replacement, error) {
	r, err := a.replacing(ctx, sess)
	var rules password.Policy
	if err == nil {
		rules, err = a.passwordRules(r.view, r.acct.Policies, a.clock.Now())
	}
	if err != nil {
		return Replacement{}, fmt.Errorf("authn: view replacement: %w", err)
	}
	return Replacement{Account: r.flow.Address, Rules: rules, Until: r.flow.Deadline}, nil
}

// ReplacePassword gives somebody another password whose own is known to others and who
// has passed every step of a sign-in here, and signs them in. Password, history and
// the end of every other session and link are one commit; the owner is told by mail.
// Not even a recovery hold keeps a known password (AUN-136, AUN-137). Of any number of
// calls of one workflow at most one succeeds.
//
// Outcomes: Completed, Busy. Errors: *password.PolicyError, which leaves the workflow
// as it is; *ThrottledError beyond 20 passwords an hour; as [Accounts.ViewReplacement];
// *RevocationError when the password is there and the person has to sign in with it;
// session.ErrSessionLimit; store errors.
func (a *Accounts) ReplacePassword(ctx context.Context, sess *session.Session, next seal.Secret) (FactorOutcome, error) {
	defer next.Wipe()
	out, err := a.replacePassword(ctx, sess, next)
	if errors.Is(err, password.ErrBusy) {
		return busy(err)
	}
	if err != nil {
		return nil, fmt.Errorf("authn: replace password: %w", err)
	}
	return out, nil
}

func (a *Accounts) replacePassword(ctx context.Context, sess *session.Session, next seal.Secret) (FactorOutcome, error) {
	r, err := a.replacing(ctx, sess)
	if err != nil {
		return nil, err
	}
	now, u := a.clock.Now(), r.acct.User
	rules, err := a.passwordRules(r.view, r.acct.Policies, now)
	if err != nil {
		return nil, err
	}
	text, err := a.flowRules(r.view.Policies, r.acct.Policies, now)
	if err != nil {
		return nil, err
	}
	bounds, err := rulesOf(text)
	if err != nil {
		return nil, err
	}
	if err := a.judgeNew(ctx, rules, next, known(u)...); err != nil {
		return nil, err
	}
	if err := a.chargeReplacement(ctx, u.Subject(), now); err != nil {
		return nil, err
	}
	row, err := a.commitReplacement(ctx, sess, r, next, rules, now)
	if err != nil {
		return nil, err
	}
	epochs := r.flow.Epochs
	epochs.User++
	evidence := []identity.Evidence{password.Evidence(row.ID, now)}
	all, login := slices.Concat(r.flow.Passed, evidence), identity.NewLoginID(a.entropy)
	_, err = sess.Transition(ctx, machine.StepWorkflow{}, session.Commit{})
	if err == nil {
		_, err = sess.Transition(ctx, machine.FinishWorkflow{Evidence: evidence, Login: login, Profile: profile(u), Epochs: epochs},
			session.Commit{Limit: bounds.limit(), Also: a.events.loggedIn(ctx, u, methodReplace, all, audit.FlowInteractive, login)})
	}
	if err != nil {
		return nil, &RevocationError{Changed: true, Revoked: true, Err: overtaken(err)}
	}
	stays, err := a.reread(ctx, sess, u, all, now)
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

// commitReplacement is the one change set of it.
func (a *Accounts) commitReplacement(ctx context.Context, sess *session.Session, r replacement, next seal.Secret, rules password.Policy, now time.Time) (identity.Credential, error) {
	u, sub := r.acct.User, r.acct.User.Subject()
	held := a.open(ctx, r.acct, factor.Password, time.Time{})
	if len(held) == 0 {
		return identity.Credential{}, ErrFlowSuperseded // taken away since
	}
	row, err := a.replaced(ctx, held[0], next, rules, now)
	if err != nil {
		return row, err
	}
	changes := []identity.Change{identity.PutCredential{Credential: row, Expect: row.Version - 1}}
	for _, more := range held[1:] { // whoever knew one of several still would
		changes = append(changes, identity.DropCredential{Subject: sub, ID: more.Credential.ID, Expect: more.Credential.Version})
	}
	changes = append(changes,
		identity.VoidTokens{Subject: sub, Purpose: identity.TokenReset},
		identity.VoidTokens{Subject: sub, Purpose: identity.TokenActivation},
		identity.RaiseEpoch{Scope: identity.UserScope(sub), Check: true, From: r.flow.Epochs.User})
	if address, ok := u.Email(); ok {
		notice, err := a.notes.row(ctx, address.Canonical, Note{
			Kind: NotePasswordSet, Language: u.Language, At: now, Client: sess.View().Client,
		})
		if err != nil {
			return row, err
		}
		changes = append(changes, identity.Append{Row: notice})
	}
	changes = append(changes, a.events.changes(a.events.passwordReplaced(ctx, u))...)
	err = a.admin.Apply(ctx, changes...)
	switch {
	case err == nil:
		a.wake()
		return row, nil
	case errors.Is(err, identity.ErrNotRevoked):
		a.wake()
		return row, &RevocationError{Changed: true, Err: err}
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		return row, fmt.Errorf("%w: %w", ErrFlowSuperseded, err)
	}
	return row, err
}

// chargeReplacement bounds the hashes that one person's workflows buy.
func (a *Accounts) chargeReplacement(ctx context.Context, sub identity.Subject, now time.Time) error {
	const perHour = 20
	t, id := sub.Tenant.Bytes(), sub.User.Bytes()
	lever := Lever{a.levers.key('w', t[:], id[:]), mailBudget(perHour)}
	res, err := a.ledger.Reserve(ctx, Attempt{Levers: []Lever{lever}}, now)
	if err != nil {
		return err
	}
	_, err = a.ledger.Commit(ctx, res, Failed, []Lever{lever}, now)
	return err
}
