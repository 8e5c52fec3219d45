package attack

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/fronttest"
)

// targets are return addresses that lead, or that some parser reads as leading, to
// another host, or that end a line.
func targets() []string {
	return []string{
		"https://evil.example/", "HTTPS://evil.example", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example",
		"\\/evil.example", "/\t/evil.example", "/\n/evil.example", "/\r\n/evil.example", "\t//evil.example", " //evil.example", "/ /evil.example",
		"http:evil.example", "http:/evil.example", "https:///evil.example", "javascript:alert(1)", "data:text/html,x", "//evil.example@app.example.com/",
		"//app.example.com@evil.example/", "/.//evil.example", "/..//evil.example", "/./../evil", "/%2e%2e//evil.example", "/%2F/evil.example", "/%2f%2fevil.example",
		"/%5Cevil.example", "/%5cevil.example", "/%09/evil.example", "/%0d%0aSet-Cookie:x=1", "/ok\r\nSet-Cookie: x=1", "/ok\nLocation: https://evil.example",
		"/%E2%80%AE//evil", "/\u2028evil", "/\u00a0/evil.example", "/\u0085/evil.example", "/\x00/evil.example", "/\x7f/evil", "//evil%E3%80%82example", "/\u2215/evil.example",
		"//[::1]/", "//%65vil.example", "/auth/sign-out", "/auth/sign-in?next=/auth/sign-in", "/auth/../auth/sign-out", "/auth//sign-out", "?next=//evil.example", "#//evil.example",
		"", "evil.example", ".evil.example", "@evil.example", ":80", "/" + strings.Repeat("a", 2100), "/\xff\xfe", "/%ff%fe//evil.example", "/%00",
	}
}

// leads reports where an address leads from a page of the origin, as browsers read
// it (WHATWG URL §4.4): tabs and line ends are dropped, a backslash is a slash.
func leads(t *testing.T, origin, location string) string {
	t.Helper()
	cleaned := strings.Map(func(r rune) rune {
		switch r {
		case '\t', '\n', '\r':
			return -1
		case '\\':
			return '/'
		}
		return r
	}, strings.Trim(location, " \x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x1b\x1f"))
	base, err := url.Parse(origin + "/auth/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	to, err := base.Parse(cleaned)
	if err != nil {
		return "nowhere: " + cleaned
	}
	return to.Scheme + "://" + to.Host
}

// However a return target is spelled, on whatever way it comes in (the query of a
// page, a hidden field, the address of a guarded page, the referrer, a header),
// every redirect of every page stays on the own origin and on one line, and no page
// links elsewhere. GRD-015, GRD-016, PRD-013, UIX-086
func TestRedirect_stays_here(t *testing.T) {
	t.Parallel()
	onMemory(t, func(t *testing.T, s *site) {
		ada := s.Person("ada@example.org")
		guest := s.Browser()
		guest.Get("/auth/sign-in").Is(t, http.StatusOK)
		followed := 0
		check := func(what, target string, a fronttest.Answer) {
			t.Helper()
			for _, location := range a.Header["Location"] {
				followed++
				if got := leads(t, s.Origin, location); got != s.Origin {
					t.Errorf("%s with %q leads to %s (%q)", what, target, got, location)
				}
				if strings.ContainsAny(location, "\r\n\t\\") {
					t.Errorf("%s with %q answers Location %q", what, target, location)
				}
			}
			for name, lines := range a.Header {
				for _, line := range lines {
					if strings.ContainsAny(line, "\r\n\x00") {
						t.Errorf("%s with %q answers %s: %q", what, target, name, line)
					}
				}
			}
			if strings.Contains(a.Body, `href="//`) || strings.Contains(a.Body, `action="//`) || strings.Contains(a.Body, `href="http`) && strings.Contains(a.Body, `href="https://evil`) {
				t.Errorf("%s with %q links elsewhere", what, target)
			}
			if a.Status >= 500 {
				t.Errorf("%s with %q: %s", what, target, code(a))
			}
		}
		for i, target := range targets() {
			q := "?next=" + url.QueryEscape(target)
			for _, path := range []string{"/auth/sign-in", "/auth/sign-up", "/auth/language/de", "/auth/factor/totp", "/auth/sign-out", "/notes", "/half"} {
				check("a guest at "+path, target, guest.Clone().Get(path+q))
				check("somebody signed in at "+path, target, ada.Clone().Get(path+q))
			}
			check("two targets", target, ada.Clone().Get("/auth/sign-in?next=%2Fnotes&next="+url.QueryEscape(target)))
			b := guest.Clone()
			check("a sign-in", target, b.Post("/auth/sign-in", fronttest.Form{"identifier": "ada@example.org", "password": fronttest.Password, "next": target}))
			check("a language", target, ada.Clone().Post("/auth/account/language", fronttest.Form{"language": "de", "next": target}))
			check("a sign-out", target, ada.Clone().Post("/auth/sign-out", fronttest.Form{"scope": "none", "next": target}))
			if i%4 != 0 {
				continue // nothing reads these: a few spellings will do
			}
			for _, name := range []string{"Referer", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Original-Url", "X-Rewrite-Url", "X-Forwarded-Prefix", "Forwarded", "X-Host"} {
				r := guest.Request("GET", "/notes", nil)
				r.Header[name] = []string{target}
				check(name, target, guest.Clone().Send(r))
			}
		}
		if followed < 200 {
			t.Errorf("%d redirects: next to nothing was checked", followed)
		}
	}, fronttest.Standard)
}

// Whatever stands in Host or in what proxies add, no mail, page or redirect names
// it: absolute addresses come from the configured origin alone. PRD-013, PRD-014
func TestRedirect_host_poisoning(t *testing.T) {
	t.Parallel()
	onMemory(t, func(t *testing.T, s *site) {
		b := s.Browser()
		b.Get("/auth/sign-up").Is(t, http.StatusOK)
		r := b.Request("POST", "/auth/sign-up", fronttest.Form{"email": "ada@example.org", "name": "Ada", "password": fronttest.Password})
		for _, name := range []string{"X-Forwarded-Host", "X-Forwarded-Server", "X-Host", "X-Original-Host"} {
			r.Header.Set(name, "evil.example")
		}
		r.Header.Set("Forwarded", "host=evil.example;proto=http")
		r.Header.Set("X-Forwarded-Proto", "http")
		b.Send(r).Is(t, http.StatusSeeOther)
		if m := s.Mail.Next(t); strings.Contains(m.Text, "evil") || !strings.Contains(m.Text, s.Origin+"/") {
			t.Errorf("the mail says:\n%s", m.Text)
		}
		for _, host := range []string{
			"evil.example", "app.example.com.evil.example", "evil.example:443", "app.example.com:80", "app.example.com@evil.example", "APP.example.com.",
			"app.example.com evil.example", "app.example.com,evil.example", "app.example.com/evil", "[::1]", "127.0.0.1", "localhost", "",
		} {
			for _, path := range []string{"/", "/notes", "/auth/sign-in", "/auth/sign-up", "/readyz", "/auth/none"} {
				r := b.Request("GET", path, nil)
				r.Host = host
				r.Header.Set("X-Forwarded-Host", "app.example.com")
				a := b.Clone().Send(r)
				if path != "/readyz" && a.Status != http.StatusMisdirectedRequest {
					t.Errorf("Host %q at %s: %s", host, path, code(a))
				}
				if strings.Contains(a.Body, "evil") || strings.Contains(a.Header.Get("Location"), "evil") || a.Sets(b.Cookie("")) {
					t.Errorf("Host %q at %s is repeated, or cookies are given: %v", host, path, a.Header)
				}
			}
		}
	}, fronttest.Standard)
}
