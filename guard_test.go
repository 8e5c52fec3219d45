package axess_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/internal/fronttest"
)

// guarded adds a guarded route of each kind that says who came through.
func guarded(s *fronttest.Site) *fronttest.Site {
	s.Routes.Authn("/notes", func(w http.ResponseWriter, _ *http.Request, who axess.Authenticated) {
		fmt.Fprintf(w, "notes of %s", who.UserID())
	})
	s.Routes.Partial("/half", func(w http.ResponseWriter, _ *http.Request, p axess.Partial) {
		fmt.Fprintf(w, "half way in %s", p.Method())
	})
	return s
}

// row says which answer of GRD-013 this is: "303 LOCATION" or "STATUS CODE".
func row(t *testing.T, a fronttest.Answer) string {
	t.Helper()
	if to := a.Header.Get("Location"); to != "" {
		return fmt.Sprint(a.Status, " ", to)
	}
	if a.Status < 400 {
		return fmt.Sprint(a.Status)
	}
	if a.Body == "" {
		return fmt.Sprint(a.Status)
	}
	var doc struct{ Code string }
	if json.Unmarshal([]byte(a.Body), &doc) == nil {
		return fmt.Sprint(a.Status, " ", doc.Code)
	}
	// A page names its code in small print.
	_, rest, _ := strings.Cut(a.Body, "<code>")
	code, _, _ := strings.Cut(rest, "<")
	return fmt.Sprint(a.Status, " ", code)
}

// The whole of the table, for every state and every way of asking.
// GRD-006, GRD-007, GRD-008, GRD-009, GRD-013, GRD-014, GRD-015, GRD-019, GRD-032
func TestGuards(t *testing.T) {
	t.Parallel()
	type answers struct{ navigation, head, fetch, post string }
	const back = "?next=%2Fnotes%3Fpage%3D2"
	toSignIn := answers{"303 /auth/sign-in" + back, "303 /auth/sign-in", "401 unauthenticated", "403 csrf_stale"}
	ended := answers{"303 /auth/sign-in" + back, "303 /auth/sign-in", "401 session_revoked", "403 csrf_stale"}
	pass := answers{"200", "200", "200", "200"}
	down := answers{"503 unavailable", "503", "503 unavailable", "503 unavailable"}
	half := func(a answers) answers {
		a.navigation = strings.ReplaceAll(a.navigation, "%2Fnotes", "%2Fhalf")
		return a
	}
	table := map[string]struct{ authn, partial answers }{
		"guest":                {toSignIn, half(toSignIn)},
		"guest with an anchor": {answers{toSignIn.navigation, toSignIn.head, toSignIn.fetch, "401 unauthenticated"}, half(answers{toSignIn.navigation, toSignIn.head, toSignIn.fetch, "401 unauthenticated"})},
		"in a login":           {answers{"303 /auth/factor/totp" + back, "303 /auth/factor/totp", "401 factor_required", "401 factor_required"}, pass},
		"login lapsed":         {ended, half(ended)},
		"in a workflow":        {answers{"303 /auth/sign-up/sent", "303 /auth/sign-up/sent", "403 workflow_pending", "403 workflow_pending"}, answers{"303 /auth/sign-up/sent", "303 /auth/sign-up/sent", "403 workflow_pending", "403 workflow_pending"}},
		"owes another password": {
			answers{"303 /auth/sign-in/password", "303 /auth/sign-in/password", "403 workflow_pending", "403 workflow_pending"},
			answers{"303 /auth/sign-in/password", "303 /auth/sign-in/password", "403 workflow_pending", "403 workflow_pending"},
		},
		"signed in":                  {pass, answers{"303 /", "303 /", "409 already_authenticated", "409 already_authenticated"}},
		"signed in with two factors": {pass, answers{"303 /", "303 /", "409 already_authenticated", "409 already_authenticated"}},
		"in a step-up":               {pass, pass}, // the login stands, and a factor is asked for
		"acting as somebody":         {pass, answers{"303 /", "303 /", "409 already_authenticated", "409 already_authenticated"}},
		"revoked":                    {ended, half(ended)},
		"expired":                    {ended, half(ended)},
		"store down":                 {down, down},
		"forged cookie":              {toSignIn, half(toSignIn)},
	}
	for _, state := range fronttest.States() {
		want, ok := table[state.Name]
		if !ok {
			t.Errorf("%s has no row", state.Name)
		}
		t.Run(state.Name, func(t *testing.T) {
			t.Parallel()
			s, b := state.Reach(t)
			guarded(s)
			for path, want := range map[string]answers{"/notes?page=2": want.authn, "/half?page=2": want.partial} {
				for _, ask := range []struct {
					how, want string
					send      func(*fronttest.Browser) fronttest.Answer
				}{
					{"navigation", want.navigation, func(b *fronttest.Browser) fronttest.Answer { return b.Get(path) }},
					{"HEAD", want.head, func(b *fronttest.Browser) fronttest.Answer { return b.Send(b.Request("HEAD", path, nil)) }},
					{"fetch", want.fetch, func(b *fronttest.Browser) fronttest.Answer { return b.Fetch("GET", path) }},
					{"POST", want.post, func(b *fronttest.Browser) fronttest.Answer { return b.Send(b.Request("POST", path, nil)) }},
				} {
					had := b.Cookies[b.Cookie("")]
					got := ask.send(b.Clone())
					if r := row(t, got); r != ask.want {
						t.Errorf("%s %s: %s, want %s", ask.how, path, r, ask.want)
					}
					if got.Status == 200 && !strings.HasPrefix(got.Body, "notes of ") && !strings.HasPrefix(got.Body, "half way") && ask.how != "HEAD" {
						t.Errorf("%s %s: passed without running the handler", ask.how, path)
					}
					if cc := got.Header.Get("Cache-Control"); cc != "no-store" {
						t.Errorf("%s %s: Cache-Control %q", ask.how, path, cc)
					}
					if had != "" && got.Sets(b.Cookie("")) && got.Status != 403 {
						t.Errorf("%s %s: a refusal changed the session cookie: %q", ask.how, path, got.Header["Set-Cookie"])
					}
					switch got.Status {
					case 401:
						if got.Header.Get("WWW-Authenticate") != "Axess" {
							t.Errorf("%s %s: no WWW-Authenticate", ask.how, path)
						}
					case 503:
						if got.Header.Get("Retry-After") != "1" {
							t.Errorf("%s %s: Retry-After %q", ask.how, path, got.Header.Get("Retry-After"))
						}
					}
				}
			}
		})
	}
}

// GRD-033: the moment the call that revokes has returned, nothing passes.
func TestGuards_revocation_is_immediate(t *testing.T) {
	t.Parallel()
	s := guarded(fronttest.New(t))
	ada := s.Person("ada@example.org")
	other := s.SignIn("ada@example.org")
	for range 3 {
		thief := ada.Clone()
		thief.Fetch("GET", "/notes").Is(t, 200)
		other.Post("/auth/account/sessions/end-others", nil).Is(t, 303)
		thief.Fetch("GET", "/notes").Is(t, 401)
		ada = s.SignIn("ada@example.org")
	}
	// Signing out ends the stolen copy too.
	thief := ada.Clone()
	ada.Post("/auth/sign-out", fronttest.Form{"scope": "this"}).Is(t, 303)
	thief.Fetch("GET", "/notes").Is(t, 401)
}

// GRD-016: where people come back to is on this origin, whatever the link said.
func TestSignIn_next_stays_here(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Person("ada@example.org")
	for _, next := range []string{
		"https://evil.example/", "//evil.example", `/\evil.example`, `\\evil.example`, "javascript:alert(1)", "/%2F/evil.example",
		"/a\tb", "/%5Cevil.example", "/..//evil.example", "evil.example", "/auth/sign-in", "/auth/sign-out", "/auth/sign-out?x",
		"/auth/factor/totp", "/" + strings.Repeat("a", 2048), "/ok\r\nSet-Cookie: x=1", "http:/notes", "///evil.example",
	} {
		b := s.Browser()
		b.Get("/auth/sign-in").Is(t, 200)
		got := b.Post("/auth/sign-in", fronttest.Form{"identifier": "ada@example.org", "password": fronttest.Password, "next": next})
		if r := row(t, got); r != "303 /" {
			t.Errorf("next %q leads to %s", next, r)
		}
		// The query of the page decides as little.
		b = s.Browser()
		if page := b.Get("/auth/sign-in?next=" + strings.NewReplacer("%", "%25", "&", "%26", "\t", "%09", "\r", "%0D", "\n", "%0A", " ", "%20", "#", "%23").Replace(next)); strings.Contains(page.Body, `name="next"`) {
			t.Errorf("the form carries next %q on", next)
		}
	}
	b := s.Browser()
	b.Get("/auth/sign-in").Is(t, 200)
	got := b.Post("/auth/sign-in", fronttest.Form{"identifier": "ada@example.org", "password": fronttest.Password, "next": "/notes?page=2&x=%2F"})
	if r := row(t, got); r != "303 /notes?page=2&x=%2F" {
		t.Errorf("a good next leads to %s", r)
	}
}

// GRD-009: somebody signed in who comes to the middle of a login goes on to
// where they wanted, if that is here.
func TestRequirePartialAuthn_already_signed_in(t *testing.T) {
	t.Parallel()
	s := guarded(fronttest.New(t))
	ada := s.Person("ada@example.org")
	for path, want := range map[string]string{
		"/half?next=%2Fnotes%3Fa%3D1":              "303 /notes?a=1",
		"/half?next=https%3A%2F%2Fevil.example%2F": "303 /",
		"/half?next=%2F%2Fevil.example":            "303 /",
		"/half":                                    "303 /",
	} {
		if r := row(t, ada.Get(path)); r != want {
			t.Errorf("%s: %s, want %s", path, r, want)
		}
	}
}

// A guard that no chain runs around is a fault of the wiring: 500, and the log
// says which line is missing. MID-002, PRD-051, GRD-002
func TestGuards_outside_the_chain(t *testing.T) {
	t.Parallel()
	s := guarded(fronttest.New(t))
	ada := s.Person("ada@example.org")
	for _, path := range []string{"/notes", "/half", "/auth/account", "/auth/sign-in", "/"} {
		s.Log.Take()
		w := httptest.NewRecorder()
		s.Routes.ServeHTTP(w, ada.Request("GET", path, nil))
		if w.Code != http.StatusInternalServerError {
			t.Errorf("%s: %d, want 500", path, w.Code)
		}
		if lines := s.Log.Lines("auth.Handler(mux)"); len(lines) != 1 {
			t.Errorf("%s: the log does not name the cure: %q", path, lines)
		}
	}
}

// A nil handler would be a guard in front of nothing.
func TestGuards_refuse_nil(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	for name, f := range map[string]func(){
		"authn":   func() { s.Auth.RequireAuthn(nil) },
		"partial": func() { s.Auth.RequirePartialAuthn(nil) },
	} {
		if v := panics(f); v == nil {
			t.Errorf("%s: nil is taken", name)
		}
	}
}

func panics(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

// GRD-030: two session cookies are nobody's.
func TestGuards_two_session_cookies(t *testing.T) {
	t.Parallel()
	s := guarded(fronttest.New(t))
	ada, eve := s.Person("ada@example.org"), s.Person("eve@example.org")
	r := ada.Request("GET", "/notes", nil)
	r.Header.Set("Accept", "application/json")
	r.AddCookie(&http.Cookie{Name: eve.Cookie(""), Value: eve.Cookies[eve.Cookie("")]})
	if got := row(t, ada.Clone().Send(r)); got != "401 unauthenticated" {
		t.Errorf("two sessions at once: %s", got)
	}
}
