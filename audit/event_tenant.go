package audit

import (
	"slices"
	"strings"
	"time"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// TenantSuspended says that nobody of a tenant is signed in or signs in from now
// on: an operator has stopped it, or taken its deletion back.
type TenantSuspended struct {
	Outcome Outcome `audit:"outcome"`
	Source  Source  `audit:"reason_code"`
}

func (TenantSuspended) about() facts {
	return facts{kind: "tenant_suspended", class: Critical, outcomes: anyOf(Success, Failure)}
}

func (e TenantSuspended) fill(f *fields) {
	f.outcome(e.Outcome)
	closed(f, "reason_code", e.Source, SourceOperator, SourceRestore)
}

// TenantUnsuspended says that the people of a tenant may sign in again. None of
// their sessions came back.
type TenantUnsuspended struct {
	Outcome Outcome `audit:"outcome"`
	Source  Source  `audit:"reason_code"`
}

func (TenantUnsuspended) about() facts {
	return facts{kind: "tenant_unsuspended", class: Critical, outcomes: anyOf(Success, Failure)}
}

func (e TenantUnsuspended) fill(f *fields) {
	f.outcome(e.Outcome)
	closed(f, "reason_code", e.Source, SourceOperator)
}

// TenantDeleted says that a tenant acts as suspended from now on and goes for good
// when its time has come, unless somebody takes that back before.
type TenantDeleted struct {
	Outcome Outcome   `audit:"outcome"`
	Source  Source    `audit:"reason_code"`
	PurgeAt time.Time `audit:"purge_at_us"`
}

func (TenantDeleted) about() facts {
	return facts{kind: "tenant_deleted", class: Critical, outcomes: anyOf(Success, Failure)}
}

func (e TenantDeleted) fill(f *fields) {
	f.outcome(e.Outcome)
	closed(f, "reason_code", e.Source, SourceOperator)
	f.at("purge_at_us", e.PurgeAt)
}

// TenantPurged says what one step of removing a deleted tenant for good has
// removed; the sums of all its steps are what there was. It belongs to the tenant
// of the service, because the other one ends. The step of phase tenant removed the tenant itself.
type TenantPurged struct {
	// Purged is the tenant that goes.
	Purged identity.TenantID `audit:"purged_tenant_ref"`
	// Phase says what the step was about.
	Phase       PurgePhase `audit:"phase"`
	Users       int        `audit:"users,optional"`
	Credentials int        `audit:"credentials,optional"`
	Methods     int        `audit:"methods,optional"`
	Policies    int        `audit:"policies,optional"`
	Links       int        `audit:"links,optional"`
	Grants      int        `audit:"grants,optional"`
}

func (TenantPurged) about() facts {
	return facts{kind: "tenant_purged", class: Critical, outcomes: anyOf(Success)}
}

func (e TenantPurged) fill(f *fields) {
	f.outcome(Success)
	f.ref("purged_tenant_ref", seal.PrefixAuditTenant, e.Purged.Bytes())
	closed(f, "phase", e.Phase, PurgeUsers, PurgeTenant)
	f.optionalCount("users", e.Users)
	f.optionalCount("credentials", e.Credentials)
	f.optionalCount("methods", e.Methods)
	f.optionalCount("policies", e.Policies)
	f.optionalCount("links", e.Links)
	f.optionalCount("grants", e.Grants)
}

// TenantConfigChanged says that a tenant has another name or other settings.
type TenantConfigChanged struct {
	Outcome Outcome `audit:"outcome"`
	// Settings are of: device_retention, display_name, fingerprint_pepper, friendly,
	// hide_status, methods, network, provisioning, slug, and policy_ with the kind of a
	// policy.
	Settings []string `audit:"settings"`
	By       By       `audit:"by"`
}

func (TenantConfigChanged) about() facts {
	return facts{kind: "tenant_config_changed", class: Critical, outcomes: anyOf(Success, Failure)}
}

func (e TenantConfigChanged) fill(f *fields) {
	f.outcome(e.Outcome)
	if len(e.Settings) == 0 {
		f.fail("settings", ErrMissingField)
	}
	f.list("settings", e.Settings, func(s string) bool {
		return slices.Contains([]string{
			"device_retention", "display_name", "fingerprint_pepper", "friendly", "hide_status", "methods", "network",
			"provisioning", "slug",
		}, s) || isPolicySetting(s)
	})
	closed(f, "by", e.By, BySelf, ByAdmin, BySystem)
}

// TenantsListed says that an operator was about to read the list of all tenants. It
// belongs to the tenant of the service.
type TenantsListed struct {
	By By `audit:"by"`
}

func (TenantsListed) about() facts {
	return facts{kind: "tenants_listed", class: Critical, outcomes: anyOf(Success)}
}

func (e TenantsListed) fill(f *fields) {
	f.outcome(Success)
	closed(f, "by", e.By, BySystem)
}

// PolicyClamped says that a policy was saved below a floor which the program has
// raised since, and counts as the floor. It is said once while a process runs.
type PolicyClamped struct {
	Policy string   `audit:"policy"`
	Scope  Scope    `audit:"scope"`
	Fields []string `audit:"fields"`
}

func (PolicyClamped) about() facts {
	return facts{kind: "policy_clamped", class: Normal, outcomes: anyOf(Info)}
}

func (e PolicyClamped) fill(f *fields) {
	f.outcome(Info)
	f.text("policy", e.Policy, isName)
	closed(f, "scope", e.Scope, ScopeUser, ScopeTenant)
	if len(e.Fields) == 0 {
		f.fail("fields", ErrMissingField)
	}
	f.list("fields", e.Fields, isName)
}

// isPolicySetting reports the name that a policy has among settings and fields.
func isPolicySetting(s string) bool {
	kind, ok := strings.CutPrefix(s, "policy_")
	return ok && isName(kind)
}
