package axess_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/internal/fronttest"
)

// AUN-030, AUN-033, AUN-122: whether an address is new, waits, has an account or
// holds the administrator's role shows in no answer and in no call of a store,
// neither where an app is a choice nor where everybody has one.
func TestAddresses_of_every_kind_look_alike(t *testing.T) {
	t.Parallel()
	for name, methods := range map[string]func(*axess.Config){
		"by choice": func(*axess.Config) {},
		"everybody": func(c *axess.Config) { c.Methods = authn.MFAMethods() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fronttest.New(t, methods)
			claimed := s.Browser()
			claimed.Get(s.ClaimLink()).Is(t, http.StatusSeeOther)
			claimed.Post("/auth/activate", fronttest.Form{"email": "role_@example.org", "name": "Boss", "password": fronttest.Password}).Is(t, http.StatusSeeOther)
			app := s.App(claimed.Get("/auth/activate").Is(t, http.StatusOK))
			claimed.Post("/auth/activate", fronttest.Form{"code": app()}).Is(t, http.StatusSeeOther)
			known, link := s.SignUp("known@example.org")
			known.Get(link).Is(t, http.StatusSeeOther)
			known.Post("/auth/verify", nil).Is(t, http.StatusSeeOther)
			if name == "everybody" {
				app = s.App(known.Get("/auth/verify").Is(t, http.StatusOK))
				known.Post("/auth/verify", fronttest.Form{"code": app()}).Is(t, http.StatusSeeOther)
			}
			s.SignUp("waits@example.org")
			var first []string
			for _, who := range []string{"fresh@example.org", "waits@example.org", "known@example.org", "role_@example.org"} {
				s.Clock.Advance(2 * time.Hour) // the mails of an hour, the lock of an address
				switch got := visited(s, who); {
				case first == nil:
					first = got
				case !slices.Equal(first, got):
					t.Errorf("%s\n%s\nfresh@example.org\n%s", who, strings.Join(got, "\n"), strings.Join(first, "\n"))
				}
			}
		})
	}
}

// visited tries to sign up and to sign in with an address, and says what could be
// seen of it from outside and at the stores.
func visited(s *fronttest.Site, who string) (seen []string) {
	see := func(a fronttest.Answer) {
		var cookies []string
		for _, line := range a.Header["Set-Cookie"] {
			name, value, _ := strings.Cut(line, "=")
			cookies = append(cookies, fmt.Sprint(name, len(value)))
		}
		// Background jobs come when they come.
		calls := slices.DeleteFunc(s.Ports.Take(), func(c string) bool {
			return strings.HasPrefix(c, "outbox.") || c == "session.Kids"
		})
		seen = append(seen, fmt.Sprint(a.Status, a.Header.Get("Location"), cookies, len(a.Body), calls))
	}
	up, in := s.Browser(), s.Browser()
	up.Get("/auth/sign-up")
	in.Get("/auth/sign-in")
	s.Ports.Take()
	see(up.Post("/auth/sign-up", fronttest.Form{"email": who, "name": "Somebody", "password": fronttest.Password}))
	see(up.Get("/auth/sign-up/sent"))
	see(up.Get("/auth/verify"))
	see(up.Post("/auth/verify", fronttest.Form{"code": "123456"}))
	see(up.Get("/auth/account"))
	see(in.Post("/auth/sign-in", fronttest.Form{"identifier": who, "password": "a wrong password altogether"}))
	see(in.Get("/auth/factor/totp"))
	see(in.Post("/auth/factor/totp", fronttest.Form{"code": "123456"}))
	see(in.Get("/auth/account"))
	return seen
}
