package fronttest

import (
	"cmp"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Form is what a browser posts.
type Form map[string]string

// Browser keeps cookies between requests and follows no redirect.
type Browser struct {
	Cookies map[string]string
	// Addr is where its connections come from; empty is 127.0.0.1:4711.
	Addr string
	// Origin is the name under which it reaches the site; empty is the site's.
	Origin string
	s      *Site
}

// Browser returns a fresh one.
func (s *Site) Browser() *Browser { return &Browser{Cookies: map[string]string{}, s: s} }

// Clone returns a browser with the same cookies, as a thief would have it.
func (b *Browser) Clone() *Browser {
	return &Browser{Cookies: maps.Clone(b.Cookies), Addr: b.Addr, Origin: b.Origin, s: b.s}
}

// At returns a browser with the same cookies at another server of the program.
func (b *Browser) At(s *Site) *Browser {
	other := b.Clone()
	other.s = s
	return other
}

// Cookie returns the name under which a cookie of ours goes: "" is the session's,
// "-csrf", "-link" and "-notice" the others.
func (b *Browser) Cookie(suffix string) string { return b.s.Auth.Sessions().CookieName() + suffix }

// Answer is a response, read to its end.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Is fails the test unless the answer has the status.
func (a Answer) Is(t testing.TB, status int) Answer {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d\n%v\n%s", a.Status, status, a.Header, a.Body)
	}
	return a
}

// Sets reports whether the answer sets or drops the cookie.
func (a Answer) Sets(name string) bool {
	return slices.ContainsFunc(a.Header["Set-Cookie"], func(line string) bool { return strings.HasPrefix(line, name+"=") })
}

// Agent is what a [Browser] calls itself, with every request.
const Agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// Request is a navigation to the path, or the posting of a form, with the
// browser's cookies; change it as needed and Send it.
func (b *Browser) Request(method, path string, form Form) *http.Request {
	origin, values := cmp.Or(b.Origin, b.s.Origin), url.Values{}
	for k, v := range form {
		values.Set(k, v)
	}
	var r *http.Request
	if method == http.MethodGet || method == http.MethodHead {
		r = httptest.NewRequest(method, origin+path, http.NoBody)
	} else {
		if _, ok := form["_csrf"]; !ok {
			values.Set("_csrf", b.Cookies[b.Cookie("-csrf")])
		}
		r = httptest.NewRequest(method, origin+path, strings.NewReader(values.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", origin)
	}
	// As a server sees it: the target as written on the request line.
	r.RequestURI = path
	r.RemoteAddr = cmp.Or(b.Addr, "127.0.0.1:4711")
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("User-Agent", Agent)
	for _, name := range slices.Sorted(maps.Keys(b.Cookies)) {
		r.AddCookie(&http.Cookie{Name: name, Value: b.Cookies[name]})
	}
	return r
}

// Send sends a request through the chain and keeps the cookies of the answer.
func (b *Browser) Send(r *http.Request) Answer {
	w := httptest.NewRecorder()
	b.s.Scan.Handler(b.s.Handler).ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			delete(b.Cookies, c.Name)
		} else {
			b.Cookies[c.Name] = c.Value
		}
	}
	return Answer{Status: res.StatusCode, Header: res.Header, Body: w.Body.String()}
}

// Get goes to a page.
func (b *Browser) Get(path string) Answer { return b.Send(b.Request(http.MethodGet, path, nil)) }

// Post submits a form. The token is that of the browser's cookie, as the page
// with the form has set it; a browser without one visits sign-in first.
func (b *Browser) Post(path string, form Form) Answer {
	if b.Cookies[b.Cookie("-csrf")] == "" {
		b.Get("/auth/sign-in")
	}
	return b.Send(b.Request(http.MethodPost, path, form))
}

// Fetch makes a request of a script of the own page, which wants JSON.
func (b *Browser) Fetch(method, path string) Answer {
	r := b.Request(method, path, nil)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Sec-Fetch-Mode", "cors")
	return b.Send(r)
}
