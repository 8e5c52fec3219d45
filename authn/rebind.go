package authn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// WorkflowRebind names the workflow of somebody who binds another second factor: they
// have proven mailbox and password, and are not signed in by it (AUN-136).
const WorkflowRebind machine.WorkflowKind = "axess.rebind-factor"

// rebindLife bounds that workflow from its start (AUN-121).
const rebindLife = time.Hour

// ErrRecoveryHold means that somebody has bound a second factor anew lately, and may
// not change what they sign in with before the hold is over.
var ErrRecoveryHold = errors.New("authn: not so soon after a recovery")

// policyRecoveryHold marks an account whose second factor was bound anew; its row ends
// with the hold.
const policyRecoveryHold identity.PolicyKind = "recovery_hold"

// RebindView is what the page of a link to bind another second factor shows. Looking
// consumes nothing.
type RebindView struct {
	// Address is whose account it is, masked before the password was right here.
	Address string
	// App is what sets up the app, once the password was right in this browser; nil
	// before.
	App *Enrolment
}

// rebinding is a link to bind another second factor that is live, and its account.
type rebinding struct {
	token identity.Token
	acct  identity.Account
	flow  *machine.WorkflowData // of this browser; nil before the password
}

func (a *Accounts) rebinding(ctx context.Context, sess *session.Session, text string, now time.Time) (r rebinding, err error) {
	r.token, _, err = a.token(ctx, text, now, identity.TokenActivation)
	if err != nil {
		return r, err
	}
	r.acct, err = a.ident.AccountByID(ctx, identity.Subject{Tenant: r.token.Tenant, User: r.token.User})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return r, err
	}
	if err != nil || !usable(r.acct, now) || !owns(r.acct.User, r.token.Address) || r.token.Tries >= maxTries {
		return r, ErrTokenInvalid
	}
	r.flow = own(sess, r.token, WorkflowRebind)
	return r, nil
}

// ViewRebind describes the link that [Admin.ResetFactors] mails. Errors:
// ErrTokenInvalid, store errors.
func (a *Accounts) ViewRebind(ctx context.Context, sess *session.Session, text string) (RebindView, error) {
	r, err := a.rebinding(ctx, sess, text, a.clock.Now())
	v := RebindView{Address: maskAddress(r.token.Address)}
	if err == nil && r.flow != nil {
		v.Address = r.token.Address
		v.App, err = a.waitingApp(ctx, sess, r.token.Address)
	}
	if err != nil {
		return RebindView{}, rebindFault("view", err)
	}
	return v, nil
}

// BeginRebind asks whoever holds the link for the password of the account, through
// gate and ledger like any guess: the mailbox alone binds nothing (AUN-135). If it is
// right this browser goes on to set up an app, for an hour at most, and nothing is
// written of the account.
//
// Outcomes: StepRequired, Rejected, Throttled, Busy, Unavailable. Errors:
// ErrTokenInvalid; ErrSignedIn; ErrFlowSuperseded; store errors.
func (a *Accounts) BeginRebind(ctx context.Context, sess *session.Session, text string, p Password) (FactorOutcome, error) {
	defer p.Wipe()
	now := a.clock.Now()
	r, err := a.rebinding(ctx, sess, text, now)
	if err == nil && machine.IsAuthenticated(sess.State()) {
		err = ErrSignedIn
	}
	if err != nil {
		return nil, rebindFault("begin", err)
	}
	// Before the password is judged: whoever changes it meanwhile ends this.
	flow := machine.WorkflowData{
		Kind: WorkflowRebind, Total: 1, Deadline: now.Add(rebindLife), Then: machine.ThenGuest,
		Subject: r.acct.User.Subject(), Address: r.token.Address,
	}
	if flow.Epochs, err = a.sessions.Epochs(ctx, flow.Subject); err != nil {
		return nil, rebindFault("begin", err)
	}
	if r, err = a.rebinding(ctx, sess, text, now); err != nil {
		return nil, rebindFault("begin", err)
	}
	view, err := a.tenantView(ctx, r.acct.User.Tenant)
	if err != nil {
		return nil, rebindFault("begin", err)
	}
	rules, err := a.totpRules(view, r.acct.Policies, now)
	if err != nil {
		return nil, rebindFault("begin", err)
	}
	if out, err := a.checkPassword(ctx, r.acct, view, p); out != nil || err != nil {
		return out, rebindFault("begin", err)
	}
	if _, err := sess.Transition(ctx, machine.StartWorkflow{Flow: flow}, session.Commit{}); err != nil {
		return nil, rebindFault("begin", overtaken(err))
	}
	if _, err := a.newSeed(ctx, sess, rules); err != nil {
		return nil, rebindFault("begin", err)
	}
	return StepRequired{Menu{Step: 2, Total: 2, Options: []identity.Kind{factor.TOTP}}}, nil
}

// CompleteRebind gives the account the app that was set up, if the code fits: the link
// is spent and every session of the person ends in the same commit, and the owner is
// told. Nobody is signed in by it: that takes the password and a code of the new app,
// like any sign-in. With a recovery hold, what somebody signs in with cannot be
// changed for so long.
//
// Outcomes: Completed, Rejected. Errors: ErrTokenInvalid; ErrNoEnrolment when the
// password was not given in this browser or the app's key has run out;
// ErrFlowSuperseded when something else changed the account meanwhile;
// *RevocationError; store errors.
func (a *Accounts) CompleteRebind(ctx context.Context, sess *session.Session, text string, code Code) (FactorOutcome, error) {
	defer code.Wipe()
	out, err := a.completeRebind(ctx, sess, text, code)
	return out, rebindFault("complete", err)
}

func (a *Accounts) completeRebind(ctx context.Context, sess *session.Session, text string, code Code) (FactorOutcome, error) {
	now := a.clock.Now()
	r, err := a.rebinding(ctx, sess, text, now)
	if err != nil {
		return nil, err
	}
	if r.flow == nil {
		return nil, ErrNoEnrolment
	}
	rec, err := a.pending(ctx, sess)
	if err != nil {
		return nil, err
	}
	confirmed, verdict := totp.Confirm(now, a.totp, rec, code.Secret)
	if verdict != factor.Accepted {
		return a.wrongApp(ctx, r, now)
	}
	changes, set, err := a.rebound(ctx, sess, r, confirmed, now)
	if err != nil {
		return nil, err
	}
	if err := a.finishReset(a.admin.Apply(ctx, changes...)); err != nil {
		return nil, err
	}
	// What is left is to give this browser a new start.
	err = sess.DropCeremony(ctx, enrolTOTP)
	for _, move := range []machine.Event{machine.StepWorkflow{}, machine.FinishWorkflow{}} {
		if err == nil {
			_, err = sess.Transition(ctx, move, session.Commit{})
		}
	}
	if err == nil {
		err = a.hand(ctx, sess, set) // to the guest that this browser is now
	}
	if err != nil {
		return nil, &RevocationError{Changed: true, Revoked: true, Err: overtaken(err)}
	}
	return Completed{}, nil
}

// wrongApp counts a code that did not fit against the link.
func (a *Accounts) wrongApp(ctx context.Context, r rebinding, now time.Time) (FactorOutcome, error) {
	refused := errors.New("wrong code")
	if err := a.tried(ctx, r.token, now, refused); !errors.Is(err, refused) {
		return nil, err
	}
	return Rejected{Of: factor.TOTP}, nil
}

// rebound is the one change set of a recovery. The epoch that it is conditioned on is
// that under which the password was right.
func (a *Accounts) rebound(ctx context.Context, sess *session.Session, r rebinding, app totp.Record, now time.Time) ([]identity.Change, codeSet, error) {
	u, sub := r.acct.User, r.acct.User.Subject()
	row, err := a.newCredential(sub, factor.TOTP, "", app.Encode(), now)
	if err != nil {
		return nil, codeSet{}, err
	}
	set, err := a.freshCodes(ctx, r.acct, now)
	if err != nil {
		return nil, codeSet{}, err
	}
	changes := []identity.Change{
		identity.ConsumeToken{Selector: r.token.Selector, Digest: r.token.Digest, Purpose: identity.TokenActivation, Now: now},
		identity.VoidTokens{Subject: sub, Purpose: identity.TokenActivation},
		identity.PutCredential{Credential: row},
		identity.RaiseEpoch{Scope: identity.UserScope(sub), Check: true, From: r.flow.Epochs.User},
	}
	if a.hold > 0 {
		changes = append(changes, identity.PutPolicy{Policy: held(r.acct, a.hold, now), Expect: heldVersion(r.acct)})
	}
	notices, err := a.everywhere(ctx, u, Note{Kind: NoteFactorAdded, At: now, Client: sess.View().Client, Factor: factor.TOTP})
	if err != nil {
		return nil, codeSet{}, err
	}
	changes = append(append(changes, notices...), set.changes...)
	return append(changes, a.events.changes(a.events.factorAdded(ctx, u, row))...), set, nil
}

// held is the row of a hold that begins now.
func held(acct identity.Account, hold time.Duration, now time.Time) identity.Policy {
	return identity.Policy{
		Scope: identity.UserScope(acct.User.Subject()), Kind: policyRecoveryHold, Version: heldVersion(acct) + 1,
		Reason: "recovery", ExpiresAt: now.Add(hold), By: acct.User.ID, At: now,
	}
}

// heldVersion is that of the hold that is there, over or not; 0 without.
func heldVersion(acct identity.Account) uint64 {
	for _, p := range acct.Policies {
		if p.Kind == policyRecoveryHold {
			return p.Version
		}
	}
	return 0
}

// recovering reports that an account has bound a second factor anew lately.
func recovering(acct identity.Account, now time.Time) bool {
	for _, p := range acct.Policies {
		if p.Kind == policyRecoveryHold && p.Holds(now) {
			return true
		}
	}
	return false
}

func rebindFault(verb string, err error) error {
	if err == nil || errors.Is(err, ErrTokenInvalid) {
		return err
	}
	return fmt.Errorf("authn: %s rebind: %w", verb, err)
}
