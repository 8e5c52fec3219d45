package machine

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/identity"
)

var (
	t0      = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	person  = subject(1)
	other   = subject(2)
	loginID = idOf[identity.LoginID](7)
)

func subject(n byte) identity.Subject {
	return identity.Subject{Tenant: idOf[identity.TenantID](0x10 + n), User: idOf[identity.UserID](0x20 + n)}
}

func idOf[I identity.AnyID](n byte) I {
	return identity.FromBytes[I]([16]byte{n, 6: 0x40, 8: 0x80, 15: n})
}

func proven(k identity.Kind, at time.Time) identity.Evidence {
	return identity.Evidence{Kind: k, At: at, AMR: []string{string(k)}, Class: identity.Knowledge}
}

func flowData(s identity.Subject, steps ...identity.Step) FlowData {
	return FlowData{
		ID:       FlowID{1},
		Subject:  s,
		Method:   "password",
		Menu:     []string{"password", "passkey"},
		Steps:    steps,
		Deadline: t0.Add(15 * time.Minute),
		Epochs:   identity.Epochs{Global: 1, Tenant: 2, User: 3},
	}
}

func loginData(s identity.Subject) LoginData {
	return LoginData{
		Subject:  s,
		AuthTime: t0.Add(-time.Hour),
		Evidence: []identity.Evidence{proven("password", t0.Add(-time.Hour))},
		Origin:   OriginFactors,
		Login:    loginID,
		Epochs:   identity.Epochs{Global: 1, Tenant: 2, User: 3},
		Profile:  Profile{DisplayName: "Ann"},
	}
}

// colleague is another person of the same tenant.
var colleague = identity.Subject{Tenant: person.Tenant, User: idOf[identity.UserID](0x2f)}

// impersonation lets person act as colleague.
func impersonation() Impersonate {
	return Impersonate{
		By: person, Target: colleague, Login: idOf[identity.LoginID](8),
		Epochs: identity.Epochs{Global: 1, Tenant: 2, User: 9}, Profile: Profile{DisplayName: "Bo"},
		Reason: "ticket 7", Until: t0.Add(15 * time.Minute),
		CreatedAt: t0.Add(-time.Hour), AbsUntil: t0.Add(7 * 24 * time.Hour),
	}
}

func workflowData(s identity.Subject) WorkflowData {
	return WorkflowData{
		Subject:  s,
		Kind:     WorkflowSignup,
		Total:    1,
		Deadline: t0.Add(24 * time.Hour),
		Then:     ThenAuthenticated,
		Epochs:   identity.Epochs{Global: 1, Tenant: 2, User: 3},
		Address:  "ann@example.com",
	}
}

var (
	password = identity.Required("password")
	totp     = identity.Required("totp")
	either   = identity.AnyOf("totp", "passkey")
)

// must makes a move that has to succeed.
func must(t testing.TB, s State, e Event) State {
	t.Helper()
	next, _, err := Next(s, e, t0)
	if err != nil {
		t.Fatalf("Next(%T, %T): %v", s, e, err)
	}
	return next
}

func flowOf(t testing.TB, f FlowData) Authenticating {
	t.Helper()
	return must(t, Guest{}, Begin{f}).(Authenticating)
}

func loggedIn(t testing.TB) Authenticated {
	t.Helper()
	return must(t, Guest{}, Adopt{loginData(person)}).(Authenticated)
}

// earn passes the last step.
func earn(t testing.TB, a Authenticating, k identity.Kind) Proof {
	t.Helper()
	_, out, p, err := Advance(a, proven(k, t0), t0)
	if err != nil || out != Completed {
		t.Fatalf("Advance: %v, %v", out, err)
	}
	return p
}

// dump writes a value out to its last byte, through pointers and unexported
// fields, so that two dumps are equal exactly when nothing differs.
func dump(v any) string {
	var b strings.Builder
	write(&b, reflect.ValueOf(v))
	return b.String()
}

func write(b *strings.Builder, v reflect.Value) {
	if v.IsValid() {
		fmt.Fprintf(b, "%s(", v.Type())
		defer b.WriteByte(')')
	}
	switch v.Kind() {
	case reflect.Invalid:
		b.WriteString("nil")
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		write(b, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			write(b, v.Field(i))
		}
	case reflect.Slice:
		// The spare room of a slice is shared with whoever else holds it.
		fmt.Fprintf(b, "%d/%d,", v.Len(), v.Cap())
		for i := range v.Cap() {
			write(b, v.Slice(0, v.Cap()).Index(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			write(b, v.Index(i))
		}
	default:
		fmt.Fprintf(b, "%v", v)
	}
}
