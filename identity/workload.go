package identity

import (
	"fmt"
	"log/slog"
	"time"
)

// Workload is a program that asks: a service, a job, a command. It is built by
// [NewWorkload] from a credential that was verified. The zero Workload is
// invalid.
type Workload struct {
	id         WorkloadID
	issuer     Issuer
	tenant     TenantID
	slug       string
	service    string
	expiry     time.Time
	credential CredentialRef
	attrs      attributes
}

// WorkloadFields are the inputs of [NewWorkload]. There is none for the trust
// domain: it is the authority of ID and cannot differ from it (PRN-005).
type WorkloadFields struct {
	// ID is a leaf: it has a path (PRN-023).
	ID WorkloadID
	// Issuer says by which kind of credential the workload was recognised.
	Issuer     Issuer
	Tenant     TenantID
	TenantSlug string // [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?
	// ServiceName is what people call it: 1 to 256 bytes without control and bidi
	// characters.
	ServiceName string
	// CredentialExpiry is when the credential ends; zero for one that does not
	// (operator configuration).
	CredentialExpiry time.Time
	// Credential names the credential in logs, and is never the credential; zero
	// if there is none.
	Credential CredentialRef
	// Attributes are as in [HumanFields].
	Attributes map[string]any
}

// NewWorkload validates and copies its input (PRN-002, PRN-007). Error:
// [ErrPrincipalInvalid], also [ErrInvalidID], [ErrIDReserved].
func NewWorkload(f WorkloadFields) (Workload, error) {
	if !f.ID.IsLeaf() {
		return Workload{}, fmt.Errorf("%w: workload id is missing or names a whole trust domain", ErrPrincipalInvalid)
	}
	if err := f.Issuer.check(); err != nil {
		return Workload{}, err
	}
	if err := CheckID(f.Tenant); err != nil {
		return Workload{}, fmt.Errorf("%w: tenant: %w", ErrPrincipalInvalid, err)
	}
	if !validSlug(f.TenantSlug) {
		return Workload{}, fmt.Errorf("%w: tenant slug malformed", ErrPrincipalInvalid)
	}
	if err := CheckDisplayName(f.ServiceName); err != nil || f.ServiceName == "" {
		return Workload{}, fmt.Errorf("%w: service name is empty, too long or not printable", ErrPrincipalInvalid)
	}
	if !writable(f.CredentialExpiry) {
		return Workload{}, errYear()
	}
	attrs, err := newAttributes(f.Attributes)
	if err != nil {
		return Workload{}, err
	}
	return Workload{
		id: f.ID, issuer: f.Issuer, tenant: f.Tenant, slug: f.TenantSlug, service: f.ServiceName,
		expiry: plainTime(f.CredentialExpiry), credential: f.Credential, attrs: attrs,
	}, nil
}

// validSlug is [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])? (IDN-051).
func validSlug(s string) bool {
	if len(s) < 1 || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// Kind implements [Principal].
func (Workload) Kind() PrincipalKind { return KindWorkload }

// Valid implements [Principal].
func (w Workload) Valid() bool { return !w.id.IsZero() }

// ID is the workload's name.
func (w Workload) ID() WorkloadID { return w.id }

// TrustDomain is the authority of the workload's name (PRN-005).
func (w Workload) TrustDomain() TrustDomain { return w.id.TrustDomain() }

// Issuer says by which kind of credential the workload was recognised.
func (w Workload) Issuer() Issuer { return w.issuer }

// Tenant implements [Principal].
func (w Workload) Tenant() TenantID { return w.tenant }

// TenantSlug is the tenant's name in addresses.
func (w Workload) TenantSlug() string { return w.slug }

// ServiceName is what people call the workload.
func (w Workload) ServiceName() string { return w.service }

// CredentialExpiry is when the credential ends, zero for never.
func (w Workload) CredentialExpiry() time.Time { return w.expiry }

// Credential names the credential that was shown, zero for none.
func (w Workload) Credential() CredentialRef { return w.credential }

// Key implements [Principal]: "workload:<tenant>/<workload id>".
func (w Workload) Key() string {
	return string(KindWorkload) + ":" + w.tenant.String() + "/" + w.id.uri
}

// Attributes implements [Principal].
func (w Workload) Attributes() map[string]any { return w.attrs.decode() }

// LogValue implements [Principal].
func (w Workload) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("kind", string(KindWorkload)),
		slog.String("tenant_id", w.tenant.String()),
		slog.String("workload_id", w.id.uri),
		slog.String("issuer", string(w.issuer)),
	)
}

func (Workload) principal() {}
