package authn

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/metric"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store"
)

// events words what happens for the audit log. Rows travel in the commit of the
// change that they describe; those without a change go through record.
type events struct {
	log     *audit.Log
	slog    *slog.Logger
	metrics counters
}

// row makes rows of one event. Failing to make one is a programming fault; it is
// counted and logged and never changes an outcome (AUN-048).
//
// What happens while somebody acts in a person's name names them, whichever verb
// it is (AUN-I9).
func (e events) row(ctx context.Context, of audit.Of, ev audit.Event) []store.Row {
	if who, acts := session.ActorFrom(ctx); acts && of.Actor.IsZero() {
		of.Actor, of.ActorHandle = who.Subject.User, who.AuditHandle
	}
	r, err := e.log.Row(ctx, of, ev)
	if err != nil {
		e.lost(ctx, err)
		return nil
	}
	return []store.Row{r}
}

// lost counts an event that could not be written.
func (e events) lost(ctx context.Context, err error) {
	e.metrics.Count("audit_write_failed")
	e.slog.ErrorContext(ctx, "authn: audit event lost", "error", err)
}

// record appends rows that accompany no change.
func (e events) record(ctx context.Context, ident identity.AuthnLog, rows []store.Row) {
	if err := ident.Record(ctx, e.logChanges(rows)...); err != nil {
		e.lost(ctx, err)
	}
}

func (events) logChanges(rows []store.Row) []identity.LogChange {
	out := make([]identity.LogChange, len(rows))
	for i, r := range rows {
		out[i] = identity.Append{Row: r}
	}
	return out
}

func (events) changes(rows []store.Row) []identity.Change {
	out := make([]identity.Change, len(rows))
	for i, r := range rows {
		out[i] = identity.Append{Row: r}
	}
	return out
}

func (e events) identifierMAC(t identity.TenantID, canonical string) string {
	return e.log.IdentifierMAC(t, canonical)
}

// about names the subject of an event. A decoy has none: the event says which
// keyed digest was tried instead (AUD-011).
func about(sub identity.Subject, decoy bool, handle [16]byte) audit.Of {
	of := audit.Of{Tenant: sub.Tenant}
	if !decoy {
		of.Subject, of.Handle = sub.User, handle
	}
	return of
}

func aboutUser(u identity.User) audit.Of { return about(u.Subject(), false, u.AuditHandle) }

func aboutLogin(l *machine.LoginData) audit.Of {
	of := about(l.Subject, false, l.Profile.AuditHandle)
	if l.Actor != nil {
		of.Actor, of.ActorHandle = l.Actor.Login.Subject.User, l.Actor.Login.Profile.AuditHandle
	}
	return of
}

func (a attemptAt) about() audit.Of {
	return about(a.flow.Subject, a.acct.User.ID.IsZero(), a.acct.User.AuditHandle)
}

func (e events) loginAttempt(ctx context.Context, who claim, flow machine.FlowData) []store.Row {
	ev := audit.LoginAttempt{
		Outcome: audit.Success, Method: flow.Method, FirstFactor: flow.Steps[0].At(0), IdentifierMAC: who.mac,
	}
	if who.decoy {
		ev.Outcome, ev.Reason = audit.Failure, who.reason
	}
	return e.row(ctx, about(who.subject, who.decoy, who.account.User.AuditHandle), ev)
}

func (e events) factorEvent(ctx context.Context, a attemptAt, outcome audit.Outcome, reason audit.Reason) []store.Row {
	return e.row(ctx, a.about(), audit.FactorVerified{
		Outcome: outcome, Factor: a.kind, Reason: reason,
		Step: len(a.flow.Done) + 1, Steps: len(a.flow.Steps),
	})
}

func (e events) factorPassed(ctx context.Context, a attemptAt) []store.Row {
	return e.factorEvent(ctx, a, audit.Success, "")
}

func (e events) factorFailed(ctx context.Context, a attemptAt, locks []Lock) []store.Row {
	rows := e.factorEvent(ctx, a, audit.Failure, cmp.Or(a.reason, audit.ReasonMismatch))
	for _, l := range locks {
		scope := audit.ScopeUser
		if !a.personal(l.Lever) {
			scope = audit.ScopeAddress
		}
		e.metrics.Count(MetricLockouts, metric.L(metric.Kind, string(scope)))
		rows = append(rows, e.row(ctx, a.about(), audit.LockoutTriggered{
			Scope: scope, Until: l.Until, Failures: l.Failures, Window: a.levers[l.Lever].Policy.Window,
		})...)
	}
	return rows
}

func (e events) factorReplayed(ctx context.Context, a attemptAt) []store.Row {
	return e.factorEvent(ctx, a, audit.Suspicious, audit.ReasonReplay)
}

func (e events) factorLocked(ctx context.Context, flow *machine.FlowData, kind identity.Kind) []store.Row {
	return e.row(ctx, about(flow.Subject, true, [16]byte{}), audit.FactorVerified{
		Outcome: audit.Locked, Factor: kind, Reason: audit.ReasonLocked,
		Step: len(flow.Done) + 1, Steps: len(flow.Steps),
	})
}

func (e events) authenticated(ctx context.Context, a attemptAt, proof Proof, login identity.LoginID) []store.Row {
	return e.loggedIn(ctx, a.acct.User, a.flow.Method, proof.Evidence(), audit.FlowInteractive, login)
}

func (e events) loggedIn(ctx context.Context, u identity.User, method string, ev []identity.Evidence, flow audit.Flow, login identity.LoginID) []store.Row {
	strength := identity.Assess(ev)
	kinds := make([]identity.Kind, len(ev))
	for i := range ev {
		kinds[i] = ev[i].Kind
	}
	return e.row(ctx, aboutUser(u), audit.Authenticated{
		Method: method, Factors: kinds, AAL: strength.AAL, AMR: strength.AMR, Flow: flow, Login: login,
	})
}

// stepUp is a success without a reason.
func (e events) stepUp(ctx context.Context, l *machine.LoginData, required []string, achieved identity.AAL, reason audit.Reason) []store.Row {
	ev := audit.StepUp{Outcome: audit.Success, Required: required, Achieved: achieved, Reason: reason}
	if reason != "" {
		ev.Outcome = audit.Failure
	}
	return e.row(ctx, aboutLogin(l), ev)
}

func (e events) signedUp(ctx context.Context, u identity.User, ev []identity.Evidence, login identity.LoginID) []store.Row {
	return e.loggedIn(ctx, u, "signup", ev, audit.FlowSignup, login)
}

func (e events) claimedIn(ctx context.Context, u identity.User, ev []identity.Evidence, login identity.LoginID) []store.Row {
	return e.loggedIn(ctx, u, "claim", ev, audit.FlowClaim, login)
}

func (e events) claimed(ctx context.Context, u identity.User, app identity.Credential) []store.Row {
	of := aboutUser(u)
	of.Actor = identity.SystemUser
	return slices.Concat(
		e.row(ctx, of, audit.UserCreated{Outcome: audit.Success, By: audit.BySystem, Source: audit.SourceClaim}),
		e.factorAdded(ctx, u, app),
		e.row(ctx, of, audit.RoleGranted{Outcome: audit.Success, Role: identity.RoleAdmin, By: audit.BySystem}))
}

func (e events) roleGranted(ctx context.Context, of audit.Of, c RoleChange) []store.Row {
	return e.row(ctx, of, audit.RoleGranted{Outcome: audit.Success, Role: c.Role, By: decider(c)})
}

func (e events) roleRevoked(ctx context.Context, of audit.Of, c RoleChange) []store.Row {
	return e.row(ctx, of, audit.RoleRevoked{Outcome: audit.Success, Role: c.Role, By: decider(c)})
}

func decider(c RoleChange) audit.By {
	switch c.By {
	case identity.SystemUser:
		return audit.BySystem
	case c.Subject.User:
		return audit.BySelf
	}
	return audit.ByAdmin
}

func (e events) roleRefused(ctx context.Context, u identity.User, r identity.Role) []store.Row {
	return e.row(ctx, aboutUser(u), audit.RoleRefused{Role: r, Reason: audit.ReasonIntegrity})
}

func (e events) invalidated(ctx context.Context, u identity.User, cause audit.Cause) []store.Row {
	return e.row(ctx, aboutUser(u), audit.SessionInvalidated{Outcome: audit.Success, Cause: cause, Count: 1})
}

func (e events) rehashed(ctx context.Context, a attemptAt) []identity.LogChange {
	return e.logChanges(e.row(ctx, a.about(), audit.PasswordRehashed{}))
}

// signupStarted is one event for a new address and for a taken one; only the
// first names its subject.
func (e events) signupStarted(ctx context.Context, u identity.User, taken bool) []store.Row {
	ev := audit.SignupStarted{Outcome: audit.Success}
	if taken {
		ev.Outcome, ev.Reason = audit.Failure, audit.ReasonExists
	}
	return e.row(ctx, about(u.Subject(), taken, u.AuditHandle), ev)
}

// signupCompleted is for an account as it was read: whose state says whether they
// signed up or were invited.
func (e events) signupCompleted(ctx context.Context, u identity.User) []store.Row {
	var says audit.Event = audit.SignupCompleted{Outcome: audit.Success}
	if u.State == identity.PendingActivation {
		says = audit.AccountActivated{Outcome: audit.Success, Cause: audit.CauseActivation, By: audit.BySelf}
	}
	return append(e.row(ctx, aboutUser(u), says),
		e.row(ctx, aboutUser(u), audit.UserUpdated{Outcome: audit.Success, Fields: []string{"email_verified_at"}, By: audit.BySelf})...)
}

// passwordReplaced is the trace of a pre-hijack that came to nothing: whoever typed
// the first password does not know the one that counts.
func (e events) passwordReplaced(ctx context.Context, u identity.User) []store.Row {
	return e.row(ctx, aboutUser(u), audit.PasswordChanged{Outcome: audit.Success, By: audit.BySelf})
}

func (e events) resetRequested(ctx context.Context, who resetting, expires time.Time) []store.Row {
	ev := audit.PasswordResetRequested{Outcome: audit.Success, IdentifierMAC: who.mac, Expires: expires}
	if who.reason != "" {
		ev.Outcome, ev.Reason = audit.Failure, who.reason
	}
	return e.row(ctx, about(who.subject, who.nobody, who.acct.User.AuditHandle), ev)
}

func (e events) passwordReset(ctx context.Context, u identity.User) []store.Row {
	return e.row(ctx, aboutUser(u), audit.PasswordReset{Outcome: audit.Success, By: audit.BySelf})
}

func (e events) languageSet(ctx context.Context, u identity.User) []store.Row {
	return e.row(ctx, aboutUser(u), audit.UserUpdated{Outcome: audit.Success, Fields: []string{"language"}, By: audit.BySelf})
}

func (e events) factorAdded(ctx context.Context, u identity.User, row identity.Credential) []store.Row {
	return e.row(ctx, aboutUser(u), audit.FactorEnabled{Outcome: audit.Success, Factor: row.Kind, Credential: row.ID, By: audit.BySelf})
}

func (e events) factorRemoved(ctx context.Context, u identity.User, row identity.Credential) []store.Row {
	return e.row(ctx, aboutUser(u), audit.FactorDisabled{Outcome: audit.Success, Factor: row.Kind, Credential: row.ID, By: audit.BySelf})
}

func (e events) codesGenerated(ctx context.Context, u identity.User, count int) []store.Row {
	return e.row(ctx, aboutUser(u), audit.RecoveryCodesGenerated{Outcome: audit.Success, Count: count})
}

func (e events) codeUsed(ctx context.Context, u identity.User, left int) []store.Row {
	return e.row(ctx, aboutUser(u), audit.RecoveryCodeUsed{Outcome: audit.Success, Remaining: left})
}

func (e events) loggedOut(ctx context.Context, l *machine.LoginData) []store.Row {
	return e.row(ctx, aboutLogin(l), audit.LogoutAttempt{Outcome: audit.Success, Cause: audit.CauseLogout, Scope: audit.ScopeSession})
}

func (e events) loggedOutEverywhere(ctx context.Context, l *machine.LoginData) []store.Row {
	return e.row(ctx, aboutLogin(l), audit.LogoutAttempt{Outcome: audit.Success, Cause: audit.CauseLogout, Scope: audit.ScopeUser})
}

func (e events) othersEnded(ctx context.Context, l *machine.LoginData) []store.Row {
	return e.row(ctx, aboutLogin(l), audit.SessionInvalidated{Outcome: audit.Success, Cause: audit.CauseLogout})
}

func (e events) revoked(ctx context.Context, l *machine.LoginData) []store.Row {
	return e.row(ctx, aboutLogin(l), audit.SessionInvalidated{Outcome: audit.Success, Cause: audit.CauseLogout, Count: 1})
}
