package authn

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// policyProvisioning is the kind of the rows that hold a [ProvisioningPolicy].
const policyProvisioning identity.PolicyKind = "provisioning"

// DefaultProvisionsPerHour is how many accounts a tenant lets be made in an hour.
const DefaultProvisionsPerHour = 100

// Bounds of a policy.
const (
	maxIssuers    = 8
	maxDomains    = 32
	maxProvisions = 10000
)

// ProvisioningPolicy says whose word a tenant takes about who somebody is. The zero
// policy takes nobody's.
type ProvisioningPolicy struct {
	// Issuers, at most 8. What another one says leads nowhere, linked or not.
	Issuers []IssuerPolicy `json:"issuers,omitempty"`
	// PerHour bounds the accounts that are made, 1 to 10,000. Zero:
	// DefaultProvisionsPerHour.
	PerHour int `json:"per_hour,omitempty"`
}

// IssuerPolicy says what one issuer decides. With the name alone it decides who comes
// to an account that its owner has linked.
type IssuerPolicy struct {
	// Issuer as its assertions call it.
	Issuer string `json:"issuer"`
	// Domains are those for whose addresses the issuer speaks, in lower case without
	// what is below them, at most 32. They are needed for all but the links of owners.
	Domains []string `json:"domains,omitempty"`
	// Create makes accounts for those who have none.
	Create bool `json:"create,omitempty"`
	// LinkByAddress leads those to an account who have its address, if it has no
	// factor of its own; accounts with one are linked by their owners alone.
	LinkByAddress bool `json:"link_by_address,omitempty"`
	// Sync are the attributes that follow the issuer at every login.
	Sync []Attribute `json:"sync,omitempty"`
}

// Attribute is what an account may take over from an issuer. Names that lead to it
// are none (AUN-153).
type Attribute string

// The attributes.
const (
	AttributeDisplayName Attribute = "display_name"
	AttributeLanguage    Attribute = "language"
)

// Validate refuses what could be misread. Error: *[FieldError].
func (p ProvisioningPolicy) Validate() error {
	if len(p.Issuers) > maxIssuers {
		return fieldError("Issuers", "must be at most 8")
	}
	if p.PerHour < 0 || p.PerHour > maxProvisions {
		return fieldError("PerHour", "must be 1 to 10000, or 0 for the default")
	}
	for i, is := range p.Issuers {
		if err := is.check(); err != nil {
			return err
		}
		if slices.ContainsFunc(p.Issuers[:i], func(o IssuerPolicy) bool { return o.Issuer == is.Issuer }) {
			return fieldError("Issuers", "name one issuer twice")
		}
	}
	return nil
}

func (is IssuerPolicy) check() error {
	switch {
	case !named(is.Issuer):
		return fieldError("Issuer", "must be 1 to 255 bytes of visible ASCII without @")
	case len(is.Domains) > maxDomains:
		return fieldError("Domains", "must be at most 32")
	case (is.Create || is.LinkByAddress) && len(is.Domains) == 0:
		return fieldError("Domains", "are required where an address decides")
	}
	for i, d := range is.Domains {
		id, err := identity.NewIdentifier(identity.Email, "a@"+d)
		if err != nil || id.Canonical != "a@"+d {
			return fieldError("Domains", "must be domain names in lower case, as in an address")
		}
		if slices.Contains(is.Domains[:i], d) {
			return fieldError("Domains", "name one domain twice")
		}
	}
	for i, at := range is.Sync {
		if at != AttributeDisplayName && at != AttributeLanguage || slices.Contains(is.Sync[:i], at) {
			return fieldError("Sync", "must be display_name or language, each once")
		}
	}
	return nil
}

// named reports the form of an issuer that events can name: no address of somebody.
func named(issuer string) bool {
	return identity.CheckLink(issuer, "-") == nil && !strings.Contains(issuer, "@")
}

// decides reports that the issuer speaks for an address.
func (is IssuerPolicy) decides(address identity.Identifier) bool {
	_, domain, _ := strings.Cut(address.Canonical, "@")
	return slices.Contains(is.Domains, domain)
}

func (p ProvisioningPolicy) of(issuer string) (IssuerPolicy, bool) {
	for _, is := range p.Issuers {
		if is.Issuer == issuer {
			return is, true
		}
	}
	return IssuerPolicy{}, false
}

func (p ProvisioningPolicy) hourly() int {
	if p.PerHour == 0 {
		return DefaultProvisionsPerHour
	}
	return p.PerHour
}

func (p ProvisioningPolicy) clone() ProvisioningPolicy {
	p.Issuers = slices.Clone(p.Issuers)
	for i := range p.Issuers {
		p.Issuers[i].Domains = slices.Clone(p.Issuers[i].Domains)
		p.Issuers[i].Sync = slices.Clone(p.Issuers[i].Sync)
	}
	return p
}

// trust makes and checks the rows of provisioning policies. They say whom a tenant
// believes, so whoever can write the table must not be able to make one (ASVS 6.7.1).
type trust struct{ mac *seal.MAC }

// trustBody is the stored form.
type trustBody struct {
	Policy json.RawMessage `json:"policy"`
	MAC    []byte          `json:"mac"`
}

func (t trust) sealed(row identity.Policy, p ProvisioningPolicy) (identity.Policy, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return row, fmt.Errorf("policy: %w", err)
	}
	_, tag := t.mac.Sum(canonicalTrust(row, text))
	row.Body, err = json.Marshal(trustBody{text, tag[:]})
	if err == nil && len(row.Body) > identity.MaxPolicyBody {
		err = fieldError("Issuers", "are more than one policy holds")
	}
	return row, err
}

// opened reads a row; store.ErrCorrupt if this program has not written it as it is.
func (t trust) opened(row identity.Policy) (p ProvisioningPolicy, err error) {
	var b trustBody
	if strict(row.Body, &b) != nil {
		return p, fmt.Errorf("policy: %w", store.ErrCorrupt)
	}
	if _, err := t.mac.VerifyAny(b.MAC, canonicalTrust(row, b.Policy)); err != nil {
		return p, fmt.Errorf("policy is not authentic: %w", store.ErrCorrupt)
	}
	if strict(b.Policy, &p) != nil || p.Validate() != nil {
		return ProvisioningPolicy{}, fmt.Errorf("policy: %w", store.ErrCorrupt)
	}
	return p, nil
}

func strict(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err //nolint:wrapcheck // the caller names it
	}
	if d.Decode(new(any)) != io.EOF {
		return store.ErrCorrupt
	}
	return nil
}

// canonicalTrust is what the MAC covers.
func canonicalTrust(row identity.Policy, text []byte) []byte {
	t, by := row.Scope.Subject().Tenant.Bytes(), row.By.Bytes()
	var fixed [16]byte
	binary.BigEndian.PutUint64(fixed[:8], row.Version)
	binary.BigEndian.PutUint64(fixed[8:], uint64(row.At.UnixMicro()))
	return seal.AppendFields(nil, seal.PrefixIdentityRow, []byte("policy"), []byte(row.Kind), t[:], by[:], fixed[:], text)
}

func (p *Provisioner) policy(ctx context.Context, view identity.TenantView) ProvisioningPolicy {
	return p.a.provisioning(ctx, view, p.def)
}

func provisioningRow(view identity.TenantView) (identity.Policy, bool) {
	for _, row := range view.Policies {
		if row.Kind == policyProvisioning {
			return row, true
		}
	}
	return identity.Policy{}, false
}

// Provisioning is a tenant's own policy and its version, 0 if it has none.
//
// Errors: store.ErrCorrupt for a policy that this program has not written, whose
// version is returned with it; otherwise as [Tenants.SuspendTenant].
func (t *Tenants) Provisioning(ctx context.Context, op identity.OperatorScope, id identity.TenantID) (ProvisioningPolicy, uint64, error) {
	var none ProvisioningPolicy
	if err := operates(op, id); err != nil {
		return none, 0, wrapped("provisioning", err)
	}
	view, err := t.a.ident.TenantByID(ctx, id)
	if err != nil {
		return none, 0, wrapped("provisioning", err)
	}
	row, has := provisioningRow(view)
	if !has {
		return none, 0, nil
	}
	p, err := t.a.trust.opened(row)
	return p, row.Version, wrapped("provisioning", err)
}

// SetProvisioning gives a tenant a policy of its own, if the version of the one that
// it has is still expect (0: it has none), in one commit with the event. It holds
// from the next login on; accounts and links stay, and those of issuers that are not
// named any more lead nowhere.
//
// Errors: *[FieldError] before any I/O; store.ErrConflict and store.ErrExists for
// another version; otherwise as [Tenants.SuspendTenant].
func (t *Tenants) SetProvisioning(ctx context.Context, op identity.OperatorScope, id identity.TenantID, expect uint64, p ProvisioningPolicy) error {
	return wrapped("set provisioning", t.setProvisioning(ctx, op, id, expect, p))
}

func (t *Tenants) setProvisioning(ctx context.Context, op identity.OperatorScope, id identity.TenantID, expect uint64, p ProvisioningPolicy) error {
	if err := errors.Join(operates(op, id), p.Validate()); err != nil {
		return err
	}
	row, err := t.a.trust.sealed(identity.Policy{
		Scope: identity.TenantScope(id), Kind: policyProvisioning, Version: expect + 1, By: identity.SystemUser, At: t.a.clock.Now(),
	}, p)
	if err != nil {
		return err
	}
	changes := []identity.Change{identity.PutPolicy{Policy: row, Expect: expect}}
	return t.a.admin.Apply(ctx, append(changes, t.a.events.changes(t.a.events.tenant(ctx, id,
		audit.TenantConfigChanged{Outcome: audit.Success, Settings: []string{"provisioning"}, By: audit.BySystem}))...)...)
}
