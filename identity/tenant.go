package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"github.com/axess-go/axess/store"
)

// TenantStatus is where a tenant stands.
type TenantStatus uint8

// The statuses. The zero status is invalid.
const (
	TenantActive TenantStatus = iota + 1
	TenantSuspended
	TenantDeleting
)

// DefaultSlug names the one tenant of a single-tenant program.
const DefaultSlug = "default"

// Bounds of a tenant.
const (
	MaxSlug          = 63
	MaxTenantSecrets = 1024
	MaxPrefixes      = 256 // of each list of a NetworkPolicy
)

// Tenant is one customer: the boundary that no answer crosses (IDN-031).
type Tenant struct {
	ID          TenantID
	Slug        string // [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?
	DisplayName string
	Status      TenantStatus
	Detail      TenantDetail
	Settings    TenantSettings
	// Secrets are sealed by their owner and opaque here (the pepper of device
	// fingerprints, IDN-037); at most [MaxTenantSecrets].
	Secrets []byte
	// Version grows by one with every [UpdateTenant]; a new tenant has version 1. A
	// move of the status leaves it alone.
	Version   uint64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// TenantDetail says why a status holds.
type TenantDetail struct {
	Reason string // at most 512 bytes, from whoever moved it; never shown to strangers
	Since  time.Time
	// PurgeAt is when a tenant that is being deleted may be removed for good; zero
	// in every other status (IDN-035).
	PurgeAt time.Time
}

// Inheritance says whose methods hold in a tenant that has none of its own.
type Inheritance uint8

// MethodsOwn is the zero value: a tenant without methods lets nobody in.
// MethodsInherit takes the program's own methods in their place (IDN-073).
const (
	MethodsOwn Inheritance = iota
	MethodsInherit
)

// TenantSettings are what a tenant decides about itself. The zero value is the
// strict default of each.
type TenantSettings struct {
	Methods Inheritance `json:"methods,omitempty"`
	// DeviceRetention is how long an unused device is remembered. Zero: 90 days.
	DeviceRetention time.Duration `json:"device_retention,omitempty"`
	// Friendly lets the first page show the steps of the person's own method, and
	// so tells strangers whether an account exists (AUN-031).
	Friendly bool `json:"friendly,omitempty"`
	// HideStatus answers a suspended tenant like an unknown one (AUN-023).
	HideStatus bool          `json:"hide_status,omitempty"`
	Network    NetworkPolicy `json:"network,omitzero"`
}

// NetworkPolicy says from which addresses a tenant's people may sign in (IDN-038).
// Deny wins over Allow; a non-empty Allow must match. Prefixes are masked, IPv4 in
// its own form (never ::ffff:0:0/96), without zone. The zero policy allows all.
type NetworkPolicy struct {
	Allow []netip.Prefix `json:"allow,omitempty"`
	Deny  []netip.Prefix `json:"deny,omitempty"`
}

// TenantView is a tenant with the methods and policies of its scope, read together.
type TenantView struct {
	Tenant   Tenant
	Methods  []Method // by priority, then name
	Policies []Policy // by kind
}

// CanMoveTenant reports whether a tenant may go from one status to another: a
// deletion can be taken back, to Suspended, until it is carried out (IDN-035).
func CanMoveTenant(from, to TenantStatus) bool {
	switch from {
	case TenantActive:
		return to == TenantSuspended || to == TenantDeleting
	case TenantSuspended:
		return to == TenantActive || to == TenantDeleting
	case TenantDeleting:
		return to == TenantSuspended
	}
	return false
}

// ErrSystemTenant answers a change of the tenant that belongs to the service
// itself (IDN-036).
var ErrSystemTenant = errors.New("identity: the system tenant cannot be changed")

// CheckSlug refuses a slug that is malformed or reserved. Error: [*InvalidError].
func CheckSlug(s string) error {
	switch {
	case s == "":
		return &InvalidError{Field: "slug", Rule: RuleEmpty}
	case len(s) > MaxSlug:
		return &InvalidError{Field: "slug", Rule: RuleTooLong}
	case slices.Contains([]string{"system", "root", "axess", "admin"}, s):
		return &InvalidError{Field: "slug", Rule: RuleReserved}
	}
	for i := range len(s) {
		c := s[i]
		alnum := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !alnum && (c != '-' || i == 0 || i == len(s)-1) {
			return &InvalidError{Field: "slug", Rule: RuleCharacter}
		}
	}
	return nil
}

// Validate checks a tenant before it is stored, and what a store gave back: an id
// that is set and not reserved, slug, display name, status, settings, and the end
// that a deletion alone has. Errors: [ErrInvalidID], [ErrIDReserved],
// [*InvalidError].
func (t Tenant) Validate() error {
	if err := CheckID(t.ID); err != nil {
		return err
	}
	if err := CheckSlug(t.Slug); err != nil {
		return err
	}
	if err := CheckDisplayName(t.DisplayName); err != nil {
		return err
	}
	if t.Status < TenantActive || t.Status > TenantDeleting || t.Detail.PurgeAt.IsZero() == (t.Status == TenantDeleting) {
		return &InvalidError{Field: "status", Rule: RuleState}
	}
	if len(t.Secrets) > MaxTenantSecrets {
		return &InvalidError{Field: "secrets", Rule: RuleTooLong}
	}
	return t.Settings.Validate()
}

// Validate checks settings in full. Error: [*InvalidError].
func (s TenantSettings) Validate() error {
	switch {
	case s.Methods > MethodsInherit:
		return &InvalidError{Field: "methods", Rule: RuleState}
	case s.DeviceRetention < 0 || s.DeviceRetention > 400*24*time.Hour || s.DeviceRetention%time.Microsecond != 0:
		return &InvalidError{Field: "device_retention", Rule: RuleCount}
	}
	return s.Network.Validate()
}

// Validate refuses prefixes that could be misread: invalid ones, host bits that
// are set, IPv4 in the form of IPv6, and a repetition. Error: [*InvalidError].
func (p NetworkPolicy) Validate() error {
	for field, list := range p.lists() {
		if len(list) > MaxPrefixes {
			return &InvalidError{Field: field, Rule: RuleCount}
		}
		for i, x := range list {
			switch {
			case !x.IsValid() || x != x.Masked() || x.Addr().Is4In6():
				return &InvalidError{Field: field, Rule: RuleCanonical}
			case slices.Contains(list[:i], x):
				return &InvalidError{Field: field, Rule: RuleTwice}
			}
		}
	}
	return nil
}

func (p NetworkPolicy) lists() func(func(string, []netip.Prefix) bool) {
	return func(yield func(string, []netip.Prefix) bool) {
		_ = yield("allow", p.Allow) && yield("deny", p.Deny)
	}
}

// Allows judges an address: mapped IPv4 counts as IPv4, zones are nothing. An
// address that nobody knows passes only where no list is set.
func (p NetworkPolicy) Allows(a netip.Addr) bool {
	if len(p.Allow) == 0 && len(p.Deny) == 0 {
		return true
	}
	if !a.IsValid() {
		return false
	}
	a = a.Unmap().WithZone("")
	within := func(x netip.Prefix) bool { return x.Contains(a) }
	if slices.ContainsFunc(p.Deny, within) {
		return false
	}
	return len(p.Allow) == 0 || slices.ContainsFunc(p.Allow, within)
}

// IsZero reports a policy that allows all.
func (p NetworkPolicy) IsZero() bool { return len(p.Allow) == 0 && len(p.Deny) == 0 }

// Encode is the stored form of settings, the same on every backend: JSON of the
// fields that are not at their default.
func (s TenantSettings) Encode() ([]byte, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("identity: settings: %w", err)
	}
	return b, nil
}

// DecodeTenantSettings reads the stored form. Empty is the zero settings. What it
// does not know, or what does not validate, is store.ErrCorrupt: a setting that is
// skipped would weaken the tenant.
func DecodeTenantSettings(b []byte) (TenantSettings, error) {
	var s TenantSettings
	if len(b) == 0 {
		return s, nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil || d.Decode(new(any)) != io.EOF || s.Validate() != nil {
		return TenantSettings{}, fmt.Errorf("identity: settings: %w", store.ErrCorrupt)
	}
	return s, nil
}

// Clone shares nothing with the tenant.
func (t Tenant) Clone() Tenant {
	t.Secrets = bytes.Clone(t.Secrets)
	t.Settings.Network.Allow = slices.Clone(t.Settings.Network.Allow)
	t.Settings.Network.Deny = slices.Clone(t.Settings.Network.Deny)
	return t
}
