package memory

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/axess-go/axess/identity"
)

// directory is who there is. The book guards it. Rows are immutable: a change
// replaces a row by a changed copy, so that a staged change set shares nothing
// with what readers see.
type directory struct {
	tenants map[identity.TenantID]*tenantRow
	slugs   map[string]identity.TenantID
	users   map[identity.Subject]*userRow
	names   map[name]identity.UserID
	holders map[holding]int
	tokens  map[[16]byte]identity.Token
	// tokensOf finds the tokens of a user, who need not exist: void tokens are
	// stored for equal work.
	tokensOf map[identity.Subject][][16]byte
}

// name is the uniqueness key of an identifier (IDN-I5).
type name struct {
	tenant    identity.TenantID
	kind      identity.IdentifierKind
	canonical string
}

type tenantRow struct {
	tenant  identity.Tenant
	methods []identity.Method // by priority, then name
}

type userRow struct {
	user    identity.User
	creds   []identity.Credential // ascending by CreatedAt, then ID
	methods []identity.Method     // by priority, then name
	grants  []identity.Grant      // by role
}

func newDirectory() directory {
	return directory{
		tenants:  map[identity.TenantID]*tenantRow{},
		slugs:    map[string]identity.TenantID{},
		users:    map[identity.Subject]*userRow{},
		names:    map[name]identity.UserID{},
		holders:  map[holding]int{},
		tokens:   map[[16]byte]identity.Token{},
		tokensOf: map[identity.Subject][][16]byte{},
	}
}

// with returns a copy of the user row to change.
func (u *userRow) with(change func(*userRow)) *userRow {
	next := *u
	change(&next)
	return &next
}

func (u *userRow) credential(id identity.CredentialID) int {
	return slices.IndexFunc(u.creds, func(c identity.Credential) bool { return c.ID == id })
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

func sortMethods(ms []identity.Method) {
	slices.SortFunc(ms, func(a, b identity.Method) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Name, b.Name))
	})
}

func compareCredentials(a, b identity.Credential) int {
	return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), compareIDs(a.ID.Bytes(), b.ID.Bytes()))
}

// setMethod returns a new list with m set by name, or without it.
func setMethod(ms []identity.Method, m identity.Method, remove bool) []identity.Method {
	next := slices.DeleteFunc(slices.Clone(ms), func(o identity.Method) bool { return o.Name == m.Name })
	if !remove {
		next = append(next, cloneMethods([]identity.Method{m})[0])
		sortMethods(next)
	}
	return next
}
