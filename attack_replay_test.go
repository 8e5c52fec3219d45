package axess_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/internal/fronttest"
)

// atCode is a browser that has given the password and is asked for a code.
func atCode(t *testing.T, s *fronttest.Site, who string) *fronttest.Browser {
	t.Helper()
	b := s.Browser()
	a := signIn(b, who, fronttest.Password).Is(t, http.StatusSeeOther)
	if a.Header.Get("Location") != "/auth/factor/totp" {
		t.Fatalf("the password leads to %s", a.Header.Get("Location"))
	}
	return b
}

func post(b *fronttest.Browser, code string) fronttest.Answer {
	return b.Post("/auth/factor/totp", fronttest.Form{"code": code})
}

// in reports whether the account page opens.
func in(b *fronttest.Browser) bool { return b.Get("/auth/account").Status == http.StatusOK }

// FAC-032, FAC-I4, AUN-043, AUN-I3: one code, 64 times at once over two servers of
// one store, signs in once.
func TestAttack_one_code_64_times_at_once_over_two_servers(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		s, twin := serving(t, stores, func(c *axess.Config) {
			c.Lockout = authn.UserLock()
			c.Lockout.Threshold = 1000 // the lock is for another test
		})
		show := s.Enrol(s.Person(victim))
		s.Clock.Advance(fronttest.SecondStep)
		browsers := guessers(64, s, twin)
		for _, b := range browsers {
			signIn(b, victim, fronttest.Password).Is(t, http.StatusSeeOther)
		}
		code := show()
		got := volley(browsers, func(_ int, b *fronttest.Browser) fronttest.Answer { return post(b, code) })
		inside := 0
		for _, b := range browsers {
			if in(b) {
				inside++
			}
		}
		if got[http.StatusSeeOther] != 1 || inside != 1 {
			t.Errorf("answers %v, %d signed in", got, inside)
		}
	})
}

// FAC-072, FAC-I11: one recovery code, 64 times at once over two servers of one store,
// leads on once; so does it when the owner replaces the set in that moment, or not at all.
func TestAttack_one_recovery_code_64_times_at_once_over_two_servers(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		s, twin := serving(t, stores, func(c *axess.Config) {
			c.Lockout = authn.UserLock()
			c.Lockout.Threshold = 1000
		})
		owner := s.Person(victim)
		s.Enrol(owner)
		code := regexp.MustCompile(`<code>([0-9A-Z-]{30})</code>`)
		saved := func() (out []string) {
			for _, m := range code.FindAllStringSubmatch(owner.Get("/auth/recovery-codes").Is(t, http.StatusOK).Body, -1) {
				out = append(out, m[1])
			}
			return out
		}
		codes := saved()
		s.Clock.Advance(fronttest.SecondStep)
		use := func() (led int) {
			browsers := guessers(64, s, twin)
			for _, b := range browsers {
				signIn(b, victim, fronttest.Password).Is(t, http.StatusSeeOther)
			}
			volley(browsers, func(i int, b *fronttest.Browser) fronttest.Answer {
				if i == 63 {
					return owner.Post("/auth/account/recovery-codes", fronttest.Form{})
				}
				return b.Post("/auth/factor/recovery", fronttest.Form{"code": codes[0]})
			})
			for _, b := range browsers {
				if b.Get("/auth/recover").Status == http.StatusOK {
					led++
				}
			}
			return led
		}
		led := use()
		renewed := in(owner) && !slices.Equal(saved(), codes)
		if led > 1 || led == 1 && renewed || led == 0 && !renewed {
			t.Errorf("%d led on, the set was replaced: %v", led, renewed)
		}
	})
}

// FAC-031, FAC-032, FAC-I5: a code that was used is used up, wherever, whenever and
// by whichever clock it comes again.
func TestAttack_code_that_was_used(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		s, twin := serving(t, stores)
		ada := s.Person(victim)
		page := ada.Get("/auth/account/factors/totp").Is(t, http.StatusOK)
		show := s.App(page)
		refused := func(what, code string) {
			t.Helper()
			for _, at := range []*fronttest.Site{s, twin} {
				b := atCode(t, at, victim)
				if a := post(b, code); a.Status != http.StatusUnauthorized || in(b) {
					t.Errorf("%s: %d", what, a.Status)
				}
			}
		}
		enrolled := show()
		ada.Post("/auth/account/factors/totp", fronttest.Form{"code": enrolled}).Is(t, http.StatusSeeOther)
		refused("the code of the enrolment", enrolled)

		// Further than the clock steps back below: a credential that is younger than
		// the flow does not count in it (FAC-007).
		s.Clock.Advance(2 * time.Hour)
		used := show()
		b := atCode(t, s, victim)
		post(b, used).Is(t, http.StatusSeeOther)
		refused("again", used)
		s.Clock.Advance(fronttest.SecondStep)
		refused("again, at the far edge of its window", used)

		// A code of the next step, as a phone that is ahead shows it, uses up the
		// present one too.
		present := show()
		s.Clock.Advance(fronttest.SecondStep)
		ahead := show()
		s.Clock.Set(s.Clock.Now().Add(-fronttest.SecondStep))
		post(atCode(t, twin, victim), ahead).Is(t, http.StatusSeeOther)
		refused("the one before it", present)
		refused("itself", ahead)

		// A clock that steps back asks for codes again that were shown before.
		now := s.Clock.Now()
		for _, back := range []time.Duration{time.Second, 30 * time.Second, time.Minute, 90 * time.Second, time.Hour} {
			s.Clock.Set(now.Add(-back))
			refused(fmt.Sprintf("%v back, what the app shows", back), show())
			refused(fmt.Sprintf("%v back, what was used", back), used)
		}
		s.Clock.Set(now.Add(2 * fronttest.SecondStep))
		post(atCode(t, s, victim), show()).Is(t, http.StatusSeeOther)
	})
}

// FAC-032, FAC-035: the code of one app uses up nothing of another, and neither
// works twice.
func TestAttack_codes_of_two_apps(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		s, _ := serving(t, stores)
		ada := s.Person(victim)
		first := s.Enrol(ada)
		second := s.Enrol(ada)
		s.Clock.Advance(fronttest.SecondStep)
		for _, show := range []func() string{first, second} {
			post(atCode(t, s, victim), show()).Is(t, http.StatusSeeOther)
			post(atCode(t, s, victim), show()).Is(t, http.StatusUnauthorized)
		}
	})
}

// FAC-032: the code that makes an account or the first administrator signs nobody
// else in.
func TestAttack_code_that_made_the_account(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		s, twin := serving(t, stores, func(c *axess.Config) { c.Methods = authn.MFAMethods() })
		ada, link := s.SignUp(victim)
		ada.Get(link).Is(t, http.StatusSeeOther)
		ada.Post("/auth/verify", nil).Is(t, http.StatusSeeOther)
		code := s.App(ada.Get("/auth/verify").Is(t, http.StatusOK))()
		ada.Post("/auth/verify", fronttest.Form{"code": code}).Is(t, http.StatusSeeOther)
		post(atCode(t, twin, victim), code).Is(t, http.StatusUnauthorized)

		boss := s.Browser()
		boss.Get(s.ClaimLink()).Is(t, http.StatusSeeOther)
		boss.Post("/auth/activate", fronttest.Form{"email": "boss@example.org", "name": "Boss", "password": fronttest.Password}).Is(t, http.StatusSeeOther)
		code = s.App(boss.Get("/auth/activate").Is(t, http.StatusOK))()
		boss.Post("/auth/activate", fronttest.Form{"code": code}).Is(t, http.StatusSeeOther)
		post(atCode(t, twin, "boss@example.org"), code).Is(t, http.StatusUnauthorized)
	})
}

// FAC-I11, AUN-I15: one mailed link, opened and posted 64 times at once over two
// servers, each time with another password, makes one account with one of them,
// whether the browser that asked for it is among them or not.
func TestAttack_one_link_64_times_at_once_over_two_servers(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		s, twin := serving(t, stores)
		for _, own := range []bool{false, true} {
			who := fmt.Sprintf("ada-%v@example.org", own)
			asked, link := s.SignUp(who)
			browsers := guessers(64, s, twin)
			if own {
				browsers[7] = asked
			}
			for _, b := range browsers {
				b.Get(link).Is(t, http.StatusSeeOther)
			}
			word := func(i int) string { return fmt.Sprintf("the password of browser %d", i) }
			got := volley(browsers, func(i int, b *fronttest.Browser) fronttest.Answer {
				return b.Post("/auth/verify", fronttest.Form{"password": word(i)})
			})
			winner, inside := -1, 0
			for i, b := range browsers {
				if in(b) {
					winner = i
					inside++
				}
			}
			if got[http.StatusSeeOther] != 1 || inside != 1 {
				t.Fatalf("own %v: answers %v, %d signed in", own, got, inside)
			}
			s.Clock.Advance(time.Hour) // the lock of an address
			for i := range browsers {
				s.Clock.Advance(16 * time.Minute)
				right := word(i)
				if browsers[i] == asked {
					right = fronttest.Password
				}
				b := s.Browser()
				if got := signIn(b, who, right).Status == http.StatusSeeOther; got != (i == winner) {
					t.Errorf("own %v: the password of browser %d opens: %v; browser %d won", own, i, got, winner)
				}
			}
		}
	})
}

// AUN-126, FAC-085: a link that is used, older than another, past its time, of
// another purpose or made up is answered by one page, in every browser, and
// nothing comes of posting it.
func TestAttack_links_that_open_nothing(t *testing.T) {
	t.Parallel()
	onBackends(t, func(t *testing.T, stores backend.Stores) {
		s, twin := serving(t, stores)
		asked, old := s.SignUp(victim)
		newer, link := s.SignUp(victim)
		claim := s.ClaimLink()
		s.Clock.Advance(time.Second)
		_, gone := s.SignUp("late@example.org")
		s.Clock.Advance(25 * time.Hour)
		again, used := s.SignUp("used@example.org")
		again.Get(used).Is(t, http.StatusSeeOther)
		again.Post("/auth/verify", nil).Is(t, http.StatusSeeOther)
		crossed := "/auth/verify?" + strings.SplitN(s.ClaimLink(), "?", 2)[1]
		_, fresh := s.SignUp("fresh@example.org")
		bent := fresh[:len(fresh)-3] + "AAA"
		if bent == fresh {
			bent = fresh[:len(fresh)-3] + "BBB"
		}
		var page string
		for name, path := range map[string]string{
			"older": old, "past its time": link, "past its time too": gone, "used": used, "a claim": crossed,
			"a claim as it was": claim, "bent": bent, "of nobody": "/auth/verify?token=" + strings.Repeat("A", 64),
		} {
			path = strings.Replace(path, "/auth/activate", "/auth/verify", 1)
			for _, b := range []*fronttest.Browser{asked, newer, s.Browser(), twin.Browser()} {
				b.Get(path).Is(t, http.StatusSeeOther)
				a := b.Get("/auth/verify")
				if page == "" {
					page = masked(a.Body, "")
				}
				if a.Status != http.StatusNotFound && a.Status != http.StatusGone && a.Status != http.StatusBadRequest || masked(a.Body, "") != page {
					t.Errorf("%s: %d %s", name, a.Status, apart(masked(a.Body, ""), page))
				}
				b.Get(path)
				if a := b.Post("/auth/verify", fronttest.Form{"password": "somebody else's password"}); a.Status < 400 || in(b) {
					t.Errorf("%s: posting it answers %d", name, a.Status)
				}
			}
		}
	})
}
