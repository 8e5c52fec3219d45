package mtls

// Reason says why a certificate was not taken. The set is closed; its words are for logs
// and metrics, never for the one who showed the certificate.
type Reason string

// The reasons.
const (
	Missing           Reason = "missing"            // no certificate was shown
	TooLarge          Reason = "too_large"          // more than clientcert.MaxChain or MaxBytes
	NotLeaf           Reason = "cert_not_leaf"      // it is an authority's
	Usage             Reason = "cert_usage"         // it is not for signing, or not for clients
	WeakKey           Reason = "weak_key"           // a key of the chain is too short or of another kind
	WeakSignature     Reason = "weak_signature"     // a signature of the chain is made with SHA-1, MD5 or nothing known
	NotYetValid       Reason = "not_yet_valid"      // before its time
	Expired           Reason = "expired"            // after its time
	Lifetime          Reason = "lifetime"           // it lives longer than the tenant allows
	Workload          Reason = "workload"           // it has a spiffe: URI
	Untrusted         Reason = "untrusted"          // it leads to no anchor of the tenant
	Revoked           Reason = "revoked"            // a list or a response revokes it
	RevocationUnknown Reason = "revocation_unknown" // a list is missing or stale
	Name              Reason = "name"               // the name it would be bound by is missing, or there twice
	Unbound           Reason = "unbound"            // good, and nobody's
)

// Error is the refusal of a certificate. It repeats nothing of the certificate.
type Error struct{ Reason Reason }

// Error implements error.
func (e *Error) Error() string { return "mtls: " + string(e.Reason) }

func refused(r Reason) error { return &Error{r} }
