package ui_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/internal/fronttest"
)

var bossDetails = fronttest.Form{"email": "boss@example.org", "name": "The Boss", "password": fronttest.Password}

// begun is a browser that has done the first step, with its app.
func begun(t *testing.T, s *fronttest.Site, link string) (*fronttest.Browser, func() string) {
	t.Helper()
	b := s.Browser()
	b.Get(link).Is(t, http.StatusSeeOther)
	b.Get("/auth/activate").Is(t, http.StatusOK)
	b.Post("/auth/activate", bossDetails).Is(t, http.StatusSeeOther)
	return b, s.App(b.Get("/auth/activate").Is(t, http.StatusOK))
}

// Opening the link writes nothing and takes the token out of the address.
// UIX-007, UIX-062
func TestClaim_opening_the_link_writes_nothing(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	link := s.ClaimLink()
	token := link[strings.Index(link, "token=")+6:]
	b := s.Browser()
	s.Ports.Take()
	s.Log.Take()
	a := b.Get(link).Is(t, http.StatusSeeOther)
	page := b.Get("/auth/activate").Is(t, http.StatusOK)
	if calls := s.Ports.Take(); slices.ContainsFunc(calls, writes) {
		t.Errorf("looking called %v", calls)
	}
	if a.Header.Get("Location") != "/auth/activate" || a.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("leads to %q with referrer policy %q", a.Header.Get("Location"), a.Header.Get("Referrer-Policy"))
	}
	for what, text := range map[string]string{
		"page": page.Body, "headers": fmt.Sprint(a.Header, page.Header), "body": a.Body, "log": s.Log.Take(), "cookies": fmt.Sprint(b.Cookies),
	} {
		if strings.Contains(text, token) {
			t.Errorf("the token is in the %s", what)
		}
	}
	if cc := page.Header.Get("Cache-Control"); cc != "no-store" {
		t.Errorf("Cache-Control %q", cc)
	}
	b.Send(b.Request(http.MethodHead, link, nil)).Is(t, http.StatusSeeOther)
}

// PRD-062: without a live link there is nothing here, by no method and for no
// link, and the answer is that of an address that does not exist.
func TestClaim_without_a_live_link_is_not_found(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(s *fronttest.Site, link string) string{
		"none":     func(*fronttest.Site, string) string { return "/auth/activate" },
		"empty":    func(*fronttest.Site, string) string { return "/auth/activate?token=" },
		"nonsense": func(*fronttest.Site, string) string { return "/auth/activate?token=%E2%9C%97%00" },
		"long":     func(*fronttest.Site, string) string { return "/auth/activate?token=" + strings.Repeat("A", 4000) },
		"forged":   func(_ *fronttest.Site, link string) string { return link[:len(link)-3] + "AAA" },
		"voided":   func(s *fronttest.Site, link string) string { s.ClaimLink(); return link },
		"expired":  func(s *fronttest.Site, link string) string { s.Clock.Advance(24 * time.Hour); return link },
		"of a sign-up": func(s *fronttest.Site, _ string) string {
			_, mailed := s.SignUp("ada@example.org")
			return strings.Replace(mailed, "/verify", "/activate", 1)
		},
		"used": func(s *fronttest.Site, link string) string {
			b, app := begun(t, s, link)
			b.Post("/auth/activate", fronttest.Form{"code": app()}).Is(t, http.StatusSeeOther)
			return link
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fronttest.New(t)
			link := spoil(s, s.ClaimLink())
			b := s.Browser()
			b.Get("/auth/sign-in")
			s.Ports.Take()
			b.Get(link).Is(t, http.StatusNotFound)
			if _, set := b.Cookies[b.Cookie("-link")]; set {
				t.Error("a bad link gets a cookie")
			}
			b.Get("/auth/activate").Is(t, http.StatusNotFound)
			b.Post("/auth/activate", bossDetails).Is(t, http.StatusNotFound)
			b.Post("/auth/activate", fronttest.Form{"code": "123456"}).Is(t, http.StatusNotFound)
			b.Fetch(http.MethodGet, link).Is(t, http.StatusNotFound)
			if calls := s.Ports.Take(); slices.ContainsFunc(calls, writes) {
				t.Errorf("a bad link called %v", calls)
			}
			if page := b.Get(link).Body; strings.Contains(page, "Step 1") || strings.Contains(page, "administrat") {
				t.Errorf("the page tells:\n%s", page)
			}
		})
	}
}

// The cookie of the link is sealed: nobody plants one.
// UIX-062
func TestClaim_link_cookie_is_sealed(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	link := s.ClaimLink()
	b := s.Browser()
	b.Cookies[b.Cookie("-link")] = link[strings.Index(link, "token=")+6:]
	b.Get("/auth/activate").Is(t, http.StatusNotFound)
	// One of an hour ago is none, although the link lives.
	b = s.Browser()
	b.Get(link)
	s.Clock.Advance(59 * time.Minute)
	b.Get("/auth/activate").Is(t, http.StatusOK)
	s.Clock.Advance(time.Minute)
	b.Get("/auth/activate").Is(t, http.StatusNotFound)
	b.Get(link).Is(t, http.StatusSeeOther)
	b.Get("/auth/activate").Is(t, http.StatusOK)
}

// PRD-062: nonsense in every field is told in words or refused, and makes nothing.
func TestClaim_nonsense_in_every_field(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Browser()
	b.Get(s.ClaimLink())
	for _, nonsense := range []string{"", " ", "\x00", "\xff\xfe", "<script>alert(1)</script>", strings.Repeat("x", 30_000), "a\r\nb", "\u202e", "🙂"} {
		for _, field := range []string{"email", "name", "password"} {
			form := fronttest.Form{}
			for k, v := range bossDetails {
				form[k] = v
			}
			form[field] = nonsense
			a := b.Post("/auth/activate", form)
			if fine := field == "name" && len(nonsense) < 100 || field == "password" && nonsense[:min(1, len(nonsense))] == "<"; a.Status != http.StatusUnprocessableEntity && (!fine || a.Status != http.StatusSeeOther) {
				t.Errorf("%s %.20q: %d", field, nonsense, a.Status)
			}
			if strings.Contains(a.Body, "<script>alert") || strings.Contains(a.Body, fronttest.Password) {
				t.Errorf("%s %.20q comes back", field, nonsense)
			}
		}
	}
	b, _ = begun(t, s, s.ClaimLink())
	for _, code := range []string{"", " ", "000000", "abcdef", "\x00", strings.Repeat("1", 30_000)} {
		b.Post("/auth/activate", fronttest.Form{"code": code}).Is(t, http.StatusUnprocessableEntity)
	}
	b.Post("/auth/activate", fronttest.Form{"code": "000000", "_csrf": "forged"}).Is(t, http.StatusForbidden)
	if _, err := s.Auth.ClaimLink(t.Context()); err != nil {
		t.Errorf("somebody is administrator: %v", err)
	}
}

// UIX-045, UIX-059: the back button leads to pages that go on working.
func TestClaim_back_button(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b, _ := begun(t, s, s.ClaimLink())
	// The first form again, as the browser still shows it, with the token of then.
	b.Post("/auth/activate", fronttest.Form{"email": "other@example.org", "name": "", "password": fronttest.Password}).
		Is(t, http.StatusSeeOther)
	page := b.Get("/auth/activate").Is(t, http.StatusOK)
	if !strings.Contains(page.Body, "other@example.org") || strings.Contains(page.Body, "boss@example.org") {
		t.Errorf("not what was entered last:\n%s", page.Body)
	}
	app := s.App(page)
	b.Post("/auth/activate", fronttest.Form{"code": app()}).Is(t, http.StatusSeeOther)
	b.Get("/auth/account").Is(t, http.StatusOK)
	// The second form again, after the end.
	b.Post("/auth/activate", fronttest.Form{"code": app()}).Is(t, http.StatusNotFound)
	b.Post("/auth/activate", bossDetails).Is(t, http.StatusNotFound)
	b.Get("/auth/account").Is(t, http.StatusOK)
}

// PRD-062: the session of before is worth nothing after the end, and was worth
// nothing before it.
func TestClaim_session_fixation(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b, app := begun(t, s, s.ClaimLink())
	thief := b.Clone()
	if a := thief.Get("/auth/account"); a.Status == http.StatusOK {
		t.Fatal("half a claim is signed in")
	}
	before := b.Cookies[b.Cookie("")]
	b.Post("/auth/activate", fronttest.Form{"code": app()}).Is(t, http.StatusSeeOther)
	if b.Cookies[b.Cookie("")] == before {
		t.Error("the session keeps its id")
	}
	if a := thief.Get("/auth/account"); a.Status == http.StatusOK {
		t.Error("the id of before is signed in")
	}
}

// A claim in two browsers with one link: what one has entered is not the other's.
// PRD-062
func TestClaim_belongs_to_one_browser(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	link := s.ClaimLink()
	one, app := begun(t, s, link)
	two := s.Browser()
	two.Get(link)
	if page := two.Get("/auth/activate").Is(t, http.StatusOK); strings.Contains(page.Body, "boss@example.org") || strings.Contains(page.Body, "otpauth:") {
		t.Errorf("the other browser sees\n%s", page.Body)
	}
	two.Post("/auth/activate", fronttest.Form{"code": app()}).Is(t, http.StatusUnprocessableEntity)
	// The link's cookie of one in the other is the same link, and no more.
	two.Cookies[two.Cookie("-link")] = one.Cookies[one.Cookie("-link")]
	if _, kept := one.Cookies[one.Cookie("-link")]; kept {
		t.Error("the cookie outlives the first step")
	}
	one.Post("/auth/activate", fronttest.Form{"code": app()}).Is(t, http.StatusSeeOther)
	two.Get(link).Is(t, http.StatusNotFound)
}

// A claim is not lost to a link of a sign-up that is opened in the same browser.
// UIX-045
func TestClaim_survives_another_link(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b, app := begun(t, s, s.ClaimLink())
	_, mailed := s.SignUp("ada@example.org")
	b.Get(mailed).Is(t, http.StatusSeeOther)
	b.Get("/auth/activate").Is(t, http.StatusOK)
	b.Post("/auth/activate", fronttest.Form{"code": app()}).Is(t, http.StatusSeeOther)
	b.Get("/auth/account").Is(t, http.StatusOK)
}

// PRD-060: who is signed in signs out first; the link waits.
func TestClaim_by_somebody_who_is_signed_in(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	ada := s.Person("ada@example.org")
	link := s.ClaimLink()
	ada.Get(link).Is(t, http.StatusSeeOther)
	ada.Get("/auth/activate").Is(t, http.StatusConflict)
	ada.Post("/auth/activate", bossDetails).Is(t, http.StatusConflict)
	ada.Get("/auth/account").Is(t, http.StatusOK)
	ada.Post("/auth/sign-out", fronttest.Form{"scope": "this"})
	ada.Get("/auth/activate").Is(t, http.StatusOK)
}

// An address that has an account is told to the holder of the link, before and
// after the second step, and that account is left alone.
// PRD-062
func TestClaim_of_a_taken_address(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Person("ada@example.org")
	b := s.Browser()
	b.Get(s.ClaimLink())
	form := fronttest.Form{"email": "Ada@Example.org", "name": "Ada", "password": fronttest.Password}
	if a := b.Post("/auth/activate", form).Is(t, http.StatusUnprocessableEntity); !strings.Contains(a.Body, "already has an account") {
		t.Errorf("not told:\n%s", a.Body)
	}
	b.Post("/auth/activate", bossDetails).Is(t, http.StatusSeeOther)
	app := s.App(b.Get("/auth/activate"))
	s.Person("boss@example.org")
	a := b.Post("/auth/activate", fronttest.Form{"code": app()}).Is(t, http.StatusUnprocessableEntity)
	if !strings.Contains(a.Body, "already has an account") || !strings.Contains(a.Body, `name="password"`) {
		t.Errorf("not told:\n%s", a.Body)
	}
	if a := s.SignIn("boss@example.org"); a.Get("/auth/account").Status != http.StatusOK {
		t.Error("the account that was there does not open")
	}
}

// FAC-013: hashing with one link is bounded, and the wait is told.
func TestClaim_is_throttled(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Browser()
	b.Get(s.ClaimLink())
	for range 20 {
		b.Post("/auth/activate", bossDetails).Is(t, http.StatusSeeOther)
	}
	a := b.Post("/auth/activate", bossDetails).Is(t, http.StatusTooManyRequests)
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

// PRD-018: the claim needs no open sign-up.
func TestClaim_in_production(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t, fronttest.Standard, func(c *axess.Config) { c.SignUp = axess.SignUpClosed })
	b, app := begun(t, s, s.ClaimLink())
	b.Post("/auth/activate", fronttest.Form{"code": app()}).Is(t, http.StatusSeeOther)
	b.Get("/auth/account").Is(t, http.StatusOK)
}

// UIX-056: an outage is told as one, and what was entered waits.
func TestClaim_and_an_outage(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	link := s.ClaimLink()
	b, app := begun(t, s, link)
	for _, down := range []string{"identity", "session"} {
		s.Ports.Fail(fronttest.Down(down))
		if down == "identity" {
			s.Browser().Get(link).Is(t, http.StatusServiceUnavailable)
		}
		b.Post("/auth/activate", fronttest.Form{"code": app()}).Is(t, http.StatusServiceUnavailable)
		s.Ports.Fail(nil)
	}
	b.Post("/auth/activate", fronttest.Form{"code": app()}).Is(t, http.StatusSeeOther)
}
