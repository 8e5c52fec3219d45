package attack

import (
	"net/http"
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/fronttest"
)

// keeps reports whether a cache between the program and its visitors may keep an
// answer and give it to somebody else (RFC 9111 §3): neither no-store nor private.
func keeps(a fronttest.Answer) bool {
	cc := strings.ToLower(strings.Join(a.Header["Cache-Control"], ","))
	return !strings.Contains(cc, "no-store") && !strings.Contains(cc, "private")
}

// What a shared cache may keep is the same for everybody: nothing that carries a
// cookie, a name, a token or a refusal, under no suffix that makes a page look
// like a picture, and for no header that a stranger adds to spoil it. SES-079,
// CSR-017, MID-044, GRD-019, UIX-007
func TestCaching_keeps_nothing_private(t *testing.T) {
	t.Parallel()
	onMemory(t, func(t *testing.T, s *site) {
		ada := s.Person("ada@example.org")
		mine := who(ada)
		guest := s.Browser()
		guest.Get("/auth/sign-in")
		var paths []string
		for _, p := range []string{"/", "/notes", "/half", "/none", "/auth/sign-in", "/auth/sign-up", "/auth/account", "/auth/account/sessions", "/auth/account/factors/totp", "/auth/sign-out", "/auth/verify?token=x", "/auth/language/de"} {
			paths = append(paths, p, p+"/x.css", p+";x.css", p+"%2fx.css", p+"?x=.js", p+"%00.png", p+"%3b.png", p+"..%2fx.css")
		}
		kept := 0
		for _, path := range paths {
			for name, b := range map[string]*fronttest.Browser{"ada": ada, "a guest": guest, "nobody": s.Browser()} {
				for _, spoil := range []string{"", "Range", "If-None-Match", "X-Forwarded-Host", "X-Forwarded-Scheme", "Accept-Encoding"} {
					r := b.Request("GET", "/", nil)
					u, err := r.URL.Parse(s.Origin + path)
					if err != nil {
						continue
					}
					r.URL, r.RequestURI = u, u.RequestURI()
					if spoil != "" {
						r.Header.Set(spoil, "*")
					}
					a := b.Clone().Send(r)
					if !keeps(a) {
						continue
					}
					kept++
					if len(a.Header["Set-Cookie"]) > 0 || strings.Contains(a.Body, mine) || strings.Contains(a.Body, "ada@example.org") || strings.Contains(a.Body, "_csrf") || a.Status >= 400 {
						t.Errorf("%s at %s (%s): a cache may keep %s %q", name, path, spoil, code(a), a.Header)
					}
				}
			}
		}
		// The files of the pages are the same for everybody, and kept for ever.
		page := guest.Get("/auth/sign-in").Body
		_, rest, _ := strings.Cut(page, `href="/auth/assets/`)
		file, _, _ := strings.Cut(rest, `"`)
		a := ada.Get("/auth/assets/" + file)
		if !keeps(a.Is(t, http.StatusOK)) || len(a.Header["Set-Cookie"]) > 0 {
			t.Errorf("%s: %v", file, a.Header)
		}
	}, fronttest.Standard)
}
