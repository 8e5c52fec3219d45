package axess_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/session"
)

// Behind a guard everybody sees who acts, and in whose name. PRD-054, IDN-011,
// SES-018
func TestAuthenticated_says_who_acts(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	var bob identity.Subject
	s.Routes.Authn("GET /who", func(w http.ResponseWriter, _ *http.Request, who axess.Authenticated) {
		bob = identity.Subject{Tenant: who.Tenant(), User: who.UserID()}
		actor, acts := who.Actor()
		p, acted := who.Principal().Actor()
		if acts != acted || actor.Subject != p.Subject || !actor.AuthnTime.Equal(p.AuthnTime) {
			t.Errorf("proof says %+v, principal %+v", actor, p)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"user": who.UserID(), "aal": who.Assurance().AAL.String(), "acts": acts, "actor": actor.Subject.User, "actor_aal": actor.Assurance().AAL.String(),
		})
	})
	s.Routes.Authn("GET /act", func(_ http.ResponseWriter, r *http.Request, who axess.Authenticated) {
		sess, err := session.From(r.Context())
		if err != nil {
			t.Error(err)
			return
		}
		_, err = sess.Transition(r.Context(), machine.Impersonate{
			By: identity.Subject{Tenant: who.Tenant(), User: who.UserID()}, Target: bob, Login: identity.NewLoginID(entropy.Seeded(9)),
			Reason: "ticket 7", Until: s.Clock.Now().Add(time.Minute),
		}, session.Commit{})
		if err != nil {
			t.Error(err)
		}
	})
	s.Person("bob@example.org").Get("/who").Is(t, 200)
	target := bob
	ada := s.Person("ada@example.org")
	own := ada.Get("/who").Is(t, 200).Body
	adaID := bob.User
	if !strings.Contains(own, `"acts":false`) {
		t.Fatal(own)
	}
	bob = target
	ada.Get("/act").Is(t, 200)
	got := ada.Get("/who").Is(t, 200).Body
	for _, part := range []string{`"user":"` + target.User.String(), `"acts":true`, `"actor":"` + adaID.String(), `"aal":"aal0"`, `"actor_aal":"aal1"`} {
		if !strings.Contains(got, part) {
			t.Errorf("%s lacks %s", got, part)
		}
	}
	s.Clock.Advance(time.Minute)
	ada.Fetch("GET", "/who").Is(t, 401)
}
