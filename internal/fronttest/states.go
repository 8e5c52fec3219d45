package fronttest

import (
	"net/http"
	"testing"
	"time"
)

const (
	// SecondStep is when an authenticator app shows its next code.
	SecondStep = 30 * time.Second
	// FlowDeadline is when an unfinished login lapses, IdleTimeout when a
	// finished one does.
	FlowDeadline = 15 * time.Minute
	IdleTimeout  = 24*time.Hour + time.Second
	// StepUpAge is when a change of the account asks for a factor again.
	StepUpAge = 5*time.Minute + time.Second
)

// State is a situation in which a request may arrive.
type State struct {
	Name  string
	Reach func(testing.TB) (*Site, *Browser)
}

// States are all of them, each with a site of its own and a browser in it.
func States() []State {
	return []State{
		{"guest", func(t testing.TB) (*Site, *Browser) {
			s := New(t)
			return s, s.Browser()
		}},
		{"guest with an anchor", func(t testing.TB) (*Site, *Browser) {
			s := New(t)
			b := s.Browser()
			b.Get("/auth/sign-in").Is(t, http.StatusOK)
			return s, b
		}},
		{"in a login", func(t testing.TB) (*Site, *Browser) {
			s := New(t)
			s.Enrol(s.Person("ada@example.org"))
			s.Clock.Advance(SecondStep)
			return s, s.SignIn("ada@example.org")
		}},
		{"login lapsed", func(t testing.TB) (*Site, *Browser) {
			s := New(t)
			s.Enrol(s.Person("ada@example.org"))
			s.Clock.Advance(SecondStep)
			b := s.SignIn("ada@example.org")
			s.Clock.Advance(FlowDeadline)
			return s, b
		}},
		{"in a workflow", func(t testing.TB) (*Site, *Browser) {
			s := New(t)
			b, _ := s.SignUp("ada@example.org")
			return s, b
		}},
		{"owes another password", func(t testing.TB) (*Site, *Browser) {
			s := New(t)
			s.Person("ada@example.org")
			return s, s.Known("ada@example.org")
		}},
		{"signed in", func(t testing.TB) (*Site, *Browser) {
			s := New(t)
			return s, s.Person("ada@example.org")
		}},
		{"signed in with two factors", func(t testing.TB) (*Site, *Browser) {
			s := New(t)
			b := s.Person("ada@example.org")
			s.Enrol(b)
			return s, b
		}},
		{"in a step-up", func(t testing.TB) (*Site, *Browser) {
			s := New(t)
			b := s.Person("ada@example.org")
			s.Enrol(b)
			s.Clock.Advance(StepUpAge)
			b.Get("/auth/account/password").Is(t, http.StatusSeeOther)
			return s, b
		}},
		{"acting as somebody", func(t testing.TB) (*Site, *Browser) {
			s := New(t)
			s.Person("ada@example.org")
			return s, s.Acting("ada@example.org")
		}},
		{"revoked", func(t testing.TB) (*Site, *Browser) {
			s := New(t)
			b := s.Person("ada@example.org")
			s.SignIn("ada@example.org").Post("/auth/account/sessions/end-others", nil).Is(t, http.StatusSeeOther)
			return s, b
		}},
		{"expired", func(t testing.TB) (*Site, *Browser) {
			s := New(t)
			b := s.Person("ada@example.org")
			s.Clock.Advance(IdleTimeout)
			return s, b
		}},
		{"store down", func(t testing.TB) (*Site, *Browser) {
			s := New(t)
			b := s.Person("ada@example.org")
			s.Ports.Fail(Down("session", "identity", "throttle", "outbox"))
			return s, b
		}},
		{"forged cookie", func(t testing.TB) (*Site, *Browser) {
			s := New(t)
			b := s.Person("ada@example.org")
			v := b.Cookies[b.Cookie("")]
			b.Cookies[b.Cookie("")] = v[:len(v)-2] + "AA"
			return s, b
		}},
	}
}
