package authn

import (
	"cmp"
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
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// retryAfter is how long a caller waits when something is full or down.
const retryAfter = time.Second

// PrepareFactor says whether a factor of the current step can be asked for, and has a
// kind that needs it sent, unless what was sent before still counts; for nobody all the
// same (AUN-040).
//
// Outcomes: Ready, CodeSent, AlreadySent, Unavailable. Errors: ErrNoFlow,
// ErrFlowExpired, ErrStepMismatch, those of rules that cannot be read.
func (s *Service) PrepareFactor(ctx context.Context, sess *session.Session, kind identity.Kind) (PrepareOutcome, error) {
	return s.prepareFactor(ctx, sess, kind, false)
}

// PrepareFactorAgain is PrepareFactor for somebody who asks for another code: the one
// before is void then. Too soon, or too often, the outcome is AlreadySent (FAC-063).
func (s *Service) PrepareFactorAgain(ctx context.Context, sess *session.Session, kind identity.Kind) (PrepareOutcome, error) {
	return s.prepareFactor(ctx, sess, kind, true)
}

func (s *Service) prepareFactor(ctx context.Context, sess *session.Session, kind identity.Kind, again bool) (PrepareOutcome, error) {
	_, flow, err := current(sess, s.clock.Now())
	if err != nil {
		return nil, err
	}
	v, ok := s.factors.Verifier(kind)
	if !ok || !flow.Steps[len(flow.Done)].Has(kind) {
		return nil, ErrStepMismatch
	}
	p, ok := v.(factor.Preparer)
	if !ok {
		return Ready{menu(flow)}, nil
	}
	return s.prepare(withClient(ctx, sess.View().Client), p, flow, again)
}

// SelectMethod changes the method of a flow in which nothing has passed yet.
// The steps behind the first are resolved again from the account; a method that
// is not the person's own turns the flow into a decoy, from which only a new
// login leads back.
// A step-up has no choice of methods: what it asks for was demanded.
// Errors: ErrNoFlow, ErrFlowExpired, ErrMethodUnknown, ErrFlowSuperseded.
func (s *Service) SelectMethod(ctx context.Context, sess *session.Session, name string) (PrepareOutcome, error) {
	state, flow, err := current(sess, s.clock.Now())
	if err != nil {
		return nil, err
	}
	if _, over := state.Base(); over {
		return nil, ErrMethodUnknown
	}
	view, err := s.ident.TenantByID(ctx, flow.Subject.Tenant)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("authn: select method: %w", err)
	}
	acct, err := s.account(ctx, flow.Subject)
	if err != nil {
		return nil, fmt.Errorf("authn: select method: %w", err)
	}
	own := inForce(acct.Methods, s.clock.Now())
	if flow.Decoy {
		own = nil
	}
	methods, personal, _ := s.menuFor(view, own)
	at := slices.IndexFunc(methods, func(m identity.Method) bool { return m.Name == name })
	if at < 0 {
		return nil, ErrMethodUnknown
	}
	steps, ok := methods[at].Steps, true
	if !personal {
		steps, ok = choose(methods[at], own)
	}
	steps = s.recoverable(s.demanded(steps, acct), acct)
	if flow.Decoy {
		steps = s.recoverable(methods[at].Steps, identity.Account{})
	}
	if _, err := sess.Transition(ctx, machine.Choose{Method: name, Steps: steps, Decoy: !ok}, session.Commit{}); err != nil {
		return nil, fmt.Errorf("authn: select method: %w", overtaken(err))
	}
	_, flow, err = current(sess, s.clock.Now())
	if err != nil {
		return nil, err
	}
	return Ready{menu(flow)}, nil
}

// current is the flow in progress, before its deadline.
func current(sess *session.Session, now time.Time) (machine.Authenticating, *machine.FlowData, error) {
	st, ok := sess.State().(machine.Authenticating)
	if !ok {
		if sess.View().Ended {
			return machine.Authenticating{}, nil, ErrFlowExpired
		}
		return machine.Authenticating{}, nil, ErrNoFlow
	}
	flow := machine.FlowOf(st)
	if flow == nil || len(flow.Done) >= len(flow.Steps) {
		return machine.Authenticating{}, nil, ErrNoFlow
	}
	if !now.Before(flow.Deadline) {
		return machine.Authenticating{}, nil, ErrFlowExpired
	}
	return st, flow, nil
}

// account reads the account of a flow. Nobody is an empty account: the verifier
// then does the work of a wrong credential.
func (s *Service) account(ctx context.Context, sub identity.Subject) (identity.Account, error) {
	acct, err := s.ident.AccountByID(ctx, sub)
	if errors.Is(err, store.ErrNotFound) {
		return identity.Account{}, nil
	}
	if errors.Is(err, store.ErrCorrupt) {
		s.alarm(ctx, alarmDataIntegrity, err)
		return identity.Account{}, nil
	}
	return acct, err
}

// usable reports whether an account may pass a factor now (AUN-046).
func usable(acct identity.Account, now time.Time) bool {
	return acct.Tenant == identity.TenantActive && acct.User.StateAt(now) == identity.Active
}

// VerifyFactor judges one credential against the current step, in this order:
// size, flow, kind, hash gate, reserve, account, verifier, conditional write,
// settle, event, advance (AUN-042). The credential is wiped on return.
//
// Go errors: ErrNoFlow, ErrFlowExpired, ErrStepMismatch (nothing was charged),
// ErrFlowSuperseded, session.ErrSessionLimit. What typing can cause, and a
// backend that does not answer, are outcomes.
func (s *Service) VerifyFactor(ctx context.Context, sess *session.Session, c Credential) (FactorOutcome, error) {
	defer c.Wipe()
	now := s.clock.Now()
	state, flow, err := current(sess, now)
	if err != nil {
		return nil, err
	}
	v, known := s.factors.Verifier(c.Kind())
	if !known || !flow.Steps[len(flow.Done)].Has(c.Kind()) {
		return nil, ErrStepMismatch
	}
	s.metrics.presented(c.Kind())
	t, in := v.Traits(), c.secret()
	sized := t.Takes(len(in.Reveal()))

	var pass *password.Pass
	if t.Costly && sized {
		if pass, err = s.hashing(ctx, s.hasher.Cost(nil)); err != nil {
			return s.turnedAway(c.Kind(), err)
		}
		defer pass.Leave()
	}
	rules, err := rulesOf(flow.Rules)
	if err != nil {
		s.metrics.judged(c.Kind(), resultUnavailable, "")
		return nil, fmt.Errorf("authn: verify factor: %w", err)
	}
	guessed := guess{flow.Subject, c.Kind(), flow.Decoy, t.Unguessable, rules.lock(s.levers.user)}
	attempt := s.levers.attempt(flow.ID, guessed, clientip.From(ctx).IP())
	res, err := s.ledger.Reserve(ctx, attempt, now)
	if err != nil {
		return s.refused(ctx, flow, c.Kind(), attempt, now, err)
	}
	acct, err := s.account(ctx, flow.Subject)
	if err != nil {
		return s.giveBack(ctx, c.Kind(), res, "account", err)
	}
	within, err := s.within(ctx, flow)
	if err != nil {
		return s.giveBack(ctx, c.Kind(), res, "tenant", err)
	}
	links, err := s.linksFor(ctx, v, flow.Subject, acct)
	if err != nil {
		return s.giveBack(ctx, c.Kind(), res, "links", err)
	}
	j := judgement{verdict: factor.Rejected}
	if sized {
		j = s.judge(ctx, ruledBy(v, rules), s.attempt(ctx, flow, acct, links, within, t, in, now))
	}
	if j.verdict == factor.Rejected && j.err != nil {
		s.alarm(ctx, alarmCredential, j.err)
	}
	a := attemptAt{
		flow: flow, kind: c.Kind(), acct: acct, now: now, res: res, levers: attempt.Levers, rules: rules,
		unguessable: t.Unguessable, reason: j.reason, counts: j.writes,
	}
	switch j.verdict {
	case factor.Accepted:
		if s.asksAtSignIn(state, c.Kind()) {
			pass.Leave() // a list may be somewhere else, and a hash must not wait for it
			s.markIfKnown(ctx, &a, &j, in)
		}
		return s.accept(ctx, sess, state, a, j)
	case factor.Replayed:
		return s.replayed(ctx, a)
	case factor.Rejected:
		if !within {
			a.reason = audit.ReasonNetwork
		}
		return s.reject(ctx, sess, a)
	case factor.Unavailable, factor.Misconfigured:
	}
	if j.verdict == factor.Misconfigured {
		s.alarm(ctx, alarmMisconfigured, j.err)
	}
	return s.giveBack(ctx, c.Kind(), res, string(c.Kind()), j.err)
}

// attemptAt is one reserved attempt and what it is about.
type attemptAt struct {
	flow   *machine.FlowData
	kind   identity.Kind
	acct   identity.Account
	now    time.Time
	res    Reservation
	levers []Lever
	rules  flowRules
	reason audit.Reason // why it fails; empty: it did not match
	// counts are what a failure writes into the person's records.
	counts []identity.AdvanceCredential
	// unguessable: the levers are not the person's.
	unguessable bool
}

// personal reports that a lever is the person's, which is the last one.
func (a attemptAt) personal(lever int) bool { return !a.unguessable && lever == len(a.levers)-1 }

// attempt is what a verifier is given of a step. Nobody, who may not sign in and who
// comes from where the tenant admits nobody have no records and no name.
func (s *Service) attempt(ctx context.Context, flow *machine.FlowData, acct identity.Account, links []identity.Link, within bool, t factor.Traits, in seal.Secret, now time.Time) factor.Attempt {
	a := factor.Attempt{Now: now, Secret: in, Subject: flow.Subject, Identifier: flow.Identifier, Flow: flow.ID}
	if flow.Decoy || !usable(acct, now) || !within {
		return a
	}
	if t.External && slices.ContainsFunc(flow.Done, func(e identity.Evidence) bool { return e.Kind == t.Kind && e.Credential.IsZero() }) {
		return a // what has no record passes one step (AUN-I0)
	}
	// Every link that is made raises the epoch, so that a flow which began before it is
	// over (FAC-007).
	a.User, a.Links = acct.User, links
	a.Records = slices.DeleteFunc(s.open(ctx, acct, t.Kind, flow.Started), func(r factor.Record) bool {
		return spent(flow.Done, r.Credential.ID)
	})
	return a
}

// busy tells a full gate from a caller that left.
func busy(err error) (FactorOutcome, error) {
	if errors.Is(err, password.ErrBusy) {
		return Busy{retryAfter}, nil
	}
	return nil, fmt.Errorf("authn: verify factor: %w", err)
}

// refused answers an attempt that the ledger did not take. Nothing has been
// evaluated for anybody: real and unknown accounts lock alike, so there is
// nothing that equal work would have to hide.
func (s *Service) refused(ctx context.Context, flow *machine.FlowData, kind identity.Kind, at Attempt, now time.Time, err error) (FactorOutcome, error) {
	var t *ThrottledError
	switch {
	case errors.As(err, &t) && exhausted(at, t, now):
		s.metrics.judged(kind, resultLocked, "")
		s.overdrawn(ctx, flow.Subject, kind, now)
		return Rejected{menu(flow), kind}, nil
	case errors.As(err, &t):
		s.metrics.Count(MetricLockoutRejections)
		s.metrics.judged(kind, resultLocked, "")
		if t.First {
			s.events.record(ctx, s.ident, s.events.factorLocked(ctx, flow, kind))
		}
		return Throttled{t.Until}, nil
	case errors.Is(err, ErrBusy):
		s.metrics.judged(kind, resultBusy, "")
		return Busy{retryAfter}, nil
	}
	s.metrics.judged(kind, resultUnavailable, "")
	// An outage of the ledger must not become a free guess (AUN-060).
	s.alarm(ctx, alarmLedger, err)
	return Unavailable{retryAfter}, nil
}

// giveBack settles an attempt that could not be judged.
func (s *Service) giveBack(ctx context.Context, kind identity.Kind, res Reservation, what string, cause error) (FactorOutcome, error) {
	s.metrics.judged(kind, resultUnavailable, "")
	s.alarm(ctx, alarmUnavailable, fmt.Errorf("%s: %w", what, cause))
	// The time of giving back, not of the start: a directory that hung for longer
	// than an attempt may be in flight has cost a guess (AUN-050).
	if err := s.ledger.Release(ctx, res, s.clock.Now()); err != nil {
		s.alarm(ctx, alarmLedger, err)
	}
	return Unavailable{retryAfter}, nil
}

// reject charges the attempt.
func (s *Service) reject(ctx context.Context, sess *session.Session, a attemptAt) (FactorOutcome, error) {
	locked := s.fail(ctx, a)
	if loginOf(sess.State()) != nil && locked {
		if err := s.stepUpFailed(ctx, sess, a); err != nil {
			return nil, fmt.Errorf("authn: verify factor: %w", err)
		}
		return Rejected{menu(a.flow), a.kind}, nil
	}
	if _, err := sess.Transition(ctx, machine.Fail{}, session.Commit{}); err != nil {
		return nil, fmt.Errorf("authn: verify factor: %w", overtaken(err))
	}
	return Rejected{menu(a.flow), a.kind}, nil
}

// fail settles the attempt as a failure. The event follows, with one for each
// lock that this failure closed; it reports whether the person is locked now.
func (s *Service) fail(ctx context.Context, a attemptAt) bool {
	locks, err := s.ledger.Commit(ctx, a.res, Failed, a.levers, a.now)
	if err != nil {
		// Unsettled, the reservation turns into a failure by itself.
		s.alarm(ctx, alarmLedger, err)
	}
	full := slices.ContainsFunc(locks, func(l Lock) bool { return a.levers[l.Lever].Policy.Streak })
	locks = slices.DeleteFunc(locks, func(l Lock) bool { return a.levers[l.Lever].Policy.Streak })
	s.metrics.judged(a.kind, audit.Failure.String(), cmp.Or(a.reason, audit.ReasonMismatch))
	s.counted(ctx, a, s.events.factorFailed(ctx, a, locks))
	if full {
		s.overdrawn(ctx, a.flow.Subject, a.kind, a.now)
	}
	return slices.ContainsFunc(locks, func(l Lock) bool { return a.personal(l.Lever) })
}

// counted writes the event of a failure with what it counts in the person's records: one
// call for everybody, whether there are records or not (AUN-033). What somebody else has
// changed meanwhile, another failure or a success, stays as it is, since the ledger has
// counted this one.
func (s *Service) counted(ctx context.Context, a attemptAt, rows []store.Row) {
	changes := s.events.logChanges(rows)
	with := changes
	for _, w := range a.counts {
		with = append(with[:len(with):len(with)], w)
	}
	err := s.ident.Record(ctx, with...)
	if len(a.counts) > 0 && (errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound)) {
		err = s.ident.Record(ctx, changes...)
	}
	if err != nil {
		s.events.lost(ctx, err)
	}
}

// replayed answers a one-time value that was already spent: it looks like any
// rejection, is not charged, and is suspicious (AUN-045).
func (s *Service) replayed(ctx context.Context, a attemptAt) (FactorOutcome, error) {
	if err := s.ledger.Release(ctx, a.res, s.clock.Now()); err != nil {
		s.alarm(ctx, alarmLedger, err)
	}
	s.metrics.judged(a.kind, audit.Suspicious.String(), audit.ReasonReplay)
	s.events.record(ctx, s.ident, s.events.factorReplayed(ctx, a))
	return Rejected{menu(a.flow), a.kind}, nil
}

// accept spends what the factor spends, then advances the flow.
func (s *Service) accept(ctx context.Context, sess *session.Session, state machine.Authenticating, a attemptAt, j judgement) (FactorOutcome, error) {
	changes := s.events.logChanges(s.events.factorPassed(ctx, a))
	for _, w := range j.writes {
		changes = append([]identity.LogChange{w}, changes...)
	}
	if a.kind == factor.Recovery && len(j.writes) == 1 {
		used, err := s.codeUsed(ctx, sess, a, j.writes[0].Credential)
		if err != nil {
			return s.giveBack(ctx, a.kind, a.res, "recovery", err)
		}
		changes = append(changes, used...)
	}
	switch err := s.ident.Record(ctx, changes...); {
	case errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound):
		// Somebody else spent the same value between our read and our write.
		return s.replayed(ctx, a)
	case err != nil && len(j.writes) > 0:
		return s.giveBack(ctx, a.kind, a.res, "credential write", err)
	case err != nil:
		s.events.lost(ctx, err)
	}
	next, out, proof, err := machine.Advance(state, j.evidence, a.now)
	if err != nil {
		return s.giveBack(ctx, a.kind, a.res, "advance", err)
	}
	s.metrics.judged(a.kind, audit.Success.String(), "")
	if _, over := state.Base(); over && out == machine.Completed {
		return s.steppedUp(ctx, sess, a, proof, j)
	}
	if a.kind == factor.Recovery {
		return s.beginRecovery(ctx, sess, a)
	}
	if out == machine.Completed {
		if more := s.deviceStep(ctx, sess, a, proof); len(more) > 0 {
			return s.askMore(ctx, sess, a, j, more)
		}
		if s.compromised(a.acct) { // when nothing else is owed (AUN-036, AUN-137)
			return s.demandReplacement(ctx, sess, a, proof)
		}
		return s.complete(ctx, sess, a, proof, j)
	}
	if _, err := sess.Transition(ctx, machine.Pass{Evidence: j.evidence}, session.Commit{Certificate: certified(a.kind)}); err != nil {
		s.settle(ctx, a, Passed)
		return nil, fmt.Errorf("authn: verify factor: %w", overtaken(err))
	}
	if kind := s.settable(a, next); kind != "" {
		return s.beginEnrolment(ctx, sess, a, j)
	}
	s.settle(ctx, a, Passed)
	s.renew(ctx, a, j)
	return StepRequired{s.menuOwn(machine.FlowOf(next), a.acct)}, nil
}

// certified reports that what was proved is the client certificate of the request: the
// session is bound to it in the same commit (FAC-115).
func certified(kind identity.Kind) bool { return kind == factor.MTLS }

// complete installs the login. The order is AUN-047's: the session is rotated,
// registered and limited in one atomic step that re-checks the epochs captured
// at the start; then user and tenant are read once more, by a write that only
// succeeds while both are Active. Whatever fails there leaves no session.
func (s *Service) complete(ctx context.Context, sess *session.Session, a attemptAt, proof Proof, j judgement) (FactorOutcome, error) {
	login := identity.NewLoginID(s.entropy)
	_, err := sess.Transition(ctx, machine.Complete{
		Proof: proof, Login: login, Profile: profile(a.acct.User),
	}, session.Commit{Limit: a.rules.limit(), Certificate: certified(a.kind), Also: slices.Concat(
		s.events.authenticated(ctx, a, proof, login), s.afterLock(ctx, sess, a), s.ownClamps(ctx, a.acct, a.now),
	)})
	if err != nil {
		s.settle(ctx, a, Passed)
		return nil, fmt.Errorf("authn: verify factor: %w", overtaken(err))
	}
	stays, err := s.reread(ctx, sess, a.acct.User, proof.Evidence(), a.now)
	if err != nil {
		return nil, fmt.Errorf("authn: verify factor: %w", err)
	}
	if !stays {
		s.metrics.ended(flowInteractive, audit.Failure, audit.ReasonNotActive)
		s.settle(ctx, a, Passed)
		return Rejected{menu(a.flow), a.kind}, nil
	}
	// Nobody asks for the roles here; a row that is not authentic is noticed.
	s.Roles(ctx, a.acct)
	s.metrics.ended(flowInteractive, audit.Success, "")
	s.cleared(ctx, a)
	s.renew(ctx, a, j)
	if a.res.Locked && !a.unguessable {
		s.wake()
	}
	return Completed{proof}, nil
}

// afterLock tells somebody whose account was locked that a sign-in has worked
// since: either they remembered, or somebody has guessed (AUN-162).
func (s *Service) afterLock(ctx context.Context, sess *session.Session, a attemptAt) []store.Row {
	if !a.res.Locked || a.unguessable {
		return nil
	}
	return s.told(ctx, a.acct.User, Note{Kind: NoteSignedInAfterLock, At: a.now, Client: sess.View().Client})
}

// reread is the last look at a login that has just been installed: a write that
// succeeds only while user and tenant are Active. It reports whether the session
// stays; if not, it has ended it.
func (s *Service) reread(ctx context.Context, sess *session.Session, u identity.User, ev []identity.Evidence, now time.Time) (bool, error) {
	login := identity.RecordLogin{Subject: u.Subject(), At: now}
	for _, e := range ev {
		if !e.Credential.IsZero() {
			login.Used = append(login.Used, e.Credential)
		}
	}
	err := s.ident.Record(ctx, login)
	if err == nil {
		return true, nil
	}
	if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound) {
		s.alarm(ctx, alarmAccountReread, err)
	}
	if err := sess.Logout(ctx, s.events.invalidated(ctx, u, audit.CauseSuspended)...); err != nil {
		return false, fmt.Errorf("end session: %w", err)
	}
	return false, nil
}

func (s *Service) settle(ctx context.Context, a attemptAt, v Verdict) {
	if _, err := s.ledger.Commit(ctx, a.res, v, a.levers, a.now); err != nil {
		s.alarm(ctx, alarmLedger, err)
	}
}

// cleared settles the last step of a login: what was guessed at its owner before is
// forgotten (AUN-059), never what came from an address.
func (s *Service) cleared(ctx context.Context, a attemptAt) {
	if !a.unguessable {
		s.settle(ctx, a, Cleared)
		return
	}
	s.settle(ctx, a, Passed)
	if err := s.ledger.Clear(ctx, s.levers.userKey(a.flow.Subject), a.now); err != nil {
		s.alarm(ctx, alarmLedger, err)
	}
}

// overtaken names what stopped a move of the session: a revocation, another tab, or a
// clock that was set while the request was on its way. Other errors come back as they
// are.
func overtaken(err error) error {
	for _, e := range []error{session.ErrEpoch, session.ErrSuperseded, session.ErrEnded, store.ErrConflict, machine.ErrIllegalTransition, machine.ErrMoment} {
		if errors.Is(err, e) {
			return fmt.Errorf("%w: %w", ErrFlowSuperseded, err)
		}
	}
	return err
}

// profile is what the session carries of a person, so that a page can name them
// without a read. Who gave no name is called by their address.
func profile(u identity.User) machine.Profile {
	p := machine.Profile{DisplayName: u.DisplayName, AuditHandle: u.AuditHandle}
	if p.DisplayName == "" {
		p.DisplayName = u.Primary().Typed
	}
	return p
}

// renew rewrites a password record whose parameters are no longer the policy's,
// or that is sealed under a key that is no longer primary, once the password has
// been right: one conditional write serves both. A factor that spends something
// is sealed anew by every use. Losing the race, or failing, does not touch the
// login (FAC-003, FAC-015).
func (s *Service) renew(ctx context.Context, a attemptAt, j judgement) {
	var events []identity.LogChange
	fresh := j.rehash
	switch {
	case fresh != nil:
		events = s.events.rehashed(ctx, a)
	case j.used != nil && s.vault.IsStale(j.used.Credential):
		fresh = j.used
	default:
		return
	}
	row := fresh.Credential
	row.Version++
	row.LastUsedAt = a.now
	row, err := s.vault.Seal(row, fresh.Body)
	if err == nil {
		err = s.ident.Record(ctx, append([]identity.LogChange{identity.AdvanceCredential{Credential: row}}, events...)...)
	}
	seal.NewSecret(fresh.Body).Wipe()
	if err != nil && !errors.Is(err, store.ErrConflict) {
		s.alarm(ctx, alarmRehash, err)
	}
}
