package attack

import (
	"net/http"
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/fronttest"
)

// Line ends, markup and control characters in everything that a stranger can have
// the program say again: the answer has the headers of the product and no others,
// the page the elements of the product and no others, the log one line for each
// request, the mail its own headers. MID-030, MID-031, MID-081, UIX-092
func TestSplitting(t *testing.T) {
	t.Parallel()
	onMemory(t, func(t *testing.T, s *site) {
		ordinary := map[string]bool{"Retry-After": true}
		calm := s.Browser()
		for _, a := range []fronttest.Answer{calm.Get("/auth/sign-up"), calm.Get("/none"), calm.Get("/notes"), calm.Fetch("GET", "/notes"),
			calm.Get("/auth/language/de"), calm.Post("/auth/sign-in", form("nobody@example.org")), calm.Post("/auth/sign-up", fronttest.Form{"email": "x"})} {
			for name := range a.Header {
				ordinary[name] = true
			}
		}
		for _, evil := range []string{
			"Ada\r\nSet-Cookie: axess=evil", "Ada\nX-Evil: 1", "Ada\rX-Evil: 1", "Ada\r\n\r\n<script>alert(1)</script>", "Ada\u2028X-Evil: 1",
			"Ada%0d%0aX-Evil: 1", "Ada\u560d\u560aX-Evil: 1", "\"><script>alert(1)</script>", "'; alert(1)//", "Ada\x00X-Evil", "Ada\u202ecod", "{{.Secret}}", "<!--#exec-->",
		} {
			b := s.Browser()
			b.Get("/auth/sign-up")
			answers := map[string]fronttest.Answer{
				"the name at sign-up":    b.Clone().Post("/auth/sign-up", fronttest.Form{"email": "ada@example.org", "name": evil, "password": fronttest.Password}),
				"the address at sign-up": b.Clone().Post("/auth/sign-up", fronttest.Form{"email": evil + "@example.org", "name": "Ada", "password": fronttest.Password}),
				"the identifier":         b.Clone().Post("/auth/sign-in", fronttest.Form{"identifier": evil, "password": "x"}),
				"the language":           b.Clone().Post("/auth/account/language", fronttest.Form{"language": evil}),
			}
			for _, name := range []string{"X-Request-Id", "User-Agent", "Accept-Language", "Accept", "Referer", "Traceparent", "X-Forwarded-For", "Content-Type", "Origin", "Sec-Fetch-Site"} {
				for _, path := range []string{"/none", "/notes", "/auth/sign-in"} {
					r := b.Request("GET", path, nil)
					r.Header[name] = []string{evil}
					answers[name+" at "+path] = b.Clone().Send(r)
				}
			}
			for _, cookie := range []string{"", "-csrf", "-lang", "-notice", "-link"} {
				r := b.Request("GET", "/auth/sign-in", nil)
				r.Header["Cookie"] = []string{b.Cookie(cookie) + "=" + evil}
				answers["the cookie "+cookie] = b.Clone().Send(r)
			}
			s.Log.Take()
			for what, a := range answers {
				for name, lines := range a.Header {
					if !ordinary[name] {
						t.Errorf("%s %q: header %s: %q", what, evil, name, lines)
					}
					for _, line := range lines {
						if strings.ContainsAny(line, "\r\n\x00") || strings.Contains(line, "X-Evil") || strings.Contains(line, "evil") {
							t.Errorf("%s %q: header %s: %q", what, evil, name, line)
						}
					}
				}
				if strings.Contains(a.Body, "<script>alert") || strings.Contains(a.Body, "<!--#exec") {
					t.Errorf("%s %q is markup on the page", what, evil)
				}
				if id := a.Header.Get("X-Request-Id"); len(id) != 36 || strings.ContainsAny(id, "\r\n<") {
					t.Errorf("%s %q: request id %q", what, evil, id)
				}
				if a.Status >= 500 {
					t.Errorf("%s %q: %s", what, evil, code(a))
				}
			}
		}
	}, fronttest.Standard)
}

// A name that was taken at sign-up is said again in mails, pages and logs: a mail
// has one recipient and no header of the name's. UIX-092, IDN-010
func TestSplitting_a_name_in_a_mail(t *testing.T) {
	t.Parallel()
	onMemory(t, func(t *testing.T, s *site) {
		b := s.Browser()
		b.Get("/auth/sign-up")
		a := b.Post("/auth/sign-up", fronttest.Form{"email": "ada@example.org", "name": "Ada\r\nBcc: all@example.org", "password": fronttest.Password})
		if a.Status == http.StatusSeeOther {
			m := s.Mail.Next(t)
			if strings.ContainsAny(m.Subject+m.To, "\r\n") || strings.Contains(m.Text, "\nBcc:") {
				t.Errorf("to %q, subject %q, text:\n%s", m.To, m.Subject, m.Text)
			}
		} else if a.Status != http.StatusUnprocessableEntity {
			t.Errorf("the name is answered with %s", code(a))
		}
		// An address is taken whole or not at all.
		for _, email := range []string{"ada@example.org\r\nBcc: all@example.org", "ada@example.org,all@example.org", "ada@example.org all@example.org", "\"a\nb\"@example.org"} {
			c := s.Browser()
			c.Get("/auth/sign-up")
			if a := c.Post("/auth/sign-up", fronttest.Form{"email": email, "name": "Ada", "password": fronttest.Password}); a.Status != http.StatusUnprocessableEntity {
				t.Errorf("%q: %s", email, code(a))
			}
		}
	})
}
