package identity

// Subject is who a session, a credential or an epoch belongs to.
type Subject struct {
	Tenant TenantID
	User   UserID
}

// IsZero reports the empty subject (a guest).
func (s Subject) IsZero() bool { return s == Subject{} }

// Valid reports that both ids are set; verbs refuse anything else (IDN-004).
func (s Subject) Valid() bool { return !s.Tenant.IsZero() && !s.User.IsZero() }

// Epochs are the three revocation counters that concern a subject. A session is
// stamped with them and dies when any of them is raised (SES-195).
type Epochs struct{ Global, Tenant, User uint64 }

// Covers reports that a session stamped with e is current under now: stamped at
// or above it in all three scopes.
func (e Epochs) Covers(now Epochs) bool {
	return e.Global >= now.Global && e.Tenant >= now.Tenant && e.User >= now.User
}

// ScopeKind tells the three scopes apart.
type ScopeKind uint8

// The scope kinds. The zero kind is invalid.
const (
	ScopeGlobal ScopeKind = iota + 1
	ScopeTenant
	ScopeUser
)

// Scope is where a policy, a method or an epoch applies. The zero Scope is
// invalid and refused.
type Scope struct {
	kind ScopeKind
	sub  Subject
}

// GlobalScope covers everybody.
func GlobalScope() Scope { return Scope{kind: ScopeGlobal} }

// TenantScope covers one tenant.
func TenantScope(t TenantID) Scope { return Scope{kind: ScopeTenant, sub: Subject{Tenant: t}} }

// UserScope covers one user.
func UserScope(s Subject) Scope { return Scope{kind: ScopeUser, sub: s} }

// Kind tells which scope it is.
func (s Scope) Kind() ScopeKind { return s.kind }

// Subject returns the ids of the scope; those that do not apply are zero.
func (s Scope) Subject() Subject { return s.sub }

// Validate refuses the zero scope and scopes with missing ids.
func (s Scope) Validate() error {
	switch s.kind {
	case ScopeGlobal:
		return nil
	case ScopeTenant:
		if !s.sub.Tenant.IsZero() {
			return nil
		}
	case ScopeUser:
		if s.sub.Valid() {
			return nil
		}
	}
	return ErrInvalidID
}

// Chain lists the scope and the broader ones, narrowest first (IDN-070).
func (s Scope) Chain() []Scope {
	switch s.kind {
	case ScopeUser:
		return []Scope{s, TenantScope(s.sub.Tenant), GlobalScope()}
	case ScopeTenant:
		return []Scope{s, GlobalScope()}
	case ScopeGlobal:
		return []Scope{s}
	}
	return nil
}
