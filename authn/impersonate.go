package authn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/approval"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// Approval is a guard's word that the signed-in person may do one named thing. Only
// guards make one; the zero Approval approves nothing.
type Approval = approval.Token

// ActionImpersonate is what an [Approval] must name for [Admin.BeginImpersonation].
const ActionImpersonate = "impersonate"

// DefaultImpersonation is how long somebody acts as somebody else if nothing is
// said, MaxImpersonation the longest (AUN-141).
const (
	DefaultImpersonation = 15 * time.Minute
	MaxImpersonation     = machine.MaxImpersonation
)

// ErrImpersonationRefused means that the administrator does not become this person.
// Which rule it was the event says, not the error, but for ErrReason and
// ErrStepUpRequired, which it is too.
var ErrImpersonationRefused = errors.New("authn: impersonation refused")

// Impersonation says as whom somebody wants to act, why and for how long.
type Impersonation struct {
	Target identity.Subject
	// Reason is 1 to 512 bytes of printable text. It goes into the event and onto the
	// banner that the administrator sees; the person is not shown it.
	Reason string
	// For is how long at most. Zero: [DefaultImpersonation]; above [MaxImpersonation]
	// it is refused. It ends no later than the administrator's own session.
	For time.Duration
}

// BeginImpersonation lets a signed-in administrator act as another person of their
// tenant: this session goes on under a new id in that person's name, with the
// administrator as its actor and their own login put aside, until
// [Service.EndImpersonation] or the time is up (AUN-140, AUN-141). The administrator
// has proved lately the strongest factor that they have. The person must be active
// and hold none of AdminConfig.NoImpersonation. They are told by mail; their last
// sign-in, sessions, devices and locks stay as they are (AUN-143). Every event until
// the end names both, and what [ErrImpersonating] answers is refused.
//
// Errors: [ErrImpersonationRefused], after an event that says which rule;
// ErrNotAuthenticated; ErrFlowSuperseded if administrator or person were revoked
// meanwhile; store errors. The session is then as it was.
func (a *Admin) BeginImpersonation(ctx context.Context, sess *session.Session, im Impersonation, by Approval) error {
	login := loginOf(sess.State())
	if login == nil {
		return ErrNotAuthenticated
	}
	s, now := a.people.Service, a.people.clock.Now()
	im.For = orDefault(im.For)
	target, epochs, err := a.impersonated(ctx, sess, login, im, by, now)
	var no *notImpersonated
	if errors.As(err, &no) {
		s.events.record(ctx, s.ident, s.events.impersonationRefused(ctx, login, target, im, no.reason))
		return fmt.Errorf("authn: begin impersonation: %w", err)
	}
	if err != nil {
		return fmt.Errorf("authn: begin impersonation: %w", err)
	}
	until := now.Add(im.For)
	if end := sess.View().AbsUntil; end.Before(until) {
		until = end
	}
	rows := s.events.impersonationStarted(ctx, login, target.User, im, until)
	if !a.discreet {
		rows = append(rows, s.told(ctx, target.User, Note{Kind: NoteImpersonated, At: now, Works: until.Sub(now)})...)
	}
	_, err = sess.Transition(ctx, machine.Impersonate{
		By: login.Subject, Target: im.Target, Login: identity.NewLoginID(s.entropy), Epochs: epochs,
		Profile: profile(target.User), Reason: im.Reason, Until: until,
	}, session.Commit{Also: rows, NoGrace: true})
	if err != nil {
		return fmt.Errorf("authn: begin impersonation: %w", overtaken(err))
	}
	s.wake()
	return nil
}

func orDefault(d time.Duration) time.Duration {
	if d == 0 {
		return DefaultImpersonation
	}
	return d
}

// notImpersonated is a refusal with the word that its event has.
type notImpersonated struct {
	reason audit.Reason
	err    error // what else it is; may be nil
}

// Error implements error. The reason stays out: it tells of other accounts.
func (*notImpersonated) Error() string { return ErrImpersonationRefused.Error() }

// Unwrap returns all that it is.
func (n *notImpersonated) Unwrap() []error {
	if n.err == nil {
		return []error{ErrImpersonationRefused}
	}
	return []error{ErrImpersonationRefused, n.err}
}

func refuse(r audit.Reason, err error) error { return &notImpersonated{r, err} }

// impersonated is the account to act as, and the epochs to act under: those from
// before it was read, so that whatever takes it out of use or gives it a protected
// role meanwhile ends the session that is to begin.
func (a *Admin) impersonated(ctx context.Context, sess *session.Session, login *machine.LoginData, im Impersonation, by Approval, now time.Time) (target identity.Account, epochs identity.Epochs, err error) {
	s := a.people.Service
	who, err := by.For(ActionImpersonate)
	switch {
	case err != nil, who != login.Subject:
		return target, epochs, refuse(audit.ReasonNotApproved, approval.ErrNotApproved)
	case login.Actor != nil:
		return target, epochs, refuse(audit.ReasonNested, ErrImpersonating)
	case checkReason(im.Reason) != nil:
		return target, epochs, refuse(audit.ReasonBadInput, ErrReason)
	case im.For < 0 || im.For > MaxImpersonation:
		return target, epochs, refuse(audit.ReasonBadInput, fieldError("For", "must be above 0 and at most 60 min"))
	case im.Target == login.Subject:
		return target, epochs, refuse(audit.ReasonSelf, ErrSelf)
	case im.Target.Tenant != login.Subject.Tenant:
		return target, epochs, refuse(audit.ReasonCrossTenant, nil)
	}
	own, err := s.ident.AccountByID(ctx, login.Subject)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && !usable(own, now):
		return target, epochs, ErrNotAuthenticated
	case err != nil:
		return target, epochs, err
	case !s.Meets(sess.State(), a.proof(ctx, own, now)):
		return target, epochs, refuse(audit.ReasonStepUp, ErrStepUpRequired)
	}
	if epochs, err = s.sessions.Epochs(ctx, im.Target); err != nil {
		return target, epochs, err
	}
	target, err = s.ident.AccountByID(ctx, im.Target)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && identity.IsReserved(target.User.ID):
		return identity.Account{}, epochs, refuse(audit.ReasonUnknownUser, nil)
	case err != nil:
		return target, epochs, err
	case !usable(target, now):
		return target, epochs, refuse(audit.ReasonNotActive, nil)
	case slices.ContainsFunc(target.Grants, func(g identity.Grant) bool { return slices.Contains(a.protected, g.Role) }):
		// A row that is not authentic protects too: it gives no right over anybody.
		return target, epochs, refuse(audit.ReasonProtected, nil)
	}
	return target, epochs, nil
}

// proof is what an administrator must have proved lately: the strongest kind that
// they have, and one that resists phishing if they have any.
func (a *Admin) proof(ctx context.Context, own identity.Account, now time.Time) Requirement {
	req := a.people.Strongest(ctx, own)
	for _, k := range a.people.held(ctx, own) {
		e := identity.Evidence{Kind: k, At: now, Class: a.people.factors.Traits(k).Class}
		req.PhishingResistant = req.PhishingResistant || identity.Assess([]identity.Evidence{e}).PhishingResistant
	}
	return req
}

// ImpersonationProof is what the signed-in person must have proved lately for
// [Admin.BeginImpersonation]: for [Service.RequireStepUp], before the form is shown.
// Errors: ErrNotAuthenticated, ErrImpersonating, store errors.
func (a *Admin) ImpersonationProof(ctx context.Context, sess *session.Session) (Requirement, error) {
	own, err := a.people.own(ctx, sess, "impersonation")
	if err != nil {
		return Requirement{}, err
	}
	return a.proof(ctx, own, a.people.clock.Now()), nil
}

// EndImpersonation gives whoever acts as somebody else their own login back, under
// a new id and without any custom data of the time between (AUN-141). If it was
// revoked meanwhile, or has expired, the session is a guest's afterwards. Without
// impersonation nothing happens. Errors: ErrFlowSuperseded, store errors.
func (s *Service) EndImpersonation(ctx context.Context, sess *session.Session) error {
	login := loginOf(sess.State())
	if login == nil || login.Actor == nil {
		return nil
	}
	rows := s.events.impersonationEnded(ctx, login, audit.CauseStopped, s.clock.Now())
	if _, err := sess.Transition(ctx, machine.StopImpersonating{}, session.Commit{Also: rows, NoGrace: true}); err != nil {
		return fmt.Errorf("authn: end impersonation: %w", overtaken(err))
	}
	return nil
}

func (e events) impersonationStarted(ctx context.Context, by *machine.LoginData, u identity.User, im Impersonation, until time.Time) []store.Row {
	of := aboutUser(u)
	of.Actor, of.ActorHandle = by.Subject.User, by.Profile.AuditHandle
	return e.row(ctx, of, audit.ImpersonationStarted{Outcome: audit.Success, Stated: im.Reason, Until: until})
}

// impersonationRefused names the person only if the account was found: in another
// tenant it was not even looked for (IDN-032).
func (e events) impersonationRefused(ctx context.Context, by *machine.LoginData, target identity.Account, im Impersonation, r audit.Reason) []store.Row {
	of := aboutLogin(by)
	if !target.User.ID.IsZero() {
		of = aboutUser(target.User)
	}
	if by.Actor == nil {
		of.Actor, of.ActorHandle = by.Subject.User, by.Profile.AuditHandle
	}
	ev := audit.ImpersonationStarted{Outcome: audit.Failure, Reason: r}
	if checkReason(im.Reason) == nil {
		ev.Stated = im.Reason
	}
	return e.row(ctx, of, ev)
}

// impersonationEnded is no event where nobody acts.
func (e events) impersonationEnded(ctx context.Context, l *machine.LoginData, cause audit.Cause, now time.Time) []store.Row {
	if l.Actor == nil {
		return nil
	}
	return e.row(ctx, aboutLogin(l), audit.ImpersonationEnded{Cause: cause, Duration: max(now.Sub(l.AuthTime), time.Millisecond)})
}
