package session

import (
	"net/http"
	"testing"

	"github.com/axess-go/axess/internal/machine"
)

// The whole way of a login, a rotation and a logout.
func TestManager_smoke(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	b := g.browser()
	b.must(machine.Begin{Flow: g.flow(g.subj)})
	first := b.cookie
	b.must(machine.Pass{Evidence: g.evidence("password")})
	if b.cookie == first {
		t.Fatal("no new id")
	}
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		a := s.State().(Authenticating)
		_, out, proof, err := machine.Advance(a, g.evidence("totp"), g.now())
		if err != nil || out != machine.Completed {
			t.Fatal(err)
		}
		l := g.login(g.subj)
		if _, err := s.Transition(r.Context(), machine.Complete{Proof: proof, Login: l.Login, Epochs: l.Epochs, Profile: l.Profile}, Commit{}); err != nil {
			t.Fatal(err)
		}
	})
	v := b.view()
	if a, ok := v.State.(Authenticated); !ok || len(a.Evidence()) != 2 || v.Rev != 1 || !v.AbsUntil.Equal(t0.AddDate(0, 0, 7)) {
		t.Fatalf("%+v", v)
	}
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		if err := s.Rotate(r.Context()); err != nil {
			t.Fatal(err)
		}
	})
	b.do(func(_ http.ResponseWriter, r *http.Request, s *Session) {
		if err := s.Logout(r.Context()); err != nil {
			t.Fatal(err)
		}
	})
	if b.cookie != "" || len(g.db.list()) != 0 {
		t.Fatal(b.cookie, g.db.list())
	}
}
