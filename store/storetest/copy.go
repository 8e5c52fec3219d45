package storetest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/session"
)

// RunCopies takes a record from each of two backends to the other, as a move between
// them does: there it opens, under the cookie that it had, and holds what it held.
// Nothing that is sealed says on which backend it was (STO-069).
func RunCopies(t *testing.T, a, b session.Store) {
	t.Helper()
	rings, err := keys.Ephemeral(entropy.System()).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := copier{T: t, cfg: session.Config{Keys: rings, Clock: clock.NewFake(at(0)), Entropy: entropy.System()}}
	c.moves("there", a, b)
	c.moves("and back", b, a)
}

type copier struct {
	*testing.T
	cfg session.Config
}

// moves copies a record and asks for what it holds.
func (c copier) moves(way string, from, to session.Store) {
	c.Helper()
	note := session.NewKey[string]("note")
	var ref session.Ref
	cookies := c.serve(from, nil, func(s *session.Session) {
		if err := note.Set(s, way); err != nil {
			c.Fatal(err)
		}
		if err := s.Commit(c.Context()); err != nil {
			c.Fatal(err)
		}
		ref = s.View().Ref
	})
	held := func() (text string) {
		c.serve(to, cookies, func(s *session.Session) {
			var err error
			if text, _, err = note.Get(s); err != nil {
				c.Fatalf("%s: %v", way, err)
			}
		})
		return text
	}
	if got := held(); got != "" {
		c.Fatalf("%s: %q before the copy", way, got)
	}
	rec, _, err := from.Load(c.Context(), ref, at(0))
	if err != nil {
		c.Fatal(err)
	}
	if _, err := to.Create(c.Context(), rec, session.Claim{Now: at(0)}); err != nil {
		c.Fatal(err)
	}
	if got := held(); got != way {
		c.Errorf("%s: the copy holds %q", way, got)
	}
}

// serve makes one request and returns its cookies.
func (c copier) serve(on session.Store, cookies []*http.Cookie, do func(*session.Session)) []*http.Cookie {
	c.Helper()
	c.cfg.Store = on
	m, err := session.New(c.cfg)
	if err != nil {
		c.Fatal(err)
	}
	req, rec := httptest.NewRequest(http.MethodGet, "https://app.example.com/", nil), httptest.NewRecorder()
	for _, cookie := range cookies {
		req.AddCookie(cookie)
	}
	m.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, err := session.From(r.Context())
		if err != nil {
			c.Fatal(err)
		}
		do(s)
	})).ServeHTTP(rec, req)
	return rec.Result().Cookies()
}
