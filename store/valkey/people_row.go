package valkey

import (
	"bytes"
	"slices"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/changeset"
	"github.com/axess-go/axess/internal/portargs"
)

// The rows of the Identity group. Each decode refuses what no port would have
// stored: a row that was damaged, or put there by somebody else in another form.

func encodeTenant(t *changeset.Tenant) []byte {
	w := newWriter(128)
	w.id(t.Tenant.ID.Bytes())
	put(w, t.Tenant.Slug)
	put(w, t.Tenant.DisplayName)
	w.small(uint8(t.Tenant.Status))
	put(w, t.Tenant.Detail.Reason)
	w.when(t.Tenant.Detail.Since)
	w.when(t.Tenant.Detail.PurgeAt)
	settings, _ := t.Tenant.Settings.Encode() // what has been validated can be written
	w.bytes(settings)
	w.bytes(t.Tenant.Secrets)
	w.number(t.Tenant.Version)
	w.when(t.Tenant.CreatedAt)
	w.when(t.Tenant.UpdatedAt)
	w.methods(t.Methods)
	w.policies(t.Policies)
	return w.b
}

func decodeTenant(id identity.TenantID, b []byte) (*changeset.Tenant, bool) {
	r := newReader(b)
	t := &changeset.Tenant{Tenant: identity.Tenant{
		ID:          identity.FromBytes[identity.TenantID](r.id()),
		Slug:        text[string](r),
		DisplayName: text[string](r),
		Status:      identity.TenantStatus(r.small()),
		Detail:      identity.TenantDetail{Reason: text[string](r), Since: r.when(), PurgeAt: r.when()},
	}}
	settings, err := identity.DecodeTenantSettings(r.bytes())
	t.Tenant.Settings = settings
	if secrets := r.bytes(); len(secrets) > 0 {
		t.Tenant.Secrets = bytes.Clone(secrets)
	}
	t.Tenant.Version, t.Tenant.CreatedAt, t.Tenant.UpdatedAt = r.number(), r.when(), r.when()
	t.Methods = r.methods()
	t.Policies = r.policies(identity.TenantScope(id))
	first := t.Tenant
	first.Version = 1
	fine := r.whole() && err == nil && t.Tenant.ID == id && t.Tenant.Version > 0 && wholeMethods(t.Methods) &&
		ordered(t.Policies, changeset.ComparePolicies) &&
		portargs.Change(identity.NewTenant{Tenant: first, Methods: t.Methods}) == nil
	return t, fine
}

func encodeUser(row *changeset.User) []byte {
	u := &row.User
	w := newWriter(512 + 256*len(row.Creds))
	w.id(u.Tenant.Bytes())
	w.id(u.ID.Bytes())
	w.count(len(u.Identifiers))
	for _, i := range u.Identifiers {
		put(w, i.Kind)
		put(w, i.Typed)
		put(w, i.Canonical)
	}
	put(w, u.DisplayName)
	put(w, u.Language)
	w.small(uint8(u.State))
	put(w, u.Detail.Reason)
	w.when(u.Detail.Since)
	w.when(u.Detail.Until)
	w.digest(u.WebAuthnHandle)
	w.id(u.AuditHandle)
	w.id(u.CreatedBy.Bytes())
	w.when(u.CreatedAt)
	w.id(u.UpdatedBy.Bytes())
	w.when(u.UpdatedAt)
	w.when(u.LastLoginAt)
	w.when(u.EmailVerifiedAt)
	w.count(len(row.Creds))
	for i := range row.Creds {
		c := &row.Creds[i]
		w.id(c.ID.Bytes())
		put(w, c.Kind)
		w.small(uint8(c.State))
		w.number(c.Version)
		w.when(c.CreatedAt)
		w.bytes(c.Body)
		w.digest(c.MAC)
		put(w, c.Label)
		w.when(c.LastUsedAt)
	}
	w.methods(row.Methods)
	w.count(len(row.Grants))
	for i := range row.Grants {
		g := &row.Grants[i]
		put(w, g.Role)
		w.number(g.Version)
		w.when(g.At)
		w.id(g.By.Bytes())
		w.digest(g.MAC)
	}
	w.policies(row.Policies)
	w.count(len(row.Links))
	for i := range row.Links {
		l := &row.Links[i]
		put(w, l.Issuer)
		put(w, l.External)
		w.when(l.At)
		w.id(l.By.Bytes())
		w.digest(l.MAC)
	}
	return w.b
}

func decodeUser(s identity.Subject, b []byte) (*changeset.User, bool) {
	r := newReader(b)
	row := &changeset.User{}
	u := &row.User
	u.Tenant, u.ID = identity.FromBytes[identity.TenantID](r.id()), identity.FromBytes[identity.UserID](r.id())
	for range r.count() {
		u.Identifiers = append(u.Identifiers, identity.Identifier{
			Kind: text[identity.IdentifierKind](r), Typed: text[string](r), Canonical: text[string](r),
		})
	}
	u.DisplayName, u.Language = text[string](r), text[string](r)
	u.State = identity.UserState(r.small())
	u.Detail = identity.StateDetail{Reason: text[string](r), Since: r.when(), Until: r.when()}
	u.WebAuthnHandle, u.AuditHandle = r.digest(), r.id()
	u.CreatedBy, u.CreatedAt = identity.FromBytes[identity.UserID](r.id()), r.when()
	u.UpdatedBy, u.UpdatedAt = identity.FromBytes[identity.UserID](r.id()), r.when()
	u.LastLoginAt, u.EmailVerifiedAt = r.when(), r.when()
	row.Creds = r.credentials(s)
	row.Methods = r.methods()
	row.Grants = r.grants(s)
	row.Policies = r.policies(identity.UserScope(s))
	row.Links = r.links(s)
	fine := r.whole() && u.Subject() == s && portargs.Change(identity.NewUser{User: *u}) == nil &&
		ordered(row.Creds, changeset.CompareCredentials) && ordered(row.Grants, changeset.CompareGrants) &&
		ordered(row.Policies, changeset.ComparePolicies) && ordered(row.Links, changeset.CompareLinks) &&
		wholeMethods(row.Methods)
	return row, fine
}

func (r *reader) credentials(s identity.Subject) []identity.Credential {
	var out []identity.Credential
	for range r.count() {
		c := identity.Credential{
			ID: identity.FromBytes[identity.CredentialID](r.id()), Tenant: s.Tenant, User: s.User,
			Kind: text[identity.Kind](r), State: identity.CredentialState(r.small()), Version: r.number(), CreatedAt: r.when(),
			Body: r.bytes(), MAC: r.digest(), Label: text[string](r), LastUsedAt: r.when(),
		}
		r.bad = r.bad || c.Version == 0 || portargs.Change(identity.PutCredential{Credential: c, Expect: c.Version - 1}) != nil
		out = append(out, c)
	}
	return out
}

func (r *reader) grants(s identity.Subject) []identity.Grant {
	var out []identity.Grant
	for range r.count() {
		g := identity.Grant{
			Tenant: s.Tenant, User: s.User, Role: text[identity.Role](r), Version: r.number(), At: r.when(),
			By: identity.FromBytes[identity.UserID](r.id()), MAC: r.digest(),
		}
		r.bad = r.bad || g.Version == 0 || portargs.Change(identity.PutGrant{Grant: g, Expect: g.Version - 1}) != nil
		out = append(out, g)
	}
	return out
}

func (w *writer) policies(ps []identity.Policy) {
	w.count(len(ps))
	for i := range ps {
		p := &ps[i]
		put(w, p.Kind)
		w.number(p.Version)
		w.bytes(p.Body)
		put(w, p.Reason)
		w.when(p.ExpiresAt)
		w.id(p.By.Bytes())
		w.when(p.At)
	}
}

func (r *reader) policies(of identity.Scope) []identity.Policy {
	var out []identity.Policy
	for range r.count() {
		p := identity.Policy{
			Scope: of, Kind: text[identity.PolicyKind](r), Version: r.number(), Body: bytes.Clone(r.bytes()), Reason: text[string](r),
			ExpiresAt: r.when(), By: identity.FromBytes[identity.UserID](r.id()), At: r.when(),
		}
		r.bad = r.bad || p.Version == 0 || portargs.Change(identity.PutPolicy{Policy: p, Expect: p.Version - 1}) != nil
		out = append(out, p)
	}
	return out
}

func (r *reader) links(s identity.Subject) []identity.Link {
	var out []identity.Link
	for range r.count() {
		l := identity.Link{
			Tenant: s.Tenant, User: s.User, Issuer: text[string](r), External: text[string](r), At: r.when(),
			By: identity.FromBytes[identity.UserID](r.id()), MAC: r.digest(),
		}
		r.bad = r.bad || portargs.Change(identity.PutLink{Link: l}) != nil
		out = append(out, l)
	}
	return out
}

func (w *writer) methods(ms []identity.Method) {
	w.count(len(ms))
	for _, m := range ms {
		put(w, m.Name)
		w.integer(int64(m.Priority))
		w.flag(m.Enabled)
		put(w, m.Reason)
		w.when(m.ExpiresAt)
		w.count(len(m.Steps))
		for _, s := range m.Steps {
			w.flag(s.IsRequired())
			w.count(s.Len())
			for i := range s.Len() {
				put(w, s.At(i))
			}
		}
	}
}

func (r *reader) methods() []identity.Method {
	var out []identity.Method
	for range r.count() {
		m := identity.Method{Name: text[string](r), Priority: int(r.integer()), Enabled: r.flag(), Reason: text[string](r), ExpiresAt: r.when()}
		for range r.count() {
			m.Steps = append(m.Steps, r.step())
		}
		out = append(out, m)
	}
	return out
}

func (r *reader) step() identity.Step {
	required := r.flag()
	var kinds []identity.Kind
	for range r.count() {
		kinds = append(kinds, text[identity.Kind](r))
	}
	if !required {
		return identity.AnyOf(kinds...)
	}
	if len(kinds) != 1 { // none is written otherwise
		r.bad = true
		return identity.Step{}
	}
	return identity.Required(kinds[0])
}

// wholeMethods reports that methods are in order and each has a name of its own.
func wholeMethods(ms []identity.Method) bool {
	for i, m := range ms {
		if m.Name == "" || slices.ContainsFunc(ms[:i], func(o identity.Method) bool { return o.Name == m.Name }) {
			return false
		}
	}
	return ordered(ms, changeset.CompareMethods)
}

// ordered reports that each comes after the one before it.
func ordered[T any](list []T, compare func(a, b T) int) bool {
	for i := 1; i < len(list); i++ {
		if compare(list[i-1], list[i]) >= 0 {
			return false
		}
	}
	return true
}

func encodeToken(t *identity.Token) []byte {
	w := newWriter(192)
	w.id(t.Selector)
	w.digest(t.Digest)
	put(w, t.Purpose)
	w.id(t.Tenant.Bytes())
	w.id(t.User.Bytes())
	put(w, t.Address)
	w.when(t.CreatedAt)
	w.when(t.ExpiresAt)
	w.count(t.Tries)
	return w.b
}

func decodeToken(selector [16]byte, b []byte) (identity.Token, bool) {
	r := newReader(b)
	t := identity.Token{
		Selector: r.id(), Digest: r.digest(), Purpose: text[identity.TokenPurpose](r),
		Tenant: identity.FromBytes[identity.TenantID](r.id()), User: identity.FromBytes[identity.UserID](r.id()),
		Address: text[string](r), CreatedAt: r.when(), ExpiresAt: r.when(),
	}
	tries := r.number()
	r.bad = r.bad || tries > 1<<16
	fine := r.whole() && t.Selector == selector && portargs.Change(identity.PutToken{Token: t}) == nil
	t.Tries = int(tries) //nolint:gosec // checked above
	return t, fine
}

// An index row is the version and one id.
func encodeID(id [16]byte) []byte {
	w := newWriter(17)
	w.id(id)
	return w.b
}

func decodeID(b []byte) ([16]byte, bool) {
	r := newReader(b)
	id := r.id()
	return id, r.whole() && id != [16]byte{}
}

// The tokens of a user, in the order in which they were made.
func encodeIDs(ids [][16]byte) []byte {
	w := newWriter(1 + 16*len(ids))
	for _, id := range ids {
		w.id(id)
	}
	return w.b
}

func decodeIDs(b []byte) ([][16]byte, bool) {
	r := newReader(b)
	var out [][16]byte
	for !r.bad && len(r.b) > 0 {
		id := r.id()
		r.bad = r.bad || id == [16]byte{} || slices.Contains(out, id)
		out = append(out, id)
	}
	return out, r.whole() && len(out) > 0
}

func encodeCount(n int) []byte {
	w := newWriter(3)
	w.count(n)
	return w.b
}

func decodeCount(b []byte) (int, bool) {
	r := newReader(b)
	n := r.number()
	return int(n), r.whole() && n > 0 && n < 1<<32 //nolint:gosec // checked in the same line
}
