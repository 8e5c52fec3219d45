package audit

import (
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// LoginAttempt says that somebody began to sign in by naming an account. An
// attempt for an unknown name has no subject: only the keyed digest of the name
// says that two attempts were for the same one (AUD-011).
type LoginAttempt struct {
	Outcome     Outcome       `audit:"outcome"`
	Method      string        `audit:"method"`
	FirstFactor identity.Kind `audit:"first_factor"`
	// IdentifierMAC comes from [Log.IdentifierMAC].
	IdentifierMAC string `audit:"identifier_mac"`
	Reason        Reason `audit:"reason"` // unless Success
}

func (LoginAttempt) about() facts {
	return facts{kind: "login_attempt", class: Normal, outcomes: anyOf(Success, Failure, Locked)}
}

func (e LoginAttempt) fill(f *fields) {
	f.outcome(e.Outcome)
	f.text("method", e.Method, isName)
	f.text("first_factor", string(e.FirstFactor), isName)
	f.text("identifier_mac", e.IdentifierMAC, isIdentifierMAC)
	f.reason(e.Reason, ReasonBadInput, ReasonTenantInactive, ReasonUnknownUser, ReasonNotActive, ReasonNoMethod, ReasonLocked, ReasonNetwork)
	if e.Reason == ReasonUnknownUser && f.ev.has("subject") {
		f.fail("subject", ErrBadField)
	}
}

// FactorVerified says that a factor was tried and how that ended.
type FactorVerified struct {
	Outcome Outcome       `audit:"outcome"`
	Factor  identity.Kind `audit:"factor_kind"`
	Reason  Reason        `audit:"reason"` // unless Success
	// Step counts from 1 to Steps.
	Step  int `audit:"step"`
	Steps int `audit:"steps_total"`
	// Attempt counts the attempts at this step from 1.
	Attempt int `audit:"attempt_index,optional"`
}

func (FactorVerified) about() facts {
	return facts{kind: "factor_verified", class: Normal, outcomes: anyOf(Success, Failure, Locked, Expired, Suspicious)}
}

func (e FactorVerified) fill(f *fields) {
	f.outcome(e.Outcome)
	f.factor(e.Factor)
	f.reason(e.Reason, ReasonMismatch, ReasonReplay, ReasonExpired, ReasonLimit, ReasonLocked, ReasonStoreOutage, ReasonNetwork,
		ReasonAudience, ReasonBinding, ReasonCrossTenant, ReasonIssuer, ReasonLifetime, ReasonMalformed, ReasonMissing, ReasonNotActive, ReasonSignature,
		ReasonTokenClass, ReasonUnlinked,
		ReasonTooLarge, ReasonCertNotLeaf, ReasonCertUsage, ReasonWeakKey, ReasonWeakSignature, ReasonNotYetValid,
		ReasonWorkload, ReasonUntrusted, ReasonRevoked, ReasonName, ReasonUnbound)
	f.count("step", e.Step)
	f.count("steps_total", e.Steps)
	if e.Step > e.Steps {
		f.fail("step", ErrBadField)
	}
	f.optionalCount("attempt_index", e.Attempt)
}

// Authenticated says that a login was completed. It is committed together with
// the session that it begins; if the account turns out to be gone in the same
// moment, a session_invalidated follows.
type Authenticated struct {
	Method  string          `audit:"method"`
	Factors []identity.Kind `audit:"factors_completed"`
	AAL     identity.AAL    `audit:"aal,zero"` // aal0 is a level too: a mailed link alone
	AMR     []string        `audit:"amr,zero"` // RFC 8176; a mailed link alone has none
	Flow    Flow            `audit:"flow"`
	// Login stays the same through all rotations of the session.
	Login identity.LoginID `audit:"login_ref"`
	// Previous is the session that the new one replaces.
	Previous identity.SessionID `audit:"prev_session_ref,optional"`
}

func (Authenticated) about() facts {
	return facts{kind: "authenticated", class: Critical, outcomes: anyOf(Success), subject: true}
}

func (e Authenticated) fill(f *fields) {
	f.outcome(Success)
	f.text("method", e.Method, isName)
	f.factors(e.Factors)
	f.text("aal", e.AAL.String(), isName)
	f.list("amr", e.AMR, isName)
	closed(f, "flow", e.Flow, FlowInteractive, FlowSignup, FlowClaim)
	f.ref("login_ref", seal.PrefixAuditLogin, e.Login.Bytes())
	f.optionalRef("prev_session_ref", seal.PrefixAuditSession, e.Previous.Bytes())
}

// StepUp says that somebody who is signed in was asked for more, and how that ended.
type StepUp struct {
	Outcome Outcome `audit:"outcome"`
	// Required are the kinds or the level that were asked for.
	Required []string `audit:"required,zero"`
	// Achieved is the level that the login has reached.
	Achieved identity.AAL `audit:"achieved,zero"`
	Reason   Reason       `audit:"reason"` // unless Success
}

func (StepUp) about() facts {
	return facts{kind: "step_up", class: Normal, outcomes: anyOf(Success, Failure), subject: true}
}

func (e StepUp) fill(f *fields) {
	f.outcome(e.Outcome)
	f.list("required", e.Required, isName)
	f.text("achieved", e.Achieved.String(), isName)
	f.reason(e.Reason, ReasonLocked, ReasonNoMethod)
}

// LockoutTriggered says that failures locked an account, an address or a
// session; an address is the one of the envelope.
type LockoutTriggered struct {
	Scope    Scope         `audit:"scope"`
	Until    time.Time     `audit:"until_us"`
	Failures int           `audit:"failures"`
	Window   time.Duration `audit:"window_s"` // whole seconds
}

func (LockoutTriggered) about() facts {
	return facts{kind: "lockout_triggered", class: Critical, outcomes: anyOf(Info)}
}

func (e LockoutTriggered) fill(f *fields) {
	f.outcome(Info)
	closed(f, "scope", e.Scope, ScopeUser, ScopeAddress, ScopeSession)
	f.at("until_us", e.Until)
	f.count("failures", e.Failures)
	f.count("window_s", int(e.Window/time.Second))
}

// PasswordRehashed says that a password that had just been verified was stored
// anew with today's parameters.
type PasswordRehashed struct {
	// From and To name algorithm and parameters, as in argon2id-19456-2-1.
	From string `audit:"from,optional"`
	To   string `audit:"to,optional"`
}

func (PasswordRehashed) about() facts {
	return facts{kind: "password_rehashed", class: Normal, outcomes: anyOf(Success), subject: true}
}

func (e PasswordRehashed) fill(f *fields) {
	f.outcome(Success)
	f.optionalText("from", e.From, isScheme)
	f.optionalText("to", e.To, isScheme)
}

// isScheme is too short for a hash to pass as the name of its parameters.
func isScheme(s string) bool { return isName(s) && len(s) <= 32 }
