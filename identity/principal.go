package identity

import (
	"errors"
	"log/slog"
)

// PrincipalKind tells the kinds of principals apart.
type PrincipalKind string

// The kinds of principals that exist.
const (
	KindHuman    PrincipalKind = "human"
	KindWorkload PrincipalKind = "workload"
)

// Principal is who asks: a person ([Human]) or a program ([Workload]). The set is
// sealed: no type outside this package satisfies it (PRN-001). A request without
// credentials has no Principal at all; there is no anonymous one (PRN-008).
//
// A Principal is immutable and safe for concurrent use. The zero value of an
// implementation is invalid: ask [Principal.Valid] before trusting one that
// somebody else made.
//
//sumtype:decl
type Principal interface {
	// Kind is the stable tag of the implementation.
	Kind() PrincipalKind
	// Tenant is the tenant that the principal belongs to.
	Tenant() TenantID
	// Key is stable and unique across kinds, tenants and trust domains, for cache
	// keys and audit. It does not name the session.
	Key() string
	// Attributes returns a copy of the application's attributes.
	Attributes() map[string]any
	// Valid reports that the principal was built by its constructor.
	Valid() bool
	// LogValue prints kind and ids, never attributes (PRN-014).
	LogValue() slog.Value

	principal()
}

// ErrPrincipalInvalid is the class of every refusal to build or decode a
// principal.
var ErrPrincipalInvalid = errors.New("identity: principal invalid")
