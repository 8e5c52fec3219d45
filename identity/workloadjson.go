package identity

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// workloadJSON is the wire form of PRN-012.
type workloadJSON struct {
	Kind             PrincipalKind  `json:"kind"`
	WorkloadID       WorkloadID     `json:"workload_id"`
	TrustDomain      TrustDomain    `json:"trust_domain"`
	Issuer           Issuer         `json:"issuer"`
	TenantID         TenantID       `json:"tenant_id"`
	TenantSlug       string         `json:"tenant_slug"`
	ServiceName      string         `json:"service_name"`
	CredentialExpiry *time.Time     `json:"credential_expiry,omitempty"`
	CredentialRef    *CredentialRef `json:"credential_ref,omitempty"`
	Attributes       map[string]any `json:"attributes,omitempty"`
}

// MarshalJSON writes the form of PRN-012. The zero Workload has none.
func (w Workload) MarshalJSON() ([]byte, error) {
	if !w.Valid() {
		return nil, fmt.Errorf("%w: nobody, so it is not encoded", ErrPrincipalInvalid)
	}
	out := workloadJSON{
		Kind: KindWorkload, WorkloadID: w.id, TrustDomain: w.TrustDomain(), Issuer: w.issuer,
		TenantID: w.tenant, TenantSlug: w.slug, ServiceName: w.service, Attributes: w.attrs.decode(),
	}
	if !w.expiry.IsZero() {
		out.CredentialExpiry = &w.expiry
	}
	if !w.credential.IsZero() {
		out.CredentialRef = &w.credential
	}
	return encodeJSON(out)
}

// UnmarshalJSON reads the form of PRN-012 and validates like [NewWorkload]. An
// unknown kind, unknown members, duplicate members and a trust domain that is not
// the id's are refused (PRN-005, PRN-013).
func (w *Workload) UnmarshalJSON(data []byte) error {
	if err := checkMembers(data); err != nil {
		return fmt.Errorf("%w: %w", ErrPrincipalInvalid, err)
	}
	err := onlyMembers(data, "kind", "workload_id", "trust_domain", "issuer", "tenant_id", "tenant_slug",
		"service_name", "credential_expiry", "credential_ref", "attributes")
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var in workloadJSON
	if err := dec.Decode(&in); err != nil {
		return fmt.Errorf("%w: %w", ErrPrincipalInvalid, err)
	}
	if in.Kind != KindWorkload {
		return fmt.Errorf("%w: unknown kind", ErrPrincipalInvalid)
	}
	if in.CredentialExpiry != nil && in.CredentialExpiry.IsZero() || in.CredentialRef != nil && in.CredentialRef.IsZero() {
		// One form for what is absent.
		return fmt.Errorf("%w: a credential that is present and empty", ErrPrincipalInvalid)
	}
	out, err := NewWorkload(WorkloadFields{
		ID: in.WorkloadID, Issuer: in.Issuer, Tenant: in.TenantID, TenantSlug: in.TenantSlug,
		ServiceName: in.ServiceName, CredentialExpiry: deref(in.CredentialExpiry),
		Credential: deref(in.CredentialRef), Attributes: in.Attributes,
	})
	if err != nil {
		return err
	}
	if in.TrustDomain != out.TrustDomain() {
		return fmt.Errorf("%w: trust domain is not that of the workload id", ErrPrincipalInvalid)
	}
	*w = out
	return nil
}

// DecodePrincipal reads either kind by its tag and validates as its constructor
// does. Error: [ErrPrincipalInvalid].
func DecodePrincipal(data []byte) (Principal, error) {
	var tag struct {
		Kind PrincipalKind `json:"kind"`
	}
	if err := json.Unmarshal(data, &tag); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPrincipalInvalid, err)
	}
	switch tag.Kind {
	case KindHuman:
		var h Human
		if err := h.UnmarshalJSON(data); err != nil {
			return nil, err
		}
		return h, nil
	case KindWorkload:
		var w Workload
		if err := w.UnmarshalJSON(data); err != nil {
			return nil, err
		}
		return w, nil
	}
	return nil, fmt.Errorf("%w: unknown kind", ErrPrincipalInvalid)
}
