package changeset

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/axess-go/axess/identity"
)

// Name is the uniqueness key of an identifier (IDN-I5).
type Name struct {
	Tenant    identity.TenantID
	Kind      identity.IdentifierKind
	Canonical string
}

// Holding is a role of a tenant, of which the holders are counted.
type Holding struct {
	Tenant identity.TenantID
	Role   identity.Role
}

// Handle is the uniqueness key of a WebAuthn handle (IDN-024).
type Handle struct {
	Tenant identity.TenantID
	Handle [32]byte
}

// LinkKey is the uniqueness key of a link (AUN-I16).
type LinkKey struct {
	Tenant           identity.TenantID
	Issuer, External string
}

// Tenant is the row of a tenant.
type Tenant struct {
	Tenant   identity.Tenant
	Methods  []identity.Method // by priority, then name
	Policies []identity.Policy // by kind
}

// View is the tenant as a port shows it, shared with nobody.
func (t *Tenant) View() identity.TenantView {
	return identity.TenantView{Tenant: t.Tenant.Clone(), Methods: cloneMethods(t.Methods), Policies: clonePolicies(t.Policies)}
}

// with returns a copy of the row to change.
func (t *Tenant) with(change func(*Tenant)) *Tenant {
	next := *t
	change(&next)
	return &next
}

// User is the row of a user with everything that belongs to it.
type User struct {
	User     identity.User
	Creds    []identity.Credential // ascending by CreatedAt, then ID
	Methods  []identity.Method     // by priority, then name
	Grants   []identity.Grant      // by role
	Policies []identity.Policy     // by kind
	Links    []identity.Link       // by issuer, then external subject
}

// Shown is the user alone, shared with nobody.
func (u *User) Shown() identity.User { return cloneUser(u.User) }

// Account is the user as a port shows it, shared with nobody.
func (u *User) Account(status identity.TenantStatus) identity.Account {
	creds := slices.Clone(u.Creds)
	for i := range creds {
		creds[i] = cloneCredential(creds[i])
	}
	return identity.Account{
		User:        cloneUser(u.User),
		Tenant:      status,
		Credentials: creds,
		Methods:     cloneMethods(u.Methods),
		Grants:      slices.Clone(u.Grants),
		Policies:    clonePolicies(u.Policies),
		Links:       slices.Clone(u.Links),
	}
}

// with returns a copy of the row to change.
func (u *User) with(change func(*User)) *User {
	next := *u
	change(&next)
	return &next
}

func (u *User) credential(id identity.CredentialID) int {
	return slices.IndexFunc(u.Creds, func(c identity.Credential) bool { return c.ID == id })
}

func (u *User) grant(r identity.Role) int {
	return slices.IndexFunc(u.Grants, func(g identity.Grant) bool { return g.Role == r })
}

func cloneCredential(c identity.Credential) identity.Credential {
	c.Body = bytes.Clone(c.Body)
	return c
}

func cloneUser(u identity.User) identity.User {
	u.Identifiers = slices.Clone(u.Identifiers)
	return u
}

func cloneMethods(ms []identity.Method) []identity.Method {
	out := slices.Clone(ms)
	for i := range out {
		out[i].Steps = slices.Clone(out[i].Steps)
	}
	return out
}

func clonePolicies(ps []identity.Policy) []identity.Policy {
	out := slices.Clone(ps)
	for i := range out {
		out[i].Body = bytes.Clone(out[i].Body)
	}
	return out
}

// ComparePolicies is the order in which the policies of a scope are listed.
func ComparePolicies(a, b identity.Policy) int { return cmp.Compare(a.Kind, b.Kind) }

// CompareLinks is the order in which links are listed.
func CompareLinks(a, b identity.Link) int {
	return cmp.Or(cmp.Compare(a.Issuer, b.Issuer), cmp.Compare(a.External, b.External))
}

// CompareUsers is the order in which users are listed.
func CompareUsers(a, b identity.User) int { return CompareCursors(a.Cursor(), b.Cursor()) }

// CompareCursors is the order of places in a list of users.
func CompareCursors(a, b identity.UserCursor) int {
	x, y := a.ID.Bytes(), b.ID.Bytes()
	return cmp.Or(a.At.Compare(b.At), bytes.Compare(x[:], y[:]))
}

// CompareMethods is the order in which methods are offered.
func CompareMethods(a, b identity.Method) int {
	return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Name, b.Name))
}

// CompareCredentials is the order in which credentials are listed.
func CompareCredentials(a, b identity.Credential) int {
	x, y := a.ID.Bytes(), b.ID.Bytes()
	return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), bytes.Compare(x[:], y[:]))
}

// CompareGrants is the order in which grants are listed.
func CompareGrants(a, b identity.Grant) int { return cmp.Compare(a.Role, b.Role) }

// setMethod returns a new list with m set by name, or without it.
func setMethod(ms []identity.Method, m identity.Method, remove bool) []identity.Method {
	next := slices.DeleteFunc(slices.Clone(ms), func(o identity.Method) bool { return o.Name == m.Name })
	if !remove {
		next = append(next, cloneMethods([]identity.Method{m})[0])
		slices.SortFunc(next, CompareMethods)
	}
	return next
}
