package identity

import "time"

// PolicyKind names what a policy is about ("lockout", "password", …). The kinds
// belong to the packages that decode them.
type PolicyKind string

// Bounds of a policy row.
const (
	MaxPolicyKind = 64
	MaxPolicyBody = 4096
)

// Policy is the stored row of one policy of a tenant or of one user: the whole
// record that holds there in the place of the broader one (IDN-071). Its body is
// opaque here.
type Policy struct {
	Scope   Scope // Tenant or User; the global policies are the program's configuration
	Kind    PolicyKind
	Version uint64 // grows by one with every write; a new row has version 1
	Body    []byte // at most MaxPolicyBody
	// Reason and ExpiresAt belong to User scope, where a reason is required; an
	// expired row counts as absent and is swept (IDN-075). Zero: no end.
	Reason    string
	ExpiresAt time.Time
	By        UserID
	At        time.Time
}

// Holds reports that the row counts at a time.
func (p Policy) Holds(now time.Time) bool { return p.ExpiresAt.IsZero() || now.Before(p.ExpiresAt) }
