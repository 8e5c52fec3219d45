package duty

import (
	"errors"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

// What is written is what is read, for every kind of scope. PRD-022
func TestRow_keeps_its_scope(t *testing.T) {
	t.Parallel()
	src := entropy.Seeded(1)
	s := identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)}
	for _, scope := range []identity.Scope{identity.GlobalScope(), identity.TenantScope(s.Tenant), identity.UserScope(s)} {
		r := newRow(scope, time.Unix(1, 0), src)
		got, err := scopeOf(r.Body)
		if err != nil || got != scope || r.Topic != store.TopicDuty {
			t.Errorf("%v became %v, %v", scope, got, err)
		}
	}
}

// FuzzScopeOf: a body is a scope that is written the same way, or corrupt.
func FuzzScopeOf(f *testing.F) {
	src := entropy.Seeded(1)
	s := identity.Subject{Tenant: identity.NewTenantID(src), User: identity.NewUserID(src)}
	for _, scope := range []identity.Scope{identity.GlobalScope(), identity.TenantScope(s.Tenant), identity.UserScope(s)} {
		f.Add(newRow(scope, time.Unix(1, 0), src).Body)
	}
	f.Add([]byte{rowVersion})
	ofTenant := newRow(identity.UserScope(s), time.Unix(1, 0), src).Body
	ofTenant[1] = byte(identity.ScopeTenant) // with an id that it has no place for
	f.Add(ofTenant)
	f.Add(make([]byte, rowSize))
	f.Fuzz(func(t *testing.T, body []byte) {
		scope, err := scopeOf(body)
		if err != nil {
			if !errors.Is(err, store.ErrCorrupt) {
				t.Fatalf("%v is not ErrCorrupt", err)
			}
			return
		}
		if again := newRow(scope, time.Unix(1, 0), src).Body; string(again) != string(body) {
			t.Fatalf("%x is read as a scope that is written %x", body, again)
		}
	})
}
