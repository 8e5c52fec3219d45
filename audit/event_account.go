package audit

import (
	"slices"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// SignupStarted says that somebody asked for an account. A taken address is a
// failure without subject; the person who asked is not told.
type SignupStarted struct {
	Outcome Outcome `audit:"outcome"`
	Reason  Reason  `audit:"reason"` // unless Success
}

func (SignupStarted) about() facts {
	return facts{kind: "signup_started", class: Critical, outcomes: anyOf(Success, Failure)}
}

func (e SignupStarted) fill(f *fields) {
	f.outcome(e.Outcome)
	f.reason(e.Reason, ReasonExists, ReasonBadInput, ReasonTenantInactive)
}

// SignupCompleted says that the link of a sign-up was followed and the account
// is active.
type SignupCompleted struct {
	Outcome Outcome `audit:"outcome"`
}

func (SignupCompleted) about() facts {
	return facts{kind: "signup_completed", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e SignupCompleted) fill(f *fields) { f.outcome(e.Outcome) }

// UserCreated says that an account was made in another way than by signing up.
type UserCreated struct {
	Outcome Outcome `audit:"outcome"`
	By      By      `audit:"by"`
	Source  Source  `audit:"source"`
}

func (UserCreated) about() facts {
	return facts{kind: "user_created", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e UserCreated) fill(f *fields) {
	f.outcome(e.Outcome)
	closed(f, "by", e.By, BySelf, ByAdmin, BySystem)
	closed(f, "source", e.Source, SourceClaim, SourceAdmin, SourceOperator, SourceProvisioned)
}

// UserUpdated says that something of an account changed; the names of the
// fields, never their values.
type UserUpdated struct {
	Outcome Outcome `audit:"outcome"`
	// Fields are of: display_name, email_verified_at, identifiers, language, methods,
	// roles, and policy_ with the kind of a policy.
	Fields []string `audit:"fields"`
	By     By       `audit:"by"`
}

func (UserUpdated) about() facts {
	return facts{kind: "user_updated", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e UserUpdated) fill(f *fields) {
	f.outcome(e.Outcome)
	if len(e.Fields) == 0 {
		f.fail("fields", ErrMissingField)
	}
	f.list("fields", e.Fields, func(s string) bool {
		return slices.Contains([]string{"display_name", "email_verified_at", "identifiers", "language", "methods", "roles"}, s) || isPolicySetting(s)
	})
	closed(f, "by", e.By, BySelf, ByAdmin, BySystem)
}

// AddressChangeRequested says that somebody who is signed in asked for a link to
// another address. Whether that has an owner is not in it: the person who asked reads
// their own events.
type AddressChangeRequested struct {
	Outcome Outcome `audit:"outcome"`
}

func (AddressChangeRequested) about() facts {
	return facts{kind: "address_change_requested", class: Critical, outcomes: anyOf(Success), subject: true}
}

func (e AddressChangeRequested) fill(f *fields) { f.outcome(e.Outcome) }

// TenantCreated says that a tenant was made.
type TenantCreated struct {
	Outcome Outcome `audit:"outcome"`
	Source  Source  `audit:"reason_code"`
}

func (TenantCreated) about() facts {
	return facts{kind: "tenant_created", class: Critical, outcomes: anyOf(Success, Failure)}
}

func (e TenantCreated) fill(f *fields) {
	f.outcome(e.Outcome)
	closed(f, "reason_code", e.Source, SourceBootstrap, SourceOperator)
}

// PasswordChanged says that an account has another password than before, for
// instance because a sign-up was confirmed in another browser than the one in
// which the first password was typed.
type PasswordChanged struct {
	Outcome Outcome `audit:"outcome"`
	By      By      `audit:"by"`
	// Sessions is how many sessions it ended; left out when a raised epoch ended
	// them without looking.
	Sessions int `audit:"sessions_ended,optional"`
}

func (PasswordChanged) about() facts {
	return facts{kind: "password_changed", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e PasswordChanged) fill(f *fields) {
	f.outcome(e.Outcome)
	closed(f, "by", e.By, BySelf, ByAdmin, BySystem)
	f.optionalCount("sessions_ended", e.Sessions)
}

// PasswordResetRequested says that somebody asked for a link to choose a new
// password. Asked for an unknown name it has no subject, and only the keyed digest
// of the name; the person who asked is not told which it was.
type PasswordResetRequested struct {
	Outcome Outcome `audit:"outcome"`
	// IdentifierMAC comes from [Log.IdentifierMAC].
	IdentifierMAC string    `audit:"identifier_mac"`
	Reason        Reason    `audit:"reason"` // unless Success
	Expires       time.Time `audit:"expires_us"`
}

func (PasswordResetRequested) about() facts {
	return facts{kind: "password_reset_requested", class: Normal, outcomes: anyOf(Success, Failure)}
}

func (e PasswordResetRequested) fill(f *fields) {
	f.outcome(e.Outcome)
	f.text("identifier_mac", e.IdentifierMAC, isIdentifierMAC)
	f.reason(e.Reason, ReasonBadInput, ReasonTenantInactive, ReasonUnknownUser, ReasonNotActive, ReasonNoMethod, ReasonLimit, ReasonNetwork)
	f.at("expires_us", e.Expires)
}

// PasswordReset says that an account has a new password because somebody read its
// mail: with it every session ended, and nobody was signed in.
type PasswordReset struct {
	Outcome Outcome `audit:"outcome"`
	By      By      `audit:"by"`
	// Sessions is how many sessions it ended; left out when a raised epoch ended
	// them without looking.
	Sessions int `audit:"sessions_ended,optional"`
}

func (PasswordReset) about() facts {
	return facts{kind: "password_reset", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e PasswordReset) fill(f *fields) {
	f.outcome(e.Outcome)
	closed(f, "by", e.By, BySelf, ByAdmin, BySystem)
	f.optionalCount("sessions_ended", e.Sessions)
}

// PasswordCompromised says that others know a password: it leads from then on to
// nothing but another one. Every session has ended, unless a list of known passwords
// said so at a sign-in (by system): then they end when it is replaced.
type PasswordCompromised struct {
	Outcome    Outcome               `audit:"outcome"`
	Credential identity.CredentialID `audit:"credential_ref"`
	By         By                    `audit:"by"`
}

func (PasswordCompromised) about() facts {
	return facts{kind: "password_compromised", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e PasswordCompromised) fill(f *fields) {
	f.outcome(e.Outcome)
	f.ref("credential_ref", seal.PrefixAuditCredential, e.Credential.Bytes())
	closed(f, "by", e.By, BySelf, ByAdmin, BySystem)
}

// FactorSetup says that the enrolment of a factor began; it does not count yet.
type FactorSetup struct {
	Outcome Outcome       `audit:"outcome"`
	Factor  identity.Kind `audit:"factor_kind"`
	// Credential is left out while there is no row for it.
	Credential identity.CredentialID `audit:"credential_ref,optional"`
	By         By                    `audit:"by"`
}

func (FactorSetup) about() facts {
	return facts{kind: "factor_setup", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e FactorSetup) fill(f *fields) {
	f.outcome(e.Outcome)
	f.factor(e.Factor)
	f.optionalRef("credential_ref", seal.PrefixAuditCredential, e.Credential.Bytes())
	closed(f, "by", e.By, BySelf, ByAdmin, BySystem)
}

// FactorEnabled says that a factor counts from now on.
type FactorEnabled struct {
	Outcome    Outcome               `audit:"outcome"`
	Factor     identity.Kind         `audit:"factor_kind"`
	Credential identity.CredentialID `audit:"credential_ref"`
	By         By                    `audit:"by"`
}

func (FactorEnabled) about() facts {
	return facts{kind: "factor_enabled", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e FactorEnabled) fill(f *fields) { fillFactor(f, e.Outcome, e.Factor, e.Credential, e.By) }

// FactorReset says that somebody who looks after accounts has taken away a factor
// that is to be set up anew; without a credential there was none to take, and only
// the link to set one up was sent.
type FactorReset struct {
	Outcome    Outcome               `audit:"outcome"`
	Factor     identity.Kind         `audit:"factor_kind"`
	Credential identity.CredentialID `audit:"credential_ref,optional"`
	By         By                    `audit:"by"`
}

func (FactorReset) about() facts {
	return facts{kind: "factor_reset", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e FactorReset) fill(f *fields) {
	f.outcome(e.Outcome)
	f.factor(e.Factor)
	f.optionalRef("credential_ref", seal.PrefixAuditCredential, e.Credential.Bytes())
	closed(f, "by", e.By, BySelf, ByAdmin, BySystem)
}

// FactorDisabled says that a factor no longer counts.
type FactorDisabled struct {
	Outcome    Outcome               `audit:"outcome"`
	Factor     identity.Kind         `audit:"factor_kind"`
	Credential identity.CredentialID `audit:"credential_ref"`
	By         By                    `audit:"by"`
}

func (FactorDisabled) about() facts {
	return facts{kind: "factor_disabled", class: Critical, outcomes: anyOf(Success, Failure), subject: true}
}

func (e FactorDisabled) fill(f *fields) { fillFactor(f, e.Outcome, e.Factor, e.Credential, e.By) }

func fillFactor(f *fields, o Outcome, k identity.Kind, id identity.CredentialID, by By) {
	f.outcome(o)
	f.factor(k)
	f.ref("credential_ref", seal.PrefixAuditCredential, id.Bytes())
	closed(f, "by", by, BySelf, ByAdmin, BySystem)
}
