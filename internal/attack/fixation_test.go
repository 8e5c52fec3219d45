package attack

import (
	"maps"
	"net/http"
	"testing"

	"github.com/axess-go/axess/internal/fronttest"
)

// plant puts every cookie of one browser into another, as somebody does who has
// had the victim's browser for a minute, or a sibling host without __Host-.
func plant(from, into *fronttest.Browser) { maps.Copy(into.Cookies, from.Cookies) }

func form(email string) fronttest.Form {
	return fronttest.Form{"identifier": email, "password": fronttest.Password}
}

// Whatever cookie somebody planted before a sign-in, what comes out of the
// sign-in is a session that they do not have. SES-062, SES-063, SES-227, SES-015,
// CSR-014
func TestFixation_before_a_sign_in(t *testing.T) {
	t.Parallel()
	for name, reach := range map[string]func(*testing.T, *site) *fronttest.Browser{
		"an anchor": func(t *testing.T, s *site) *fronttest.Browser {
			b := s.Browser()
			b.Get("/auth/sign-in").Is(t, http.StatusOK)
			return b
		},
		"a login that the attacker began as the victim": func(t *testing.T, s *site) *fronttest.Browser {
			b := s.Browser()
			b.Post("/auth/sign-in", fronttest.Form{"identifier": "ada@example.org", "password": "wrong wrong wrong"}).Is(t, http.StatusUnauthorized)
			return b
		},
		"a sign-up": func(_ *testing.T, s *site) *fronttest.Browser {
			b, _ := s.SignUp("mallory@example.org")
			return b
		},
		"the attacker's own session": func(_ *testing.T, s *site) *fronttest.Browser { return s.Person("mallory@example.org") },
		"a forged cookie": func(_ *testing.T, s *site) *fronttest.Browser {
			b := s.Browser()
			b.Cookies[b.Cookie("")] = "AQGhzNPVAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
			return b
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, s *site) {
				ada := who(s.Person("ada@example.org"))
				attacker := reach(t, s)
				victim := s.Browser()
				plant(attacker, victim)
				victim.Get("/auth/sign-in")
				victim.Post("/auth/sign-in", form("ada@example.org"))
				if got := who(victim); got != ada {
					// Somebody signed in already, or in a workflow, is asked to leave first:
					// then there is nothing to share.
					victim.Post("/auth/sign-out", fronttest.Form{"scope": "this"})
					victim.Get("/auth/sign-in").Is(t, http.StatusOK)
					victim.Post("/auth/sign-in", form("ada@example.org")).Is(t, http.StatusSeeOther)
				}
				if got := who(victim); got != ada {
					t.Fatalf("the victim is %q, want %q", got, ada)
				}
				if sessionOf(victim) == sessionOf(attacker) {
					t.Fatal("the sign-in kept the planted cookie")
				}
				if got := who(attacker); got == ada {
					t.Error("the planted cookie opens the victim's session")
				}
				// The planted token and its cookie are of the planted session.
				forged := victim.Clone()
				forged.Cookies[forged.Cookie("-csrf")] = attacker.Cookies[attacker.Cookie("-csrf")]
				r := forged.Request("POST", "/auth/account/sessions/end-others", fronttest.Form{"_csrf": attacker.Cookies[attacker.Cookie("-csrf")]})
				r.Header.Set("Accept", "application/json")
				if got := forged.Send(r); got.Status != http.StatusForbidden {
					t.Errorf("the planted token is taken: %s", code(got))
				}
			})
		})
	}
}

// A cookie that was seen or planted on one side of a rise in privilege is worth
// nothing on the other, and at no step the same. SES-226, SES-227, SES-106
func TestFixation_across_a_rise_in_privilege(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *site) {
		b := s.Browser()
		seen := map[string]string{}
		var thieves []*fronttest.Browser
		step := func(name string, lowers bool) {
			t.Helper()
			v := sessionOf(b)
			if before, twice := seen[v]; twice {
				t.Fatalf("%s has the cookie of: %s", name, before)
			}
			seen[v] = name
			for _, thief := range thieves {
				if got := thief.Clone().Fetch("GET", "/notes"); got.Status == http.StatusOK && lowers {
					t.Errorf("%s: an older cookie reads %q", name, got.Body)
				}
			}
			thieves = append(thieves, b.Clone())
		}
		b.Get("/auth/sign-up").Is(t, http.StatusOK)
		step("anchor", true)
		b.Post("/auth/sign-up", fronttest.Form{"email": "ada@example.org", "name": "Ada", "password": fronttest.Password}).Is(t, http.StatusSeeOther)
		step("sign-up under way", true)
		link := s.Link()
		b.Get(link).Is(t, http.StatusSeeOther)
		b.Post("/auth/verify", nil).Is(t, http.StatusSeeOther)
		step("signed up and in", true)
		show := s.Enrol(b)
		step("authenticator enrolled", true)
		b.Post("/auth/sign-out", fronttest.Form{"scope": "this"}).Is(t, http.StatusSeeOther)
		s.Clock.Advance(fronttest.SecondStep)
		b.Get("/auth/sign-in").Is(t, http.StatusOK)
		step("signed out", true)
		b.Post("/auth/sign-in", form("ada@example.org")).Is(t, http.StatusSeeOther)
		step("password passed", true)
		half := b.Clone()
		half.Fetch("GET", "/half").Is(t, http.StatusOK)
		b.Post("/auth/factor/totp", fronttest.Form{"code": show()}).Is(t, http.StatusSeeOther)
		step("code passed", true)
		if who(b) == "" {
			t.Fatal("the walk did not sign anybody in")
		}
		if got := code(half.Fetch("GET", "/half")); got != "401 session_revoked" {
			t.Errorf("the half-way cookie after the sign-in: %s", got)
		}
	})
}
