package authn

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// SignUpPolicy says who may create an account.
type SignUpPolicy uint8

// The policies. The zero value is Closed.
const (
	SignUpClosed SignUpPolicy = iota
	SignUpOpen
)

// AccountsConfig wires [Accounts]. Service, Identity and BaseURL are required, and
// a Service with Notes: a sign-up is a mail.
type AccountsConfig struct {
	Service  *Service
	Identity identity.Admin
	SignUp   SignUpPolicy // zero: closed
	// Policy judges new passwords. Zero: 15 code points (FAC-020).
	Policy password.Policy
	// BaseURL is the configured address of the pages ("https://host/auth"). Links
	// are built from it alone, never from a request (AUN-132, PRD-013).
	BaseURL string
	// BaseOf, unless nil, is the BaseURL of a tenant that has one of its own, for the
	// links that its people get; empty: BaseURL. It must not wait.
	BaseOf func(identity.TenantID) string
	// FreshFor is how long after the strongest factor was verified credentials and
	// names may be changed without asking again. Zero: 5 min (AUN-103); not negative.
	FreshFor time.Duration
	// LinkLife is how long a mailed link works: 5 min to 7 d. Zero: 24 h (AUN-126).
	LinkLife time.Duration
	// ResetLife is how long the link of a reset works: 5 min to 24 h. Zero: 30 min
	// (AUN-131).
	ResetLife time.Duration
	// RecoveryHold is how long somebody who has bound a second factor anew, after an
	// administrator's reset, cannot change what they sign in with: 0 to 30 d, suggested
	// 24 h for administrators (AUN-136). Zero: they can at once.
	RecoveryHold time.Duration
	// TenantMails is how many mails an hour people can cause in one tenant who have
	// proven nothing: 10 to 100,000. Zero: 1,000. Beyond it nothing is mailed, the
	// answers are the same, and there is an alarm (AUN-128).
	TenantMails int
	// ReservedNames are identifiers that nobody may take (IDN-015).
	ReservedNames identity.ReservedNames
	// Events are where [Accounts.History] and [Admin.Events] read. Zero: nowhere, and
	// both answer [ErrNoEvents].
	Events audit.Store
}

// Accounts is what people do to their own accounts: sign up, confirm, add and
// remove factors, end sessions. It needs the privileged tier of the store, which
// a program that only signs people in does not link (AUN-001).
type Accounts struct {
	*Service
	admin    identity.Admin
	signUp   SignUpPolicy
	policy   password.Policy
	base     string
	bases    func(identity.TenantID) string
	fresh    time.Duration
	linkLife time.Duration
	reset    time.Duration
	hold     time.Duration
	reserved identity.ReservedNames
	trail    audit.Store

	tenantMails int
}

// LinkLife is how long a mailed link works.
func (a *Accounts) LinkLife() time.Duration { return a.linkLife }

// ResetLife is how long the link of a reset works.
func (a *Accounts) ResetLife() time.Duration { return a.reset }

// NewAccounts checks the configuration in full, like [New]. The error joins one
// *[FieldError] for each problem, and those of the password policy.
func NewAccounts(cfg AccountsConfig) (*Accounts, error) {
	var errs []error
	need := func(ok bool, field string) {
		if !ok {
			errs = append(errs, fieldError(field, "is required"))
		}
	}
	need(cfg.Service != nil, "Service")
	need(cfg.Identity != nil, "Identity")
	need(cfg.Service == nil || !cfg.Service.notes.silent(), "Service's Notes")
	if u, err := url.Parse(cfg.BaseURL); err != nil || u.Scheme == "" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		errs = append(errs, fieldError("BaseURL", "must be an absolute URL without query"))
	}
	if cfg.FreshFor == 0 {
		cfg.FreshFor = DefaultMaxAge
	}
	if cfg.FreshFor < 0 {
		errs = append(errs, fieldError("FreshFor", "must not be negative"))
	}
	if cfg.LinkLife == 0 {
		cfg.LinkLife = 24 * time.Hour
	}
	if cfg.LinkLife < 5*time.Minute || cfg.LinkLife > 7*24*time.Hour {
		errs = append(errs, fieldError("LinkLife", "must be between 5 min and 7 d"))
	}
	if cfg.ResetLife == 0 {
		cfg.ResetLife = 30 * time.Minute
	}
	if cfg.ResetLife < 5*time.Minute || cfg.ResetLife > 24*time.Hour {
		errs = append(errs, fieldError("ResetLife", "must be between 5 min and 24 h"))
	}
	if cfg.RecoveryHold < 0 || cfg.RecoveryHold > 30*24*time.Hour {
		errs = append(errs, fieldError("RecoveryHold", "must be between 0 and 30 d"))
	}
	if cfg.TenantMails == 0 {
		cfg.TenantMails = DefaultTenantMails
	}
	if cfg.TenantMails < 10 || cfg.TenantMails > 100_000 {
		errs = append(errs, fieldError("TenantMails", "must be between 10 and 100,000"))
	}
	if cfg.Policy.Min == 0 {
		cfg.Policy.Min = password.MinAlone
	}
	if err := cfg.Policy.Validate(); err != nil {
		errs = append(errs, err)
	} else if cfg.Service != nil && (cfg.Policy.Min < cfg.Service.floors.MinPassword || cfg.Policy.History < cfg.Service.floors.MinHistory) {
		errs = append(errs, fieldError("Policy", "is below the floors of the service"))
	}
	if cfg.Service != nil && cfg.Service.floors.MaxStepUpAge > 0 && cfg.FreshFor > cfg.Service.floors.MaxStepUpAge {
		errs = append(errs, fieldError("FreshFor", "is above the floors of the service"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if cfg.BaseOf == nil {
		cfg.BaseOf = func(identity.TenantID) string { return "" }
	}
	return &Accounts{
		bases:   cfg.BaseOf,
		Service: cfg.Service, admin: cfg.Identity, signUp: cfg.SignUp, policy: cfg.Policy,
		base: cfg.BaseURL, fresh: cfg.FreshFor, reserved: cfg.ReservedNames, linkLife: cfg.LinkLife, reset: cfg.ResetLife,
		hold:        cfg.RecoveryHold,
		tenantMails: cfg.TenantMails,
		trail:       cfg.Events,
	}, nil
}

// baseOf is where the links of a tenant lead.
func (a *Accounts) baseOf(t identity.TenantID) string {
	if own := a.bases(t); own != "" {
		return own
	}
	return a.base
}

// SignUp reports who may create an account here.
func (a *Accounts) SignUp() SignUpPolicy { return a.signUp }

// PasswordPolicy is the policy for new passwords, for pages to state before
// typing.
func (a *Accounts) PasswordPolicy() password.Policy { return a.policy }

// void is a row that is written for equal work and read by nobody.
func (a *Accounts) void(now time.Time) identity.Change {
	return identity.Append{Row: store.Row{
		ID: identity.NewEventID(now, a.entropy).Bytes(), At: now, Topic: store.TopicVoid,
	}}
}

// newCredential seals a fresh row.
func (a *Accounts) newCredential(sub identity.Subject, kind identity.Kind, label string, body []byte, now time.Time) (identity.Credential, error) {
	row, err := a.vault.Seal(identity.Credential{
		ID: identity.NewCredentialID(a.entropy), Tenant: sub.Tenant, User: sub.User, Kind: kind,
		State: identity.CredentialActive, Version: 1, CreatedAt: now, Label: label,
	}, body)
	seal.NewSecret(body).Wipe()
	if err != nil {
		return row, fmt.Errorf("authn: seal credential: %w", err)
	}
	return row, nil
}
