package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/factor/totp"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// WorkflowEnrol names the workflow of somebody who sets up, in the middle of a sign-in,
// the factor that it asks for and that they never had. They are not signed in before it
// is finished (AUN-032).
const WorkflowEnrol machine.WorkflowKind = "axess.enrol-factor"

// methodEnrol names, in events, the sign-in that such a workflow ends.
const methodEnrol = "enrol-factor"

// enrolWorkflowLife bounds that workflow from its start (AUN-121).
const enrolWorkflowLife = time.Hour

// policyHad is the kind of the mark that an account has had a credential of a kind: a
// row of its own, since what is removed leaves nothing else behind. It has no end.
func policyHad(kind identity.Kind) identity.PolicyKind { return identity.PolicyKind("had_" + kind) }

// had reports whether an account has, or ever had, a credential of a kind that passes a
// step which nothing else of done has passed.
func had(acct identity.Account, kind identity.Kind, done []identity.Evidence) bool {
	for _, p := range acct.Policies {
		if p.Kind == policyHad(kind) {
			return true
		}
	}
	for _, c := range acct.Credentials {
		if c.Kind == kind && !spent(done, c.ID) {
			return true // switched off or not to be opened: theirs all the same
		}
	}
	return false
}

// hadNow marks an account whose first credential of a kind comes, or whose last one
// goes, in the same commit. Of any number of commits that make the mark one succeeds.
func hadNow(acct identity.Account, kind identity.Kind, now time.Time) []identity.Change {
	for _, p := range acct.Policies {
		if p.Kind == policyHad(kind) {
			return nil
		}
	}
	return []identity.Change{identity.PutPolicy{Policy: identity.Policy{
		Scope: identity.UserScope(acct.User.Subject()), Kind: policyHad(kind), Version: 1,
		Reason: "enrolled", By: acct.User.ID, At: now,
	}}}
}

// settable is the kind that the person may set up to pass the step which is the last
// one now; empty for none. It takes a factor of theirs that was verified in this flow,
// which a mailbox is not (AUN-036), and nothing, now or before, that would pass the
// step. A login that is there already never comes by a factor so: a stolen session
// would bring its own (AUN-105).
func (s *Service) settable(a attemptAt, next machine.State) identity.Kind {
	st, ok := next.(machine.Authenticating)
	if !ok {
		return ""
	}
	flow := machine.FlowOf(st)
	if _, over := st.Base(); over || flow.Decoy || len(flow.Steps)-len(flow.Done) != 1 {
		return ""
	}
	if identity.Assess(flow.Done).AAL == identity.AAL0 || a.rules.inline(s.inline) != InlineFirst {
		return ""
	}
	step := flow.Steps[len(flow.Done)]
	if slices.ContainsFunc(step.Kinds(), func(k identity.Kind) bool { return s.withoutRecord(a.acct, k, flow.Done) }) {
		return "" // there is a way in already
	}
	return missingKind(a.acct, step, flow.Done, a.now)
}

// missingKind is what of a step an account may come by. Who holds a role of the console,
// or has a method of their own that asks for an app, has had one, whether a mark says so
// or not: neither is given without.
func missingKind(acct identity.Account, step identity.Step, done []identity.Evidence, now time.Time) identity.Kind {
	if acct.HoldsConsole() || recovering(acct, now) || !step.Has(factor.TOTP) || demandsApp(inForce(acct.Methods, now)) {
		return ""
	}
	for _, k := range step.Kinds() {
		if had(acct, k, done) {
			return ""
		}
	}
	return factor.TOTP
}

// beginEnrolment leads a login whose last step the person has nothing for into the
// workflow that sets it up. What has passed is remembered there, and what is missing
// stays owed. The key is made at once; if that fails the page makes another.
func (s *Service) beginEnrolment(ctx context.Context, sess *session.Session, a attemptAt, j judgement) (FactorOutcome, error) {
	s.settle(ctx, a, Passed)
	s.renew(ctx, a, j)
	if _, err := sess.Transition(ctx, machine.StartWorkflow{Flow: machine.WorkflowData{
		Kind: WorkflowEnrol, Total: 1, Deadline: a.now.Add(enrolWorkflowLife), Then: machine.ThenAuthenticated,
		Subject: a.flow.Subject, Epochs: a.flow.Epochs, Address: a.flow.Identifier,
	}}, session.Commit{}); err != nil {
		return nil, fmt.Errorf("authn: verify factor: %w", overtaken(err))
	}
	if _, err := s.newSeed(ctx, sess, s.appRules(a.rules)); err != nil {
		return nil, fmt.Errorf("authn: verify factor: %w", err)
	}
	return Workflow{WorkflowEnrol}, nil
}

// appRules are those of a new app under the rules of a flow.
func (s *Service) appRules(rules flowRules) totp.Policy {
	if rules.TOTP != nil {
		return totp.Policy(*rules.TOTP)
	}
	return s.totp
}

// enrolling is the workflow of this session, before its deadline.
func (a *Accounts) enrolling(sess *session.Session, now time.Time) (*machine.WorkflowData, error) {
	st, ok := sess.State().(machine.PendingWorkflow)
	if !ok {
		if sess.View().Ended {
			return nil, ErrFlowExpired
		}
		return nil, ErrNoFlow
	}
	flow := machine.WorkflowOf(st)
	if flow == nil || flow.Decoy || flow.Kind != WorkflowEnrol {
		return nil, ErrNoFlow
	}
	if !now.Before(flow.Deadline) {
		return nil, ErrFlowExpired
	}
	return flow, nil
}

// PendingEnrolment shows what sets up the factor that a sign-in has led to (the outcome
// Workflow of WorkflowEnrol). Looking changes nothing. Errors: ErrNoFlow,
// ErrFlowExpired; ErrNoEnrolment when the key has run out, and [Accounts.RenewEnrolment]
// makes another.
func (a *Accounts) PendingEnrolment(ctx context.Context, sess *session.Session) (Enrolment, error) {
	flow, err := a.enrolling(sess, a.clock.Now())
	if err != nil {
		return Enrolment{}, err
	}
	e, err := a.waitingApp(ctx, sess, flow.Address)
	switch {
	case err != nil:
		return Enrolment{}, fmt.Errorf("authn: pending enrolment: %w", err)
	case e == nil:
		return Enrolment{}, ErrNoEnrolment
	}
	return *e, nil
}

// RenewEnrolment makes another key for ten minutes, in the place of the one that is
// there. Errors: ErrNoFlow, ErrFlowExpired, ErrFlowSuperseded, store errors.
func (a *Accounts) RenewEnrolment(ctx context.Context, sess *session.Session) (Enrolment, error) {
	now := a.clock.Now()
	flow, err := a.enrolling(sess, now)
	if err != nil {
		return Enrolment{}, err
	}
	j, err := a.joining(ctx, flow, now)
	if err != nil {
		return Enrolment{}, fmt.Errorf("authn: renew enrolment: %w", err)
	}
	rec, err := a.newSeed(ctx, sess, j.rules)
	if err != nil {
		return Enrolment{}, fmt.Errorf("authn: renew enrolment: %w", overtaken(err))
	}
	return a.show(rec, flow.Address)
}

// joining is whoever is in the workflow, as they are stored now.
type joining struct {
	acct  identity.Account
	view  identity.TenantView
	rules totp.Policy
}

// joining reads them. ErrFlowSuperseded: what the workflow began with holds no more.
func (a *Accounts) joining(ctx context.Context, flow *machine.WorkflowData, now time.Time) (j joining, err error) {
	if j.acct, err = a.account(ctx, flow.Subject); err != nil {
		return j, err
	}
	if j.acct.User.ID.IsZero() || !usable(j.acct, now) {
		return j, ErrFlowSuperseded
	}
	if j.view, err = a.tenantView(ctx, flow.Subject.Tenant); err != nil {
		return j, err
	}
	inline, err := a.inlineRule(j.view, j.acct.Policies, now)
	if err != nil {
		return j, err
	}
	switch {
	case recovering(j.acct, now):
		return j, ErrRecoveryHold
	case inline != InlineFirst, !admits(ctx, j.view),
		missingKind(j.acct, identity.Required(factor.TOTP), flow.Passed, now) == "":
		return j, ErrFlowSuperseded
	}
	j.rules, err = a.totpRules(j.view, j.acct.Policies, now)
	return j, err
}

// CompleteEnrolment gives the account the app that was set up on the way in, if the code
// fits, and signs in: app, mark, the end of every other session, event and notice are
// one commit, conditioned on the epochs that the login began under; then the session
// becomes a login with what was verified before and the app, under a new id. The code is
// spent: it signs nobody in (FAC-032). A wrong code costs nothing, since whoever types
// it sees the key; while the name is locked nobody gets in (AUN-053). With the login the
// guesses before it are forgotten (AUN-059).
//
// Of any number of calls, in one browser or several, at most one adds an app.
//
// Outcomes: Completed, Workflow, Rejected, Throttled, Unavailable. Errors: ErrNoFlow;
// ErrFlowExpired; ErrNoEnrolment when the key has run out; ErrFlowSuperseded when something else changed
// the account meanwhile: an administrator, another browser, the tenant's rules;
// ErrRecoveryHold; session.ErrSessionLimit; *RevocationError; store errors.
func (a *Accounts) CompleteEnrolment(ctx context.Context, sess *session.Session, code Code) (FactorOutcome, error) {
	defer code.Wipe()
	out, err := a.completeEnrolment(ctx, sess, code)
	if err != nil {
		err = fmt.Errorf("authn: complete enrolment: %w", err)
	}
	return out, err
}

func (a *Accounts) completeEnrolment(ctx context.Context, sess *session.Session, code Code) (FactorOutcome, error) {
	now := a.clock.Now()
	w, err := a.enrolling(sess, now)
	if err != nil {
		return nil, err
	}
	rec, err := a.pending(ctx, sess)
	if err != nil {
		return nil, err
	}
	j, err := a.joining(ctx, w, now)
	if err != nil {
		return nil, err
	}
	lock, err := a.lockOf(j.view)
	if err != nil {
		return nil, err
	}
	flow := &machine.FlowData{Subject: w.Subject, Method: methodEnrol, Steps: withTOTP().Steps, Done: w.Passed}
	at := a.levers.attempt([16]byte{}, guess{subject: w.Subject, kind: factor.TOTP, lock: lock}, clientip.From(ctx).IP())
	res, err := a.ledger.Reserve(ctx, at, now)
	if err != nil {
		return a.refused(ctx, flow, factor.TOTP, at, now, err)
	}
	t := attemptAt{flow: flow, kind: factor.TOTP, acct: j.acct, now: now, res: res, levers: at.Levers}
	confirmed, verdict := totp.Confirm(now, j.rules, rec, code.Secret)
	if verdict != factor.Accepted {
		if err := a.ledger.Release(ctx, res, a.clock.Now()); err != nil {
			a.alarm(ctx, alarmLedger, err)
		}
		return Rejected{Menu{Step: 2, Total: 2, Options: []identity.Kind{factor.TOTP}, Identifier: w.Address}, factor.TOTP}, nil
	}
	row, err := a.enrolled(ctx, sess, w, j, confirmed, now)
	if err != nil {
		a.settle(ctx, t, Passed)
		return nil, err
	}
	return a.enteredWith(ctx, sess, w, j, t, row)
}

// enrolled is the one commit of an enrolment on the way in.
func (a *Accounts) enrolled(ctx context.Context, sess *session.Session, w *machine.WorkflowData, j joining, app totp.Record, now time.Time) (identity.Credential, error) {
	u, sub := j.acct.User, j.acct.User.Subject()
	row, err := a.newCredential(sub, factor.TOTP, "", app.Encode(), now)
	if err != nil {
		return row, err
	}
	set, err := a.firstCodes(ctx, j.acct, now)
	if err == nil {
		err = a.hand(ctx, sess, set)
	}
	if err != nil {
		return row, overtaken(err)
	}
	changes := append(hadNow(j.acct, factor.TOTP, now),
		identity.PutCredential{Credential: row},
		identity.RaiseEpoch{Scope: identity.UserScope(sub), Check: true, From: w.Epochs.User})
	if !demandsApp(a.methodsOf(j.view)) {
		// Nobody is asked any more, or only who chooses to be: this person was, and is.
		changes = append(changes, identity.PutMethod{Scope: identity.UserScope(sub), Method: withTOTP()})
	}
	if address, ok := u.Email(); ok && !a.notes.silent() {
		notice, err := a.notes.row(ctx, address.Canonical, Note{
			Kind: NoteFactorAdded, Language: u.Language, At: now, Client: sess.View().Client, Factor: factor.TOTP,
		})
		if err != nil {
			return row, err
		}
		changes = append(changes, identity.Append{Row: notice})
	}
	changes = append(changes, a.events.changes(a.events.factorAdded(ctx, u, row))...)
	err = a.admin.Apply(ctx, append(changes, set.changes...)...)
	switch {
	case err == nil:
		a.wake()
	case errors.Is(err, identity.ErrNotRevoked):
		a.wake()
		err = &RevocationError{Changed: true, Err: err}
	case errors.Is(err, store.ErrExists), errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		err = fmt.Errorf("%w: %w", ErrFlowSuperseded, err)
	}
	unhand(ctx, sess, set, err)
	return row, err
}

// enteredWith ends the workflow in a login, in the order of every login (AUN-047): the
// evidence is what was verified before and the app, which the session has just seen
// work. The app stands for no step of a flow, which would take one from before it
// (FAC-007): the workflow owes an evidence, and this is the one that pays, as at a
// sign-up with an app.
func (a *Accounts) enteredWith(ctx context.Context, sess *session.Session, w *machine.WorkflowData, j joining, t attemptAt, row identity.Credential) (FactorOutcome, error) {
	now, u := t.now, j.acct.User
	half := func(err error) (FactorOutcome, error) {
		a.settle(ctx, t, Passed)
		return nil, &RevocationError{Changed: true, Revoked: true, Err: overtaken(err)}
	}
	text, err := a.flowRules(j.view.Policies, j.acct.Policies, now)
	if err == nil {
		t.rules, err = rulesOf(text)
	}
	if err == nil {
		err = sess.DropCeremony(ctx, enrolTOTP)
	}
	if err == nil {
		_, err = sess.Transition(ctx, machine.StepWorkflow{}, session.Commit{})
	}
	if err != nil {
		return half(err)
	}
	epochs := w.Epochs
	epochs.User++
	last := totp.Evidence(row.ID, now)
	if a.compromised(j.acct) { // AUN-137: the missing step first, then the known password
		return a.replaceNext(ctx, sess, t, epochs, last)
	}
	login := identity.NewLoginID(a.entropy)
	evidence := append(w.Passed[:len(w.Passed):len(w.Passed)], last)
	a.trustOf(ctx, sess, w.Subject) // the app makes up for any device, but one that was revoked loses its cookie
	_, err = sess.Transition(ctx, machine.FinishWorkflow{
		Evidence: []identity.Evidence{last}, Login: login, Profile: profile(u), Epochs: epochs,
	}, session.Commit{Limit: t.rules.limit(), Also: slices.Concat(
		a.events.loggedIn(ctx, u, methodEnrol, evidence, audit.FlowInteractive, login), a.afterLock(ctx, sess, t), a.ownClamps(ctx, j.acct, now),
	)})
	if err != nil {
		return half(err)
	}
	stays, err := a.reread(ctx, sess, u, evidence, now)
	switch {
	case err != nil:
		return half(err)
	case !stays:
		a.metrics.ended(flowInteractive, audit.Failure, audit.ReasonNotActive)
		return half(ErrFlowSuperseded)
	}
	a.metrics.ended(flowInteractive, audit.Success, "")
	a.settle(ctx, t, Cleared)
	if t.res.Locked {
		a.wake()
	}
	return Completed{}, nil
}
