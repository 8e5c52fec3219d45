package axess_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/middleware/csrf"
	"github.com/axess-go/axess/middleware/secure"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/ui"
)

// secured are the headers that no answer lacks (MID-082).
var secured = []string{
	"X-Request-Id", "Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy",
	"Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy",
}

func wantSecured(t *testing.T, what string, a fronttest.Answer) {
	t.Helper()
	for _, k := range secured {
		if len(a.Header[http.CanonicalHeaderKey(k)]) != 1 {
			t.Errorf("%s (%d): %s is %q", what, a.Status, k, a.Header[http.CanonicalHeaderKey(k)])
		}
	}
}

// MID-082, MID-062, MID-063, MID-064, MID-001
func TestChain_every_answer_is_secured(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Routes.Public("GET /panic", func(http.ResponseWriter, *http.Request) { panic("dropped a plate") })
	s.Routes.Public("GET /silent", func(http.ResponseWriter, *http.Request) {})
	s.Routes.Public("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(w, r.Body); err != nil {
			http.Error(w, "too much", http.StatusRequestEntityTooLarge)
		}
	})
	b := s.Browser()
	b.Get("/auth/sign-in").Is(t, 200)
	for what, want := range map[string]struct {
		status int
		r      func() *http.Request
	}{
		"page":               {200, func() *http.Request { return b.Request("GET", "/auth/sign-in", nil) }},
		"asset":              {404, func() *http.Request { return b.Request("GET", "/auth/assets/none", nil) }},
		"start page":         {200, func() *http.Request { return b.Request("GET", "/", nil) }},
		"silent handler":     {200, func() *http.Request { return b.Request("GET", "/silent", nil) }},
		"panic":              {500, func() *http.Request { return b.Request("GET", "/panic", nil) }},
		"nothing here":       {404, func() *http.Request { return b.Request("GET", "/nothing", nil) }},
		"no such page":       {404, func() *http.Request { return b.Request("GET", "/auth/nothing", nil) }},
		"wrong method":       {405, func() *http.Request { return b.Request("POST", "/panic", nil) }},
		"page, wrong method": {405, func() *http.Request { return b.Request("PUT", "/auth/sign-in", nil) }},
		"trace":              {405, func() *http.Request { return b.Request("TRACE", "/", nil) }},
		"too large":          {413, func() *http.Request { r := b.Request("POST", "/echo", nil); r.ContentLength = 1<<20 + 1; return r }},
		"large form": {413, func() *http.Request {
			r := b.Request("POST", "/auth/sign-in", nil)
			r.ContentLength = 64<<10 + 1
			return r
		}},
		"no token": {403, func() *http.Request { return b.Request("POST", "/echo", fronttest.Form{"_csrf": ""}) }},
		"another site": {403, func() *http.Request {
			r := b.Request("POST", "/echo", nil)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			return r
		}},
		"foreign host":            {421, func() *http.Request { r := b.Request("GET", "/", nil); r.Host = "evil.example"; return r }},
		"foreign peer":            {403, func() *http.Request { r := b.Request("GET", "/", nil); r.RemoteAddr = "192.0.2.7:80"; return r }},
		"address of this machine": {303, func() *http.Request { r := b.Request("GET", "/", nil); r.Host = "127.0.0.1:8080"; return r }},
		"cleaned path":            {307, func() *http.Request { return b.Request("GET", "//auth//sign-in", nil) }},
	} {
		for _, accept := range []string{"text/html", "application/json"} {
			r := want.r()
			r.Header.Set("Accept", accept)
			a := b.Clone().Send(r)
			if a.Status != want.status && !(want.status == 303 && a.Status == 421 && accept == "application/json") {
				t.Errorf("%s: %d, want %d: %s", what, a.Status, want.status, a.Body)
			}
			wantSecured(t, what, a)
			if a.Status < 400 {
				continue
			}
			// A refusal is a page for those who want one, and a document for the rest.
			if ct := a.Header.Get("Content-Type"); accept == "text/html" && ct != "text/html; charset=utf-8" ||
				accept == "application/json" && ct != "application/problem+json" {
				t.Errorf("%s for %s: %s", what, accept, ct)
			}
			if accept == "application/json" {
				var doc struct {
					Status    int
					Code      string
					RequestID string `json:"request_id"`
				}
				if err := json.Unmarshal([]byte(a.Body), &doc); err != nil || doc.Status != a.Status || doc.Code == "" || doc.RequestID != a.Header.Get("X-Request-Id") {
					t.Errorf("%s: document %s (%v), request id %s", what, a.Body, err, a.Header.Get("X-Request-Id"))
				}
			}
			if a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: Cache-Control %q", what, a.Header.Get("Cache-Control"))
			}
			if (a.Status == 405) != (a.Header.Get("Allow") != "") {
				t.Errorf("%s: Allow %q", what, a.Header.Get("Allow"))
			}
		}
	}
}

// The pages have a stricter policy than a program's own routes, and HSTS binds a
// real host but not localhost, where other servers live. UIX-003, MID-040
func TestChain_policies(t *testing.T) {
	t.Parallel()
	for _, s := range []*fronttest.Site{fronttest.New(t), fronttest.New(t, fronttest.Standard)} {
		s.Routes.Public("GET /own", func(http.ResponseWriter, *http.Request) {})
		b := s.Browser()
		for path, want := range map[string]string{
			"/auth/sign-in": ui.ContentSecurityPolicy, "/auth/verify": ui.ContentSecurityPolicy, "/auth/nothing": ui.ContentSecurityPolicy,
			"/": ui.ContentSecurityPolicy, "/own": secure.DefaultCSP,
		} {
			a := b.Get(path)
			if got := a.Header.Get("Content-Security-Policy"); got != want {
				t.Errorf("%s%s: policy %q, want %q", s.Origin, path, got, want)
			}
			if https := strings.HasPrefix(s.Origin, "https:"); (a.Header.Get("Strict-Transport-Security") != "") != https {
				t.Errorf("%s%s: HSTS %q", s.Origin, path, a.Header.Get("Strict-Transport-Security"))
			}
		}
	}
}

// MID-001: what each layer needs has run before it.
func TestChain_order(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t, func(c *axess.Config) { c.Proxies = clientip.Config{Trusted: []string{"127.0.0.1"}} })
	b := s.Browser()
	s.Routes.Public("GET /look", func(w http.ResponseWriter, r *http.Request) {
		sess, err := session.From(r.Context())
		if err != nil || sess.View().State == nil {
			t.Errorf("no session: %v", err)
		}
		if got := clientip.From(r.Context()).IP().String(); got != "198.51.100.9" {
			t.Errorf("the client is %s", got)
		}
		scope := respond.From(r.Context())
		if scope == nil || scope.RequestID() == "" || scope.Request().Pattern != "GET /look" {
			t.Error("no request id or route")
		}
		if s.Auth.CSRF(r.Context()) == "" || csrf.Token(r.Context()) == "" {
			t.Error("no CSRF token")
		}
	})
	r := b.Request("GET", "/look", nil)
	r.Header.Set("X-Forwarded-For", "198.51.100.9")
	a := b.Send(r).Is(t, 200)
	if !a.Sets(b.Cookie("")) || !a.Sets(b.Cookie("-csrf")) {
		t.Errorf("the token's cookies are missing: %q", a.Header["Set-Cookie"])
	}
	// A request that another site caused costs no store operation: origin before
	// session. So does one for another host.
	ada := s.Person("ada@example.org")
	s.Ports.Take()
	r = ada.Request("POST", "/auth/sign-out", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Origin", "https://evil.example")
	ada.Send(r).Is(t, 403)
	r = ada.Request("GET", "/", nil)
	r.Host = "evil.example"
	ada.Send(r).Is(t, 421)
	if calls := s.Ports.Take(); len(calls) != 0 {
		t.Errorf("a foreign request reached the stores: %v", calls)
	}
}

// PRD-051, MID-002
func TestChain_twice_is_once(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	ada := s.Person("ada@example.org")
	once := ada.Get("/auth/account").Is(t, 200)
	s.Ports.Take()
	s.Log.Take()
	s.Handler = s.Auth.Handler(s.Auth.Handler(s.Handler))
	twice := ada.Get("/auth/account").Is(t, 200)
	if calls := s.Ports.Take(); slices.Contains(calls[1:], "session.Load") {
		t.Errorf("the session was loaded more than once: %v", calls)
	}
	if lines := s.Log.Lines(`"msg":"request"`); len(lines) != 1 {
		t.Errorf("%d lines in the access log", len(lines))
	}
	for k, v := range twice.Header {
		if len(v) != len(once.Header[k]) {
			t.Errorf("%s: %q wrapped twice, %q once", k, v, once.Header[k])
		}
	}
	ada.Post("/auth/sign-out", nil).Is(t, 303)
}

// The access log says what was asked and answered, and nothing that a reader of
// logs must not learn. MID-081
func TestChain_access_log(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Routes.Public("GET /silent", func(http.ResponseWriter, *http.Request) {})
	s.Routes.Public("GET /made", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); fmt.Fprint(w, "12345") })
	ada := s.Person("ada@example.org")
	for path, want := range map[string]string{
		"/silent":                       `"status":200,"bytes":0`,
		"/made":                         `"status":201,"bytes":5`,
		"/nothing":                      `"status":404`,
		"/auth/verify?token=secret-one": `"status":303`,
	} {
		s.Log.Take()
		r := ada.Request("GET", path, nil)
		r.Header.Set("Referer", "http://localhost:8080/?q=secret-two")
		r.Header.Set("Authorization", "Basic secret-three")
		r.RemoteAddr = "127.0.0.77:4711"
		a := ada.Send(r)
		text := s.Log.Take()
		lines := slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return !strings.Contains(l, `"msg":"request"`) })
		if len(lines) != 1 || !strings.Contains(lines[0], want) || !strings.Contains(lines[0], a.Header.Get("X-Request-Id")) {
			t.Errorf("%s: %q, want one line with %s", path, lines, want)
		}
		for _, secret := range []string{"secret", "127.0.0.77", ada.Cookies[ada.Cookie("")], ada.Cookies[ada.Cookie("-csrf")], "Firefox", "ada@example.org", "Somebody", "?"} {
			if secret != "" && strings.Contains(text, secret) {
				t.Errorf("%s: the log says %q: %s", path, secret, text)
			}
		}
	}
}

// What a session commit puts in the place of the handler's answer is what the
// log says.
func TestChain_access_log_of_a_replaced_answer(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Routes.Public("GET /keep", func(_ http.ResponseWriter, r *http.Request) {
		sess, err := session.From(r.Context())
		if err != nil {
			t.Error(err)
			return
		}
		if err := cart.Set(sess, "1"); err != nil {
			t.Error(err)
		}
		s.Ports.Fail(fronttest.Down("session"))
	})
	s.Browser().Fetch("GET", "/keep").Is(t, 503)
	if lines := s.Log.Lines(`"msg":"request"`); len(lines) != 1 || !strings.Contains(lines[0], `"status":503`) {
		t.Errorf("the log says %q", lines)
	}
}

// MID-062
func TestChain_panic_commits_nothing(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Routes.Public("GET /keep", func(_ http.ResponseWriter, r *http.Request) {
		sess, err := session.From(r.Context())
		if err != nil {
			t.Error(err)
			return
		}
		if err := cart.Set(sess, "1"); err != nil {
			t.Error(err)
		}
		if r.URL.Query().Has("panic") {
			panic("dropped")
		}
	})
	b := s.Browser()
	s.Ports.Take()
	a := b.Get("/keep?panic").Is(t, 500)
	if calls := s.Ports.Take(); len(calls) != 0 || a.Sets(b.Cookie("")) {
		t.Errorf("a panicking request stored %v and set %q", calls, a.Header["Set-Cookie"])
	}
	if lines := s.Log.Lines("stack"); len(lines) != 1 || !strings.Contains(lines[0], a.Header.Get("X-Request-Id")) {
		t.Errorf("no stack under the request id: %q", lines)
	}
	if a := b.Get("/keep").Is(t, 200); !a.Sets(b.Cookie("")) {
		t.Error("without the panic nothing is stored either")
	}
}

// MID-064
func TestChain_body_limits(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	read := 0
	s.Routes.Public("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		read = int(n)
		if err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	})
	b := s.Browser()
	b.Get("/auth/sign-in").Is(t, 200)
	for _, tc := range []struct {
		path      string
		size      int
		announced bool
		want      int
	}{
		{"/echo", 1 << 20, true, 200}, {"/echo", 1<<20 + 1, true, 413},
		{"/echo", 1 << 20, false, 200}, {"/echo", 1<<20 + 1, false, 413},
		{"/auth/sign-in", 64<<10 + 1, true, 413},
		{"/auth/sign-in", 64<<10 + 1, false, 413},
		{"/auth/nothing", 64<<10 + 1, true, 413},
	} {
		body := "identifier=a&password=b&_csrf=" + b.Cookies[b.Cookie("-csrf")] + "&x="
		body += strings.Repeat("x", tc.size-len(body))
		r := httptest.NewRequest("POST", s.Origin+tc.path, strings.NewReader(body))
		r.Header = b.Request("POST", tc.path, nil).Header
		r.Header.Set("X-Csrf-Token", b.Cookies[b.Cookie("-csrf")])
		r.RemoteAddr = "127.0.0.1:1"
		if !tc.announced {
			r.ContentLength = -1
			r.Body = io.NopCloser(bytes.NewBufferString(body))
		}
		if a := b.Clone().Send(r); a.Status != tc.want {
			t.Errorf("%s with %d bytes (announced %t): %d, want %d: %s", tc.path, tc.size, tc.announced, a.Status, tc.want, row(t, a))
		}
	}
	if read == 0 || read > 1<<20 {
		t.Errorf("the handler read %d bytes", read)
	}
}

// cart is custom data of a program.
var cart = session.NewKey[string]("cart")

// CSR-009: a form with a file passes through the whole chain on a route that
// says so, and nowhere else.
func TestChain_uploads(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t, func(c *axess.Config) { c.Uploads = []csrf.Upload{csrf.Multipart("POST /upload", 4<<10)} })
	take := func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil || r.MultipartForm.File["file"][0].Size != 100<<10 {
			http.Error(w, "not what was sent", http.StatusBadRequest)
		}
	}
	s.Routes.Public("POST /upload", take)
	s.Routes.Public("POST /other", take)
	s.Routes.Public("GET /form", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, csrf.Token(r.Context())) })
	b := s.Browser()
	token := b.Get("/form").Is(t, 200).Body
	for path, want := range map[string]int{"/upload": 200, "/other": 403} {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		err := w.WriteField("_csrf", token)
		if err == nil {
			var f io.Writer
			if f, err = w.CreateFormFile("file", "a.txt"); err == nil {
				_, err = f.Write(make([]byte, 100<<10))
			}
		}
		if err = errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		r := b.Request("POST", path, nil)
		r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
		r.Header.Set("Content-Type", w.FormDataContentType())
		if a := b.Send(r); a.Status != want {
			t.Errorf("%s: %d, want %d: %.200s", path, a.Status, want, a.Body)
		}
	}
}
