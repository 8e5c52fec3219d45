package audit

import (
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// LogoutAttempt says that somebody signed out: of this session, or everywhere.
type LogoutAttempt struct {
	Outcome Outcome `audit:"outcome"`
	Cause   Cause   `audit:"cause"`
	Scope   Scope   `audit:"scope"`
}

func (LogoutAttempt) about() facts {
	return facts{kind: "logout_attempt", class: Normal, outcomes: anyOf(Success, Failure)}
}

func (e LogoutAttempt) fill(f *fields) {
	f.outcome(e.Outcome)
	closed(f, "cause", e.Cause, CauseLogout)
	closed(f, "scope", e.Scope, ScopeSession, ScopeUser)
}

// SessionInvalidated says that sessions ended in another way than by signing out
// of them.
type SessionInvalidated struct {
	Outcome Outcome `audit:"outcome"`
	Cause   Cause   `audit:"cause"`
	// Count is how many; it is left out when a raised epoch ended them all
	// without looking.
	Count int `audit:"count,optional"`
}

func (SessionInvalidated) about() facts {
	return facts{kind: "session_invalidated", class: Critical, outcomes: anyOf(Success, Failure)}
}

func (e SessionInvalidated) fill(f *fields) {
	f.outcome(e.Outcome)
	closed(f, "cause", e.Cause, CauseLogout, CauseAdmin, CauseSuspended, CauseConcurrentLimit, CausePasswordChanged, CauseStepUp)
	f.optionalCount("count", e.Count)
}

// SessionOpenFailed says that a stored session could not be read back: somebody
// changed it, or no migration leads to today's form.
type SessionOpenFailed struct {
	// KeyID is the id of the key that the record names, in hex.
	KeyID  string `audit:"key_id"`
	Reason Reason `audit:"reason"`
}

func (SessionOpenFailed) about() facts {
	return facts{kind: "session_open_failed", class: Normal, outcomes: anyOf(Failure), platform: true}
}

func (e SessionOpenFailed) fill(f *fields) {
	f.outcome(Failure)
	f.text("key_id", e.KeyID, func(s string) bool { return isHex(s) && len(s) == 8 })
	f.reason(e.Reason, ReasonIntegrity, ReasonUnmigratable)
}

// SessionBindingMismatch says that a request with the cookie of a session showed
// another trait than the session is bound to, or none. What it showed is no part of
// the event. Requests of one session are reported once in a quarter of an hour by
// each process, for each trait and action.
type SessionBindingMismatch struct {
	Binding Binding       `audit:"binding"`
	Action  BindingAction `audit:"action"`
}

func (SessionBindingMismatch) about() facts {
	// A login in progress is nobody's yet, and has no tenant to report to.
	return facts{kind: "session_binding_mismatch", class: Normal, outcomes: anyOf(Suspicious), platform: true}
}

func (e SessionBindingMismatch) fill(f *fields) {
	f.outcome(Suspicious)
	closed(f, "binding", e.Binding, BindingAgent, BindingNetwork, BindingTLS, BindingLanguage)
	closed(f, "action", e.Action, BindingObserve, BindingChallenge, BindingReject, BindingRevoke)
}

// CSRFRejected says that a request was refused because another site may have
// made the browser send it.
type CSRFRejected struct {
	Reason Reason    `audit:"reason"`
	Kind   TokenKind `audit:"token_kind"`
}

func (CSRFRejected) about() facts {
	return facts{kind: "csrf_rejected", class: Normal, outcomes: anyOf(Failure), platform: true}
}

func (e CSRFRejected) fill(f *fields) {
	f.outcome(Failure)
	f.reason(e.Reason, ReasonOrigin, ReasonMissing, ReasonMalformed, ReasonMismatch, ReasonStale)
	closed(f, "token_kind", e.Kind, TokenOrigin, TokenForm)
}

// CrossTenantRefused says that somebody asked for a thing of another tenant and
// was told that it does not exist. The event belongs to the tenant of the person
// who asked.
type CrossTenantRefused struct {
	// Operation names what was tried, as in session.end.
	Operation string `audit:"operation"`
	// Wanted is the tenant that the thing belongs to.
	Wanted identity.TenantID `audit:"wanted_tenant_ref"`
}

func (CrossTenantRefused) about() facts {
	return facts{kind: "cross_tenant_refused", class: Critical, outcomes: anyOf(Failure)}
}

func (e CrossTenantRefused) fill(f *fields) {
	f.outcome(Failure)
	f.text("operation", e.Operation, isName)
	f.ref("wanted_tenant_ref", seal.PrefixAuditTenant, e.Wanted.Bytes())
}
