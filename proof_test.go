package axess_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
)

// Go lets anybody write down a zero proof; reading one is a panic that the chain
// answers with 500, whichever method is called. GRD-004, GRD-013
func TestProof_zero_is_refused_everywhere(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	ada := s.Person("ada@example.org")
	for _, forged := range []any{axess.Authenticated{}, axess.Partial{}} {
		v := reflect.ValueOf(forged)
		if v.NumMethod() < 3 {
			t.Fatalf("%T has %d methods", forged, v.NumMethod())
		}
		for i := range v.NumMethod() {
			name := v.Type().Name() + "." + v.Type().Method(i).Name
			got := panics(func() { v.Method(i).Call(nil) })
			if err, ok := got.(error); !ok || !errors.Is(err, axess.ErrForgedProof) {
				t.Errorf("%s: %v, want ErrForgedProof", name, got)
			}
			path := fmt.Sprintf("/forged/%s", name)
			s.Routes.Public("GET "+path, func(http.ResponseWriter, *http.Request) { v.Method(i).Call(nil) })
			s.Log.Take()
			a := ada.Fetch("GET", path)
			if r := row(t, a); r != "500 internal" || strings.Contains(a.Body, "proof") {
				t.Errorf("%s through the chain: %s %s", name, r, a.Body)
			}
			if lines := s.Log.Lines(axess.ErrForgedProof.Error()); len(lines) != 1 || !strings.Contains(lines[0], a.Header.Get("X-Request-Id")) {
				t.Errorf("%s: the log does not say it under the request id: %q", name, lines)
			}
		}
	}
}

// A proof says what the login is; no accessor asks a store. PRD-054, GRD-003
func TestAuthenticated_says_who(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Routes.Authn("GET /who", func(w http.ResponseWriter, r *http.Request, who axess.Authenticated) {
		s.Ports.Take()
		again, ok := axess.FromContext(r.Context())
		if !ok || again != who {
			t.Error("the context has another proof")
		}
		p := who.Principal()
		if p.Subject().User != who.UserID() || p.Subject().Tenant != who.Tenant() || p.Session() != who.SessionRef() {
			t.Error("the principal is somebody else")
		}
		if who.UserID().IsZero() || who.Tenant().IsZero() || who.SessionRef().IsZero() || len(who.Factors()) == 0 {
			t.Error("something is missing")
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"name": who.DisplayName(), "at": who.AuthTime(), "aal": who.Assurance().AAL})
		if calls := s.Ports.Take(); len(calls) != 0 {
			t.Errorf("accessors asked the stores: %v", calls)
		}
	})
	ada := s.Person("ada@example.org")
	got := ada.Fetch("GET", "/who").Is(t, 200)
	if !strings.Contains(got.Body, `"name":"Somebody"`) || !strings.Contains(got.Body, `"at":"2026-05-04T12:00:00Z"`) {
		t.Error(got.Body)
	}
	if _, ok := axess.FromContext(context.Background()); ok {
		t.Error("a context that nobody guarded has a proof")
	}
	if _, ok := axess.FromContext(t.Context()); ok {
		t.Error("a context that nobody guarded has a proof")
	}
}

// A public route sees no proof, even if somebody is signed in. PRD-059
func TestFromContext_outside_a_guard(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Routes.Public("GET /open", func(w http.ResponseWriter, r *http.Request) {
		if _, ok := axess.FromContext(r.Context()); ok {
			t.Error("a proof without a guard")
		}
	})
	s.Person("ada@example.org").Get("/open").Is(t, 200)
}

// GRD-009
func TestPartial_says_what_is_left(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Enrol(s.Person("ada@example.org"))
	s.Clock.Advance(fronttest.SecondStep)
	s.Routes.Partial("GET /half", func(w http.ResponseWriter, _ *http.Request, p axess.Partial) {
		left := p.Remaining()
		if len(left) != 1 || !left[0].Has(identity.Kind("totp")) || p.Method() == "" || !p.Deadline().Equal(s.Clock.Now().Add(fronttest.FlowDeadline)) {
			t.Errorf("remaining %v of %q until %v", left, p.Method(), p.Deadline())
		}
	})
	s.SignIn("ada@example.org").Get("/half").Is(t, 200)
}
