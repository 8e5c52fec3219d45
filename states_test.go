package axess_test

import (
	"net/http"
	"testing"

	"github.com/axess-go/axess/internal/fronttest"
)

// inState returns a site and a browser whose session is in a state. Every state
// that a request can arrive in has a row.
var inState = map[string]func(*testing.T) (*fronttest.Site, *fronttest.Browser){
	"guest": func(t *testing.T) (*fronttest.Site, *fronttest.Browser) {
		s := fronttest.New(t)
		return s, s.Browser()
	},
	"guest with an anchor": func(t *testing.T) (*fronttest.Site, *fronttest.Browser) {
		s := fronttest.New(t)
		b := s.Browser()
		b.Get("/auth/sign-in").Is(t, http.StatusOK)
		return s, b
	},
	"in a login": func(t *testing.T) (*fronttest.Site, *fronttest.Browser) {
		s := fronttest.New(t)
		s.Enrol(s.Person("ada@example.org"))
		s.Clock.Advance(secondStep)
		return s, s.SignIn("ada@example.org")
	},
	"login lapsed": func(t *testing.T) (*fronttest.Site, *fronttest.Browser) {
		s := fronttest.New(t)
		s.Enrol(s.Person("ada@example.org"))
		s.Clock.Advance(secondStep)
		b := s.SignIn("ada@example.org")
		s.Clock.Advance(flowDeadline)
		return s, b
	},
	"in a workflow": func(t *testing.T) (*fronttest.Site, *fronttest.Browser) {
		s := fronttest.New(t)
		b, _ := s.SignUp("ada@example.org")
		return s, b
	},
	"signed in": func(t *testing.T) (*fronttest.Site, *fronttest.Browser) {
		s := fronttest.New(t)
		return s, s.Person("ada@example.org")
	},
	"signed in with two factors": func(t *testing.T) (*fronttest.Site, *fronttest.Browser) {
		s := fronttest.New(t)
		b := s.Person("ada@example.org")
		s.Enrol(b)
		return s, b
	},
	"revoked": func(t *testing.T) (*fronttest.Site, *fronttest.Browser) {
		s := fronttest.New(t)
		b := s.Person("ada@example.org")
		s.SignIn("ada@example.org").Post("/auth/account/sessions/end-others", nil).Is(t, http.StatusSeeOther)
		return s, b
	},
	"expired": func(t *testing.T) (*fronttest.Site, *fronttest.Browser) {
		s := fronttest.New(t)
		b := s.Person("ada@example.org")
		s.Clock.Advance(idleTimeout)
		return s, b
	},
	"store down": func(t *testing.T) (*fronttest.Site, *fronttest.Browser) {
		s := fronttest.New(t)
		b := s.Person("ada@example.org")
		s.Ports.Fail(fronttest.Down("session", "identity", "throttle", "outbox"))
		return s, b
	},
	"forged cookie": func(t *testing.T) (*fronttest.Site, *fronttest.Browser) {
		s := fronttest.New(t)
		b := s.Person("ada@example.org")
		v := b.Cookies[b.Cookie("")]
		b.Cookies[b.Cookie("")] = v[:len(v)-2] + "AA"
		return s, b
	},
}
