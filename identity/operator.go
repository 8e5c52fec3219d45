package identity

import (
	"context"
	"fmt"
)

// OperatorScope is leave to read over all tenants. It is minted from the system
// principal with its reason, so that a forgotten argument cannot be it (IDN-031);
// the verbs that take it are audited by their callers. The zero scope is refused.
type OperatorScope struct{ reason string }

// Operate mints the scope. Error: [ErrPrincipalInvalid] for anybody but the
// system.
func Operate(h Human) (OperatorScope, error) {
	if !h.IsSystem() {
		return OperatorScope{}, fmt.Errorf("%w: not the system", ErrPrincipalInvalid)
	}
	return OperatorScope{h.Reason()}, nil
}

// Reason is why.
func (s OperatorScope) Reason() string { return s.reason }

// Valid reports that the scope was minted.
func (s OperatorScope) Valid() bool { return s.reason != "" }

// OperatorLookup is the one port that crosses tenants. A scope that was not minted
// is store.ErrBadArgument, without I/O.
type OperatorLookup interface {
	// Tenants lists tenants in any status, ascending by slug, behind the slug after
	// (empty: from the first), at most limit (1 to MaxPage).
	Tenants(ctx context.Context, scope OperatorScope, after string, limit int) ([]Tenant, error)
}
