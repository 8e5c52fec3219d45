package ui_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/internal/fronttest"
)

// A mail scanner opens links. Opening one writes nothing, anywhere, and takes
// the token out of the address; pressing the button spends it, once.
// UIX-027, UIX-062, MID-043
func TestConfirm_opening_a_link_writes_nothing(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	owner, link := s.SignUp("ada@example.org")
	token := link[strings.Index(link, "token=")+6:]
	for name, b := range map[string]*fronttest.Browser{"scanner": s.Browser(), "owner": owner} {
		s.Ports.Take()
		s.Log.Take()
		a := b.Get(link).Is(t, 303)
		if calls := s.Ports.Take(); name == "scanner" && len(calls) != 0 || slices.ContainsFunc(calls, writes) {
			t.Errorf("%s: opening the link called %v", name, calls)
		}
		if a.Header.Get("Location") != "/auth/verify" || a.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: leads to %q with referrer policy %q", name, a.Header.Get("Location"), a.Header.Get("Referrer-Policy"))
		}
		page := b.Get("/auth/verify").Is(t, 200)
		if calls := s.Ports.Take(); slices.ContainsFunc(calls, writes) {
			t.Errorf("%s: the page called %v", name, calls)
		}
		for what, text := range map[string]string{"page": page.Body, "headers": fmt.Sprint(a.Header, page.Header), "body": a.Body, "log": s.Log.Take()} {
			if strings.Contains(text, token) {
				t.Errorf("%s: the token is in the %s", name, what)
			}
		}
		for _, v := range b.Cookies {
			if strings.Contains(v, token) {
				t.Errorf("%s: the token is readable in a cookie", name)
			}
		}
	}
	owner.Post("/auth/verify", nil).Is(t, 303)
	if _, kept := owner.Cookies[owner.Cookie("-link")]; kept {
		t.Error("the link's cookie outlives the link")
	}
	owner.Get("/auth/account").Is(t, 200)
	again := s.Browser()
	again.Get(link)
	again.Get("/auth/verify").Is(t, 400)
	again.Post("/auth/verify", fronttest.Form{"password": fronttest.Password}).Is(t, 400)
	if _, kept := again.Cookies[again.Cookie("-link")]; kept {
		t.Error("a spent link keeps its cookie")
	}
}

func writes(call string) bool {
	_, verb, _ := strings.Cut(call, ".")
	return !slices.Contains([]string{"Load", "Epochs", "Sessions", "TenantByID", "TenantBySlug", "AccountByID", "AccountByIdentifier", "TokenBySelector", "HasRole"}, verb)
}

// Nobody but the server makes these cookies, neither serves as the other, and
// each ends when it should. UIX-057, UIX-062
func TestCookies_cannot_be_forged(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	_, link := s.SignUp("ada@example.org")
	token := link[strings.Index(link, "token=")+6:]
	opened := s.Browser()
	opened.Get(link).Is(t, 303)
	sealed := opened.Cookies[opened.Cookie("-link")]
	ada := s.Person("eve@example.org")
	notice := ada.Cookies[ada.Cookie("-notice")]
	if sealed == "" || notice == "" {
		t.Fatalf("link %q, notice %q", sealed, notice)
	}
	other := fronttest.New(t, func(c *axess.Config) { c.Entropy = nil })
	foreign := other.Person("eve@example.org")
	for name, value := range map[string]string{
		"plain token": token, "empty": "", "garbage": "!!!", "cut": sealed[:len(sealed)-4], "changed": flipped(sealed),
		"notice as link": notice, "long": strings.Repeat("A", 4000),
	} {
		b := s.Browser()
		b.Cookies[b.Cookie("-link")] = value
		if a := b.Get("/auth/verify"); a.Status != 400 {
			t.Errorf("link cookie, %s: %d", name, a.Status)
		}
	}
	for name, value := range map[string]string{
		"plain": "notice.signed_out", "link as notice": sealed, "changed": flipped(notice), "another server's": foreign.Cookies[foreign.Cookie("-notice")],
		"html": "<script>", "long": strings.Repeat("A", 4000),
	} {
		b := s.Browser()
		b.Cookies[b.Cookie("-notice")] = value
		if a := b.Get("/auth/sign-in").Is(t, 200); strings.Contains(a.Body, `class="notice"`) {
			t.Errorf("notice cookie, %s: the page shows it:\n%s", name, a.Body)
		}
	}
	// Two of a name are nobody's.
	b := s.Browser()
	r := b.Request("GET", "/auth/verify", nil)
	r.Header.Set("Cookie", b.Cookie("-link")+"="+sealed+"; "+b.Cookie("-link")+"="+sealed)
	b.Send(r).Is(t, 400)
	// Each at its end.
	for cookie, life := range map[string]time.Duration{"-notice": time.Minute, "-link": 10 * time.Minute} {
		for _, at := range []time.Duration{life - time.Second, life} {
			s := fronttest.New(t)
			b := s.Person("ada@example.org")
			fresh := s.Browser()
			_, link := s.SignUp("bob@example.org")
			fresh.Get(link)
			fresh.Cookies[fresh.Cookie("-notice")] = b.Cookies[b.Cookie("-notice")]
			s.Clock.Advance(at)
			page := fresh.Get("/auth/sign-in")
			switch cookie {
			case "-notice":
				if shown := strings.Contains(page.Body, `class="notice"`); shown != (at < life) {
					t.Errorf("after %v the notice is shown: %t", at, shown)
				}
			case "-link":
				if a := fresh.Get("/auth/verify"); (a.Status == 200) != (at < life) {
					t.Errorf("after %v the link is %d", at, a.Status)
				}
			}
		}
	}
}

// flipped is a value with another character in its middle.
func flipped(v string) string {
	i, c := len(v)/2, "A"
	if v[i] == 'A' {
		c = "B"
	}
	return v[:i] + c + v[i+1:]
}

// On https every cookie of the pages is bound to the host. UIX-057, UIX-062
func TestCookies_on_https(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t, fronttest.Standard)
	b, link := s.SignUp("ada@example.org")
	for cookie, a := range map[string]fronttest.Answer{"__Host-axess-link": b.Get(link), "__Host-axess-notice": b.Post("/auth/verify", nil)} {
		i := slices.IndexFunc(a.Header["Set-Cookie"], func(line string) bool { return strings.HasPrefix(line, cookie+"=") })
		if i < 0 {
			t.Errorf("%s is not set: %q", cookie, a.Header["Set-Cookie"])
			continue
		}
		for _, attribute := range []string{"; Secure", "; HttpOnly", "; Path=/", "; SameSite=Lax", "; Max-Age="} {
			if !strings.Contains(a.Header["Set-Cookie"][i], attribute) {
				t.Errorf("%s lacks %s", cookie, attribute)
			}
		}
		if strings.Contains(a.Header["Set-Cookie"][i], "Domain") {
			t.Errorf("%s has a domain", cookie)
		}
	}
}

// UIX-057: once.
func TestNotice_is_shown_once(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Person("ada@example.org")
	if a := b.Get("/"); strings.Count(a.Body, `role="status">You are signed in`) != 1 && strings.Count(a.Body, `class="notice"`) != 1 {
		t.Errorf("no notice after signing up:\n%s", a.Body)
	}
	if a := b.Get("/"); strings.Contains(a.Body, `class="notice"`) {
		t.Error("the notice is shown twice")
	}
}

// everybodyNeedsAnApp makes a site whose sign-ups set up an app.
func everybodyNeedsAnApp(c *axess.Config) { c.Methods = authn.MFAMethods() }

// FAC-006: an app can be set up as long as its key lives, however long the page of
// the link was open before.
func TestConfirm_with_an_app_lasts_as_long_as_the_key(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t, everybodyNeedsAnApp)
	b, link := s.SignUp("ada@example.org")
	b.Get(link).Is(t, 303)
	s.Clock.Advance(9 * time.Minute)
	b.Post("/auth/verify", nil).Is(t, 303)
	show := s.App(b.Get("/auth/verify").Is(t, 200))
	s.Clock.Advance(9 * time.Minute)
	b.Post("/auth/verify", fronttest.Form{"code": show()}).Is(t, 303)
	b.Get("/auth/account").Is(t, 200)
}
