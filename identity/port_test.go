package identity_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/axess-go/axess/identity"
)

func verbs(t reflect.Type) (names []string) {
	for i := range t.NumMethod() {
		names = append(names, t.Method(i).Name)
	}
	return names
}

// IDN-060, IDN-062, IDN-063: the tiers are what they are by embedding, and each adds
// what is written here: a login writes by Record alone, the rest by Apply, and no verb
// takes a callback that would run inside a transaction.
func TestPorts_by_tier(t *testing.T) {
	t.Parallel()
	lookup, log, admin := reflect.TypeFor[identity.Lookup](), reflect.TypeFor[identity.AuthnLog](), reflect.TypeFor[identity.Admin]()
	if !log.Implements(lookup) || !admin.Implements(log) {
		t.Fatal("a wider tier lacks something of a narrower one")
	}
	added := func(wide, narrow reflect.Type) []string {
		has := verbs(narrow)
		return slices.DeleteFunc(verbs(wide), func(v string) bool { return slices.Contains(has, v) })
	}
	if got := added(log, lookup); !slices.Equal(got, []string{"Record"}) {
		t.Errorf("a login may also %v", got)
	}
	if got, want := added(admin, log), []string{"Apply", "CredentialKids", "Overdue", "Sweep", "Tenants"}; !slices.Equal(got, want) {
		t.Errorf("administration adds %v, want %v", got, want)
	}
	for i := range admin.NumMethod() {
		m := admin.Method(i)
		for j := range m.Type.NumIn() {
			if m.Type.In(j).Kind() == reflect.Func {
				t.Errorf("%s takes a callback", m.Name)
			}
		}
	}
}

// IDN-074: what somebody signs in with belongs to a tenant and a user by its type; no
// change that writes one names a scope.
func TestCredentials_exist_at_user_scope_alone(t *testing.T) {
	t.Parallel()
	scope := reflect.TypeFor[identity.Scope]()
	for _, x := range []reflect.Type{
		reflect.TypeFor[identity.Credential](), reflect.TypeFor[identity.PutCredential](), reflect.TypeFor[identity.DropCredential](),
		reflect.TypeFor[identity.VoidCredentials](), reflect.TypeFor[identity.AdvanceCredential](),
	} {
		for i := range x.NumField() {
			if x.Field(i).Type == scope {
				t.Errorf("%s has a scope", x)
			}
		}
	}
}
