package sqlite_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/memory"
)

// STO-069: nothing in what is sealed says on which backend it was. A record that is
// copied from one to another stays signed in, under the cookie that it had.
func TestRecord_copied_from_memory_stays_signed_in(t *testing.T) {
	t.Parallel()
	src, clk := entropy.Seeded(7), clock.NewFake(at(0))
	rings, err := keys.Ephemeral(src).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	from, to := memory.New(memory.Config{}).Stores().Session, open(t, file(t)).Stores().Session
	serve := func(on session.Store, cookies []*http.Cookie, do func(*session.Session, *http.Request)) []*http.Cookie {
		m, err := session.New(session.Config{Store: on, Keys: rings, Clock: clk, Entropy: src})
		if err != nil {
			t.Fatal(err)
		}
		req, rec := httptest.NewRequest(http.MethodGet, "https://app.example.com/", nil), httptest.NewRecorder()
		for _, c := range cookies {
			req.AddCookie(c)
		}
		m.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			s, err := session.From(r.Context())
			if err != nil {
				t.Error(err)
				return
			}
			do(s, r)
		})).ServeHTTP(rec, req)
		return rec.Result().Cookies()
	}
	login := machine.LoginData{
		Subject: subject(1), AuthTime: at(0), Origin: machine.OriginFactors, Login: identity.NewLoginID(src),
		Evidence: []identity.Evidence{{Kind: "password", At: at(0), Credential: identity.NewCredentialID(src), AMR: []string{"pwd"}, Class: identity.Knowledge}},
	}
	cookies := serve(from, nil, func(s *session.Session, r *http.Request) {
		if _, err := s.Transition(r.Context(), machine.Adopt{Login: login}, session.Commit{}); err != nil {
			t.Error(err)
		}
	})
	listed, err := from.Sessions(t.Context(), subject(1), session.Ref{}, 1, at(0))
	if err != nil || len(listed) != 1 {
		t.Fatalf("%d sessions, %v", len(listed), err)
	}
	signedIn := func() (is bool) {
		serve(to, cookies, func(s *session.Session, _ *http.Request) {
			who, ok := s.State().(session.Authenticated)
			is = ok && who.Subject() == subject(1)
		})
		return is
	}
	if signedIn() {
		t.Fatal("signed in before the copy")
	}
	rec, _, err := from.Load(t.Context(), listed[0].Ref, at(0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.Create(t.Context(), rec, claim(rec)); err != nil {
		t.Fatal(err)
	}
	if !signedIn() {
		t.Error("the copy is not signed in")
	}
}
