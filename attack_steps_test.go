package axess_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/internal/fronttest"
)

// AUN-042, AUN-071, AUN-I0: the steps of a sign-in in another order, one left out,
// one in another browser, one from another sign-in, or a sign-in that is over, lead
// nowhere: neither is anybody signed in, nor is a code spent on the way.
func TestAttack_steps_in_another_order(t *testing.T) {
	t.Parallel()
	for name, attack := range map[string]func(t *testing.T, s *fronttest.Site, show func() string) *fronttest.Browser{
		"the second step first": func(_ *testing.T, s *fronttest.Site, show func() string) *fronttest.Browser {
			b := s.Browser()
			b.Get("/auth/sign-in")
			post(b, show())
			return b
		},
		"the second step after a wrong password": func(_ *testing.T, s *fronttest.Site, show func() string) *fronttest.Browser {
			b := s.Browser()
			signIn(b, victim, wrong)
			post(b, show())
			return b
		},
		"the second step with the password's form": func(_ *testing.T, s *fronttest.Site, show func() string) *fronttest.Browser {
			b := s.Browser()
			signIn(b, victim, wrong)
			b.Post("/auth/factor/password", fronttest.Form{"password": show(), "code": show()})
			return b
		},
		"the password alone": func(t *testing.T, s *fronttest.Site, _ func() string) *fronttest.Browser {
			t.Helper()
			return atCode(t, s, victim)
		},
		"the password twice": func(t *testing.T, s *fronttest.Site, _ func() string) *fronttest.Browser {
			t.Helper()
			b := atCode(t, s, victim)
			b.Post("/auth/factor/password", fronttest.Form{"password": fronttest.Password})
			b.Post("/auth/factor/totp", fronttest.Form{"code": fronttest.Password})
			return b
		},
		"a step of a kind that there is not": func(t *testing.T, s *fronttest.Site, show func() string) *fronttest.Browser {
			t.Helper()
			b := atCode(t, s, victim)
			for _, kind := range []string{"email_link", "recovery", "passkey", "password,totp", "TOTP", "totp%00", "..", "totp/../password"} {
				b.Post("/auth/factor/"+kind, fronttest.Form{"code": show(), "password": fronttest.Password})
			}
			return b
		},
		"the code in a browser that has no sign-in": func(t *testing.T, s *fronttest.Site, show func() string) *fronttest.Browser {
			t.Helper()
			atCode(t, s, victim)
			b := s.Browser()
			b.Get("/auth/sign-in")
			post(b, show())
			return b
		},
		"the code in a sign-in of somebody else's": func(t *testing.T, s *fronttest.Site, show func() string) *fronttest.Browser {
			t.Helper()
			s.Enrol(s.Person(mallory))
			s.Clock.Advance(fronttest.SecondStep)
			b := atCode(t, s, mallory)
			post(b, show())
			return b
		},
		"the name changed after the password": func(t *testing.T, s *fronttest.Site, show func() string) *fronttest.Browser {
			t.Helper()
			own := s.Enrol(s.Person(mallory))
			s.Clock.Advance(fronttest.SecondStep)
			b := atCode(t, s, mallory)
			signIn(b, victim, wrong) // begins anew: nothing of the first is kept
			post(b, own())
			post(b, show())
			return b
		},
		"a sign-in that has lapsed": func(t *testing.T, s *fronttest.Site, show func() string) *fronttest.Browser {
			t.Helper()
			b := atCode(t, s, victim)
			s.Clock.Advance(fronttest.FlowDeadline)
			post(b, show())
			return b
		},
		"a sign-in from before the sessions were ended": func(t *testing.T, s *fronttest.Site, show func() string) *fronttest.Browser {
			t.Helper()
			ada := atCode(t, s, victim)
			b := atCode(t, s, victim)
			post(ada, show()).Is(t, http.StatusSeeOther)
			ada.Post("/auth/account/sessions/end-others", nil).Is(t, http.StatusSeeOther)
			s.Clock.Advance(fronttest.SecondStep)
			post(b, show())
			return b
		},
		"a copy of a sign-in that was finished": func(t *testing.T, s *fronttest.Site, show func() string) *fronttest.Browser {
			t.Helper()
			ada := atCode(t, s, victim)
			thief := ada.Clone()
			post(ada, show()).Is(t, http.StatusSeeOther)
			s.Clock.Advance(time.Minute) // the grace of a rotation
			post(thief, show())
			return thief
		},
		"a cookie from before the last step": func(t *testing.T, s *fronttest.Site, show func() string) *fronttest.Browser {
			t.Helper()
			planted := s.Browser() // the attacker's, put into the victim's browser
			planted.Get("/auth/sign-in")
			signIn(planted, "nobody@example.org", wrong)
			ada := planted.Clone()
			signIn(ada, victim, fronttest.Password).Is(t, http.StatusSeeOther)
			post(ada, show()).Is(t, http.StatusSeeOther)
			s.Clock.Advance(time.Minute)
			return planted
		},
		"a sign-up in the middle of the sign-in": func(t *testing.T, s *fronttest.Site, show func() string) *fronttest.Browser {
			t.Helper()
			b := atCode(t, s, victim)
			b.Post("/auth/sign-up", fronttest.Form{"email": mallory, "name": "M", "password": mallorys})
			b.Get(s.Link())
			b.Post("/auth/verify", fronttest.Form{"code": show()})
			post(b, show())
			return b
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := serving(t, fronttest.New(t).Beneath())
			show := s.Enrol(s.Person(victim))
			s.Clock.Advance(fronttest.SecondStep)
			b := attack(t, s, show)
			if page := b.Get("/auth/account"); page.Status == http.StatusOK {
				t.Errorf("signed in:\n%s", page.Body)
			}
			// Whoever has both is not in anybody's way.
			s.Clock.Advance(fronttest.SecondStep)
			owner := atCode(t, s, victim)
			post(owner, show()).Is(t, http.StatusSeeOther)
			if !in(owner) {
				t.Error("the owner cannot sign in any more")
			}
		})
	}
}

// PRD-060, PRD-062: sixteen claims at once, over two servers, each with an address and
// an app of its own: one administrator, and of the others neither an account nor a
// session.
func TestAttack_claims_at_once_over_two_servers(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		s, twin := serving(t, stores, func(c *axess.Config) { c.Methods = authn.MFAMethods() })
		link := s.ClaimLink()
		browsers := guessers(16, s, twin) // a claim may set 20 passwords an hour
		codes := make([]func() string, len(browsers))
		for i, b := range browsers {
			b.Get(link).Is(t, http.StatusSeeOther)
			b.Post("/auth/activate", fronttest.Form{
				"email": strings.Replace(victim, "@", string(rune('a'+i))+"@", 1), "name": "Boss", "password": fronttest.Password,
			}).Is(t, http.StatusSeeOther)
			codes[i] = s.App(b.Get("/auth/activate").Is(t, http.StatusOK))
		}
		got := volley(browsers, func(i int, b *fronttest.Browser) fronttest.Answer {
			return b.Post("/auth/activate", fronttest.Form{"code": codes[i]()})
		})
		inside := 0
		for _, b := range browsers {
			if in(b) {
				inside++
			}
		}
		if got[http.StatusSeeOther] != 1 || inside != 1 {
			t.Errorf("answers %v, %d signed in", got, inside)
		}
		if _, err := s.Auth.ClaimLink(t.Context()); err == nil {
			t.Error("there is something left to claim")
		}
		s.Browser().Get(link)
		again := s.Browser()
		again.Get(link)
		again.Get("/auth/activate").Is(t, http.StatusNotFound)
	})
}
