package ui_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/internal/fronttest"
)

// Whoever signs in learns that it failed and nothing else: the answers to an
// unknown person, a wrong password and an address that was never confirmed are
// the same but for what is random. UIX-052, UIX-071, AUN-I1
func TestSignIn_failures_are_one(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Person("known@example.org")
	s.SignUp("never@example.org")
	s.Enrol(s.Person("twofa@example.org"))
	want := ""
	for _, who := range []string{"known@example.org", "never@example.org", "twofa@example.org", "wrong@example.org", "bad@@example.orgg", strings.Repeat("x", 300)} {
		b := s.Browser()
		b.Get("/auth/sign-in").Is(t, 200)
		a := b.Post("/auth/sign-in", fronttest.Form{"identifier": who, "password": "not the right one"}).Is(t, 401)
		got := plain(a, who)
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s gets another answer:\n%s\nwant\n%s", who, got, want)
		}
	}
	if !strings.Contains(want, "Those details did not match. Check them and try again.") || !strings.Contains(want, "<title>Error: ") {
		t.Error(want)
	}
	// A wrong code says the same sentence on its own page.
	s.Clock.Advance(fronttest.SecondStep)
	b := s.SignIn("twofa@example.org")
	a := b.Post("/auth/factor/totp", fronttest.Form{"code": "000000"}).Is(t, 401)
	if !strings.Contains(a.Body, "Those details did not match. Check them and try again.") {
		t.Error(a.Body)
	}
}

var random = regexp.MustCompile(`[A-Za-z0-9_-]{43,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// plain is an answer without tokens, ids and what was typed.
func plain(a fronttest.Answer, typed string) string {
	a.Header.Del("Content-Length") // the typed name is longer or shorter
	text := fmt.Sprintf("%d %v\n%s", a.Status, a.Header, a.Body)
	return random.ReplaceAllString(strings.ReplaceAll(text, `value="`+typed+`"`, `value=""`), "*")
}

// UIX-054, AUN-052, MID-063: a lock says how long, keeps the form, and is the
// same for somebody whom nobody knows.
func TestSignIn_throttled(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Person("known@example.org")
	var answers []string
	for _, who := range []string{"known@example.org", "wrong@example.org"} {
		b := s.Browser()
		var a fronttest.Answer
		for range 6 {
			s.Clock.Advance(7 * time.Second) // slower than the limit of the address
			b.Get("/auth/sign-in")
			a = b.Post("/auth/sign-in", fronttest.Form{"identifier": who, "password": "not the right one"})
		}
		a.Is(t, 429)
		if ra := a.Header.Get("Retry-After"); ra != "893" && ra != "900" {
			t.Errorf("%s: Retry-After %q", who, ra)
		}
		for _, words := range []string{"Too many tries.", "minutes", `value="` + who + `"`, "There is a problem"} {
			if !strings.Contains(a.Body, words) {
				t.Errorf("%s: the page does not say %q:\n%s", who, words, a.Body)
			}
		}
		if strings.Contains(a.Body, "not the right one") {
			t.Error("the password is on the page")
		}
		answers = append(answers, regexp.MustCompile(`\d\d:\d\d|T[0-9:]+Z`).ReplaceAllString(plain(a, who), "T"))
		// The right password does not help while it lasts.
		b.Post("/auth/sign-in", fronttest.Form{"identifier": who, "password": fronttest.Password}).Is(t, 429)
	}
	if answers[0] != answers[1] {
		t.Errorf("the lock tells who exists:\n%s\n%s", answers[0], answers[1])
	}
}

// decisions §6: a store that does not answer leaves session and cookie alone,
// and the page says so. UIX-042, UIX-056, SES-074
func TestSignOut_while_the_store_is_down(t *testing.T) {
	t.Parallel()
	for _, scope := range []string{"this", "all"} {
		s := fronttest.New(t)
		ada := s.Person("ada@example.org")
		s.Ports.Fail(func(port, verb string) error {
			if port == "session" && verb != "Load" || port == "identity" {
				return fronttest.Down(port)(port, verb)
			}
			return nil
		})
		a := ada.Post("/auth/sign-out", fronttest.Form{"scope": scope}).Is(t, 503)
		if a.Sets(ada.Cookie("")) || a.Header.Get("Retry-After") == "" || !strings.Contains(a.Body, "Nothing was changed") || len(a.Header["Clear-Site-Data"]) != 0 {
			t.Errorf("scope %s: %v\n%s", scope, a.Header, a.Body)
		}
		s.Ports.Fail(nil)
		ada.Get("/auth/account").Is(t, 200)
		ada.Post("/auth/sign-out", fronttest.Form{"scope": scope}).Is(t, 303)
		ada.Get("/auth/account").Is(t, 303)
	}
}

// UIX-042, UIX-059: an address signs nobody out, and afterwards no page of any
// browser shows the account. CSR-010
func TestSignOut(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	ada, phone := s.Person("ada@example.org"), s.SignIn("ada@example.org")
	ada.Get("/auth/sign-out").Is(t, 200)
	ada.Send(ada.Request("HEAD", "/auth/sign-out", nil)).Is(t, 200)
	ada.Send(ada.Request("POST", "/auth/sign-out", fronttest.Form{"_csrf": ""})).Is(t, 403)
	ada.Get("/auth/account").Is(t, 200)
	ada.Post("/auth/sign-out", fronttest.Form{"scope": "this"}).Is(t, 303)
	phone.Get("/auth/account").Is(t, 200)
	if a := ada.Get("/auth/sign-out").Is(t, 200); strings.Contains(a.Body, "Somebody") || !strings.Contains(a.Body, "signed out") {
		t.Error(a.Body)
	}
	again := s.SignIn("ada@example.org")
	again.Post("/auth/sign-out", fronttest.Form{"scope": "all"}).Is(t, 303)
	phone.Get("/auth/account").Is(t, 303)
}

// PRD-018, UIX-025: closed means closed, and says nothing of it.
func TestSignUp_closed(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t, func(c *axess.Config) { c.SignUp = axess.SignUpClosed })
	b := s.Browser()
	b.Get("/auth/sign-up").Is(t, 404)
	s.Ports.Take()
	b.Post("/auth/sign-up", fronttest.Form{"email": "ada@example.org", "password": fronttest.Password}).Is(t, 404)
	if calls := s.Ports.Take(); slices.ContainsFunc(calls, writes) {
		t.Errorf("a closed sign-up wrote: %v", calls)
	}
	for _, path := range []string{"/", "/auth/sign-in"} {
		if a := b.Get(path); strings.Contains(a.Body, "/auth/sign-up") {
			t.Errorf("%s points to the sign-up", path)
		}
	}
}

// UIX-026: known or new, the answers are the same.
func TestSignUp_tells_nothing_of_accounts(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Person("known@example.org")
	s.SignUp("never@example.org")
	var want []string
	for _, who := range []string{"fresh@example.org", "known@example.org", "never@example.org"} {
		b := s.Browser()
		b.Get("/auth/sign-up")
		a := b.Post("/auth/sign-up", fronttest.Form{"email": who, "name": "Ada", "password": fronttest.Password})
		page := b.Get(a.Header.Get("Location"))
		got := []string{plain(a, who), strings.ReplaceAll(plain(page, who), who, "*")}
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nwant\n%s", who, got, want)
		}
	}
}
