package axess_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/internal/fronttest"
)

// PRD-016, AUN-124: the pages of a site where everybody needs an app, over plain
// HTTP: mail, link, app, account; then password and code.
func TestWalk_signup_with_an_app(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t, func(c *axess.Config) { c.Methods = authn.MFAMethods() })
	s.Routes.Authn("GET /inside", func(w http.ResponseWriter, _ *http.Request, _ axess.Authenticated) {})
	const ada = "ada@example.org"
	// Beside an app eight characters are enough.
	b := s.Browser()
	b.Get("/auth/sign-up").Is(t, 200)
	b.Post("/auth/sign-up", fronttest.Form{"email": ada, "name": "Ada", "password": "short 7"}).Is(t, 422)
	b.Post("/auth/sign-up", fronttest.Form{"email": ada, "name": "Ada", "password": fronttest.Password}).Is(t, 303)
	link := s.Link()
	b.Get(link).Is(t, 303)
	b.Get("/auth/verify").Is(t, 200)
	if a := b.Post("/auth/verify", nil).Is(t, 303); a.Header.Get("Location") != "/auth/verify" {
		t.Fatalf("leads to %s", a.Header.Get("Location"))
	}
	page := b.Get("/auth/verify").Is(t, 200)
	if !strings.Contains(page.Body, `name="code"`) || !strings.Contains(page.Body, "otpauth://totp/") {
		t.Fatalf("no app on the page:\n%s", page.Body)
	}
	show := s.App(page)
	b.Get("/inside").Is(t, 303) // not in yet
	b.Get("/auth/account").Is(t, 303)
	again := b.Post("/auth/verify", fronttest.Form{"code": "000000"}).Is(t, 422)
	if s.App(again)() != show() {
		t.Fatal("a wrong code has changed the key")
	}
	b.Post("/auth/verify", fronttest.Form{"code": show()}).Is(t, 303)
	b.Get("/inside").Is(t, 200)
	b.Get("/auth/verify").Is(t, 400)

	account := b.Get("/auth/account").Is(t, 200)
	_, rest, _ := strings.Cut(account.Body, "/auth/account/factors/totp/")
	ref, _, _ := strings.Cut(rest, "/")
	b.Post("/auth/account/factors/totp/"+ref+"/remove", nil).Is(t, 403)

	s.Clock.Advance(time.Minute)
	in := s.SignIn(ada)
	in.Get("/inside").Is(t, 303)
	in.Post("/auth/factor/totp", fronttest.Form{"code": show()}).Is(t, 303)
	in.Get("/inside").Is(t, 200)
}

// AUN-124: the same in another browser than the one that asked, which chooses a
// password first.
func TestWalk_signup_with_an_app_elsewhere(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t, func(c *axess.Config) { c.Methods = authn.MFAMethods() })
	_, link := s.SignUp("ada@example.org")
	b := s.Browser()
	b.Get(link).Is(t, 303)
	page := b.Get("/auth/verify").Is(t, 200)
	if !strings.Contains(page.Body, `name="password"`) || strings.Contains(page.Body, "otpauth:") {
		t.Fatalf("not asked for a password:\n%s", page.Body)
	}
	b.Post("/auth/verify", fronttest.Form{"password": "short"}).Is(t, 422)
	b.Post("/auth/verify", fronttest.Form{"password": "another good password"}).Is(t, 303)
	b.Get("/auth/account").Is(t, 303)
	show := s.App(b.Get("/auth/verify").Is(t, 200))
	b.Post("/auth/verify", fronttest.Form{"code": show()}).Is(t, 303)
	b.Get("/auth/account").Is(t, 200)
}
