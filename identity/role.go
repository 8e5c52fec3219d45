package identity

import (
	"strings"
	"time"
)

// Role names what an account may do beyond its own things:
// [a-z0-9][a-z0-9._-]{0,63}. Names that begin with "axess." belong to the
// product; programs choose their own.
type Role string

// RoleAdmin may do everything in the tenant. The first account that holds it is
// made by the claim link (PRD-060).
const RoleAdmin Role = "axess.admin"

// rolePrefix begins the names of the product's own roles, which open its console.
const rolePrefix = "axess."

// RuleReserved: the name begins with "axess." and is none of the product's.
const RuleReserved Rule = "reserved"

// Validate checks the form. Error: [*InvalidError].
func (r Role) Validate() error {
	switch {
	case len(r) > 64:
		return &InvalidError{Field: "role", Rule: RuleTooLong}
	case !validRole(string(r)):
		return &InvalidError{Field: "role", Rule: RuleCharacter}
	case r.IsConsole() && r != RoleAdmin:
		return &InvalidError{Field: "role", Rule: RuleReserved}
	}
	return nil
}

// IsConsole reports a role that opens the console. Who holds one always signs in
// with a second factor (PRD-017).
func (r Role) IsConsole() bool { return strings.HasPrefix(string(r), rolePrefix) }

func validRole(s string) bool {
	for i := range len(s) {
		c := s[i]
		alnum := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !alnum && (i == 0 || c != '.' && c != '_' && c != '-') {
			return false
		}
	}
	return s != ""
}

// Grant is the stored row of one role of one user. What it says is authentic only
// if its MAC is ours, which package authn makes and checks: whoever can write the
// table cannot make an administrator (ASVS 6.7.1). They can put back the row of
// somebody who has been one: a MAC shows what was written, not that it still holds.
type Grant struct {
	Tenant TenantID
	User   UserID
	Role   Role
	// Version grows by one with every write; a new row has version 1.
	Version uint64
	At      time.Time
	// By is who granted it; [SystemUser] for the program itself.
	By UserID
	// MAC covers every field above.
	MAC [32]byte
}

// Subject is who holds the role.
func (g Grant) Subject() Subject { return Subject{g.Tenant, g.User} }

// HoldsConsole reports whether the account has a row for a role of the console,
// authentic or not. A demand is made for any row, a right is given for an
// authentic one alone.
func (a Account) HoldsConsole() bool {
	for _, g := range a.Grants {
		if g.Role.IsConsole() {
			return true
		}
	}
	return false
}
