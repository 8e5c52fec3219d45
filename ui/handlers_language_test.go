package ui_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/fronttest"
)

// asks sends a GET with an Accept-Language.
func asks(b *fronttest.Browser, path, accept string) fronttest.Answer {
	r := b.Request(http.MethodGet, path, nil)
	r.Header.Set("Accept-Language", accept)
	return b.Send(r)
}

func speaks(t *testing.T, what string, a fronttest.Answer, lang string) {
	t.Helper()
	if !strings.Contains(a.Body, `<html lang="`+lang+`" dir="ltr"`) {
		t.Errorf("%s: does not speak %s: %.200s", what, lang, a.Body)
	}
	if vary := strings.Join(a.Header["Vary"], ", "); !strings.Contains(vary, "Accept-Language") || !strings.Contains(vary, "Cookie") {
		t.Errorf("%s: Vary %q", what, vary)
	}
}

// UIX-086: the person's choice, else what the browser asks for, else the
// default; on pages, error pages and documents alike.
func TestLanguage_is_chosen_by_link_then_browser_then_default(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Browser()
	speaks(t, "default", b.Get("/auth/sign-in"), "en")
	speaks(t, "browser", asks(b, "/auth/sign-in", "de-AT,en;q=0.5"), "de")
	speaks(t, "not offered", asks(b, "/auth/sign-in", "fr"), "en")
	speaks(t, "error page", asks(b, "/auth/nothing", "de"), "de")
	speaks(t, "error page elsewhere", asks(b, "/nothing", "de"), "de")

	chosen := b.Get("/auth/language/de?next=%2Fauth%2Fsign-in%3Fnext%3D%252Fnotes").Is(t, http.StatusSeeOther)
	if to := chosen.Header.Get("Location"); to != "/auth/sign-in?next=%2Fnotes" {
		t.Errorf("comes back to %q", to)
	}
	if got := b.Cookies[b.Cookie("-lang")]; got != "de" {
		t.Errorf("the cookie says %q", got)
	}
	back := asks(b, "/auth/sign-in?next=%2Fnotes", "en")
	speaks(t, "chosen", back, "de")
	if !strings.Contains(back.Body, `href="/auth/language/en?next=%2Fauth%2Fsign-in%3Fnext%3D%252Fnotes"`) {
		t.Errorf("no way back to English: %s", back.Body)
	}
	failed := b.Post("/auth/sign-in", fronttest.Form{"identifier": "nobody@example.org", "password": "a wrong one, and long"}).Is(t, http.StatusUnauthorized)
	speaks(t, "failed form", failed, "de")
	if !strings.Contains(failed.Body, "Diese Angaben passen nicht zusammen.") || !strings.Contains(failed.Body, "<title>Fehler: ") {
		t.Errorf("failed form: %s", failed.Body)
	}

	// What is not offered is the next match, and never what the cookie says.
	for path, want := range map[string]string{"de-CH": "de", "fr": "en", "%22%3E": "en"} {
		b.Get("/auth/language/"+path).Is(t, http.StatusSeeOther)
		if got := b.Cookies[b.Cookie("-lang")]; got != want {
			t.Errorf("%s becomes %q", path, got)
		}
	}
	b.Cookies[b.Cookie("-lang")] = `c4n4ry`
	if a := asks(b, "/auth/sign-in", "de"); strings.Contains(a.Body, "c4n4ry") {
		t.Error("the cookie's words are on the page")
	} else {
		speaks(t, "forged cookie", a, "de")
	}

	r := b.Request(http.MethodPost, "/auth/sign-up", fronttest.Form{"email": "no", "password": "short"})
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Accept-Language", "de")
	if a := b.Send(r); !strings.Contains(a.Body, "Geben Sie eine E-Mail-Adresse ein") {
		t.Errorf("the document says %s", a.Body)
	}
}

// UIX-086: choosing writes to no store, leads nowhere else, and no query but the
// return target is ever repeated in a link.
func TestLanguage_link_is_harmless(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Browser()
	s.Ports.Take()
	for _, next := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/auth/language/de", "/auth/language/de?next=/x", "javascript:alert(1)", "/a\r\nSet-Cookie: x=y", ""} {
		a := b.Get("/auth/language/de?next="+url.QueryEscape(next)).Is(t, http.StatusSeeOther)
		if to := a.Header.Get("Location"); to != "/" {
			t.Errorf("%q leads to %q", next, to)
		}
	}
	for _, verb := range s.Ports.Take() {
		if !strings.Contains(verb, "Load") {
			t.Errorf("choosing a language did %s", verb)
		}
	}
	a := b.Get("/auth/nothing?token=c4n4ry&next=%2Fnotes&code=c4n4ry")
	if strings.Contains(a.Body, "c4n4ry") || !strings.Contains(a.Body, "next=%2Fauth%2Fnothing%3Fnext%3D%252Fnotes") {
		t.Errorf("the links say %s", a.Body)
	}
	// A path that only takes posts is no page to come back to.
	p := s.Person("ada@example.org")
	a = p.Post("/auth/account/sessions/x/end", fronttest.Form{}).Is(t, http.StatusBadRequest)
	if !strings.Contains(a.Body, `href="/auth/language/de"`) {
		t.Errorf("comes back to a post: %s", a.Body)
	}
}

// UIX-086: the mails that an action causes are in the language of its pages.
func TestLanguage_reaches_the_mails(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Browser()
	b.Get("/auth/language/de")
	b.Get("/auth/sign-up")
	b.Post("/auth/sign-up", fronttest.Form{"email": "ada@example.org", "name": "Ada", "password": fronttest.Password}).Is(t, http.StatusSeeOther)
	if m := s.Mail.Next(t); m.Subject != "Bestätigen Sie Ihre Adresse" || !strings.Contains(m.Text, "24 Stunden lang") {
		t.Errorf("sign-up: %q\n%s", m.Subject, m.Text)
	}
	// A mail to somebody who has a language is in that one, whatever the browser.
	p := s.Person("bea@example.org")
	p.Get("/auth/language/de")
	ended := func() string {
		p.Get("/auth/account/sessions")
		p.Post("/auth/account/sessions/end-others", fronttest.Form{}).Is(t, http.StatusSeeOther)
		return s.Mail.Next(t).Subject
	}
	if got := ended(); got != "Sessions were ended" {
		t.Errorf("an account that reads English gets %q", got)
	}
	account := p.Get("/auth/account").Is(t, http.StatusOK)
	if !strings.Contains(account.Body, `<strong lang="en">English</strong>`) || !strings.Contains(account.Body, `<button name="language" value="de" lang="de">Deutsch verwenden</button>`) {
		t.Errorf("the account page says %s", account.Body)
	}
	p.Post("/auth/account/language", fronttest.Form{"language": "de"}).Is(t, http.StatusSeeOther)
	if a := p.Get("/auth/account"); !strings.Contains(a.Body, "Ihre Sprache ist gespeichert.") || !strings.Contains(a.Body, `<strong lang="de">Deutsch</strong>`) {
		t.Errorf("the account page says %s", a.Body)
	}
	if got := ended(); got != "Sitzungen wurden beendet" {
		t.Errorf("an account that reads German gets %q", got)
	}

	// Its next browser speaks it too, unless somebody has chosen there.
	next := s.SignIn("bea@example.org")
	speaks(t, "next browser", next.Get("/auth/account"), "de")
	other := s.Browser()
	other.Get("/auth/language/en")
	other.Get("/auth/sign-in")
	other.Post("/auth/sign-in", fronttest.Form{"identifier": "bea@example.org", "password": fronttest.Password}).Is(t, http.StatusSeeOther)
	speaks(t, "a browser with a choice", other.Get("/auth/account"), "en")
	// What is not offered is never kept as it came.
	p.Post("/auth/account/language", fronttest.Form{"language": `"><script>c4n4ry`}).Is(t, http.StatusSeeOther)
	if a := p.Get("/auth/account"); strings.Contains(a.Body, "c4n4ry") {
		t.Errorf("kept as it came: %s", a.Body)
	}
	stranger := s.Browser()
	stranger.Get("/auth/sign-in")
	if a := stranger.Post("/auth/account/language", fronttest.Form{"language": "de"}); a.Status != http.StatusUnauthorized && a.Status != http.StatusSeeOther && a.Status != http.StatusForbidden || stranger.Cookies[stranger.Cookie("-lang")] != "" {
		t.Errorf("a guest: %d", a.Status)
	}
}
