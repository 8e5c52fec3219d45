package duty

import (
	"fmt"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// The body of a row: a version byte, the kind of scope, and the two ids, zero
// where they do not apply.
const (
	rowVersion = 1
	rowSize    = 2 + 16 + 16
)

// newRow says that the epoch of a scope is still to be raised.
func newRow(s identity.Scope, now time.Time, src entropy.Source) store.Row {
	sub := s.Subject()
	tenant, user := sub.Tenant.Bytes(), sub.User.Bytes()
	body := append(make([]byte, 0, rowSize), rowVersion, byte(s.Kind()))
	body = append(append(body, tenant[:]...), user[:]...)
	return store.Row{ID: identity.NewEventID(now, src).Bytes(), At: now, Topic: store.TopicDuty, Body: body}
}

// scopeOf reads what newRow made; store.ErrCorrupt for anything else.
func scopeOf(body []byte) (identity.Scope, error) {
	if len(body) != rowSize || body[0] != rowVersion {
		return identity.Scope{}, fmt.Errorf("form of a duty: %w", store.ErrCorrupt)
	}
	tenant := identity.FromBytes[identity.TenantID]([16]byte(body[2:18]))
	user := identity.FromBytes[identity.UserID]([16]byte(body[18:]))
	var s identity.Scope
	switch identity.ScopeKind(body[1]) {
	case identity.ScopeGlobal:
		s = identity.GlobalScope()
	case identity.ScopeTenant:
		s = identity.TenantScope(tenant)
	case identity.ScopeUser:
		s = identity.UserScope(identity.Subject{Tenant: tenant, User: user})
	}
	if s.Validate() != nil || s.Subject() != (identity.Subject{Tenant: tenant, User: user}) {
		return identity.Scope{}, fmt.Errorf("scope of a duty: %w", store.ErrCorrupt)
	}
	return s, nil
}
