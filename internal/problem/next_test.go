package problem_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/axess-go/axess/internal/problem"
)

const browserAccept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

// GRD-014
func TestIsNavigation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, method string
		header       http.Header
		nav, html    bool
	}{
		{"link", "GET", http.Header{"Accept": {browserAccept}, "Sec-Fetch-Mode": {"navigate"}}, true, true},
		{"older browser", "GET", http.Header{"Accept": {browserAccept}}, true, true},
		{"HEAD", "HEAD", http.Header{"Accept": {"text/html"}}, true, true},
		{"form post gets a page, no redirect", "POST", http.Header{"Accept": {browserAccept}, "Sec-Fetch-Mode": {"navigate"}}, false, true},
		{"fetch that accepts html", "GET", http.Header{"Accept": {"text/html"}, "Sec-Fetch-Mode": {"cors"}}, false, true},
		{"two modes", "GET", http.Header{"Accept": {"text/html"}, "Sec-Fetch-Mode": {"navigate", "navigate"}}, false, true},
		{"plain fetch", "GET", http.Header{"Accept": {"*/*"}, "Sec-Fetch-Mode": {"cors"}}, false, false},
		{"curl", "GET", http.Header{"Accept": {"*/*"}}, false, false},
		{"no Accept", "GET", http.Header{}, false, false},
		{"json", "GET", http.Header{"Accept": {"application/json"}}, false, false},
		{"json by q", "GET", http.Header{"Accept": {"text/html;q=0.5, application/json"}}, false, false},
		{"html by q", "GET", http.Header{"Accept": {"application/json; q=0.5", "text/html ; Q=0.6"}}, true, true},
		{"html refused", "GET", http.Header{"Accept": {"text/html;q=0, */*"}}, false, false},
		{"json refused", "GET", http.Header{"Accept": {"application/json;q=0, */*;q=0.1"}}, true, true},
		{"malformed q is none", "GET", http.Header{"Accept": {"text/html;q=2, application/json;q=0.1"}}, false, false},
		{"NaN", "GET", http.Header{"Accept": {"text/html;q=NaN, application/json;q=0.1"}}, false, false},
		{"text/*", "GET", http.Header{"Accept": {"text/*, application/*;q=0.9"}}, true, true},
		{"image only, navigating", "GET", http.Header{"Accept": {"image/avif"}, "Sec-Fetch-Mode": {"navigate"}}, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(c.method, "/", nil)
			r.Header = c.header
			if nav, html := problem.IsNavigation(r), problem.WantsHTML(r); nav != c.nav || html != c.html {
				t.Errorf("navigation %t, html %t; want %t, %t", nav, html, c.nav, c.html)
			}
		})
	}
}

// GRD-016
func TestSafeNext(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"/":                             "/",
		"/a/b?c=d&e=%2F%2Fx":            "/a/b?c=d&e=%2F%2Fx",
		"/a#frag":                       "/a",
		"/a?x=//evil.example":           "/a?x=//evil.example",
		"/a//b":                         "/a//b",
		"/a%20b":                        "/a%20b",
		"/ü":                            "/%C3%BC",
		"/a:b@c":                        "/a:b@c",
		"/auth/sign-info":               "/auth/sign-info",
		"/" + strings.Repeat("a", 2047): "/" + strings.Repeat("a", 2047),
	} {
		if got, ok := problem.SafeNext(in, "/auth/sign-in", "/auth/sign-out"); !ok || got != want {
			t.Errorf("%q: got %q %t, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "a", "//evil.example", "///evil.example", `/\evil.example`, `\/evil.example`, `/a\b`, `/a?b=\c`, "https://evil.example/", "https:/evil.example",
		"javascript:alert(1)", " /a", "/ a", "/\t/evil.example", "/\n/evil.example", "/a\r\nSet-Cookie: x", "/a\x00", "/\x7f", "/\u0085",
		"/%2f%2fevil.example", "/%2Fevil.example", "/%5cevil.example", "/%09/evil.example", "/%0d%0aX", "/%00", "/.//evil.example", "/..//evil.example", "/%2e%2e//evil.example",
		"/a/../b", "/a/.", "/%zz", "/\xff", "/" + strings.Repeat("a", 2048),
		"/auth/sign-in", "/auth/sign-in?x=1", "/auth/sign-in/", "/auth//sign-in", "/auth/sign%2din", "/auth/sign-out", "/auth/sign-out/x",
	} {
		if got, ok := problem.SafeNext(in, "/auth/sign-in", "/auth/sign-out"); ok || got != "" {
			t.Errorf("%q accepted as %q", in, got)
		}
	}
}

// GRD-016: path and query of the original target.
func TestNext(t *testing.T) {
	t.Parallel()
	var got string
	var ok bool
	h := http.StripPrefix("/app", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got, ok = problem.Next(r) }))
	ask := func(method, target string) {
		got, ok = "unset", false
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, target, nil))
	}
	if ask("GET", "/app/docs/7?tab=2"); !ok || got != "/app/docs/7?tab=2" {
		t.Errorf("got %q %t", got, ok)
	}
	if ask("GET", "http://own.example/app/docs?x=1"); !ok || got != "/app/docs?x=1" {
		t.Errorf("absolute form: got %q %t", got, ok)
	}
	if ask("POST", "/app/docs"); ok {
		t.Errorf("POST gave %q", got)
	}
	if ask("GET", "/app/"+strings.Repeat("a", 2048)); ok {
		t.Error("an overlong target was kept")
	}
}

// GRD-017
func TestWithNext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ target, next, want string }{
		{"/in", "/a?b=c&d", "/in?next=%2Fa%3Fb%3Dc%26d"},
		{"/in?next=/old", "/new", "/in?next=%2Fnew"},
		{"/in?nextstep=1&xnext=2", "/a", "/in?nextstep=1&xnext=2&next=%2Fa"},
		{"/in?n%65xt=/old&x=next", "/a", "/in?x=next&next=%2Fa"},
		{"/in?next=1&y=%zz&next=2", "/a", "/in?y=%zz&next=%2Fa"},
		{"/in?x=1#f", "/a", "/in?x=1&next=%2Fa#f"},
		{"/in?next=/old", "", "/in"},
		{"https://idp.example/in?x=1", "/ü", "https://idp.example/in?x=1&next=%2F%C3%BC"},
	} {
		if got := problem.WithNext(c.target, c.next); got != c.want {
			t.Errorf("%s + %s: got %s, want %s", c.target, c.next, got, c.want)
		}
	}
}

// whatwgSameOrigin follows the URL standard's parser as far as it decides
// about the host: strip, drop tabs and line breaks, backslash is slash.
func whatwgSameOrigin(s string) bool {
	s = strings.TrimFunc(s, func(c rune) bool { return c <= ' ' })
	s = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(s)
	return strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//")
}

// FUZ-F12, MID-083: what is accepted stays on the origin for browsers and for
// net/url, also after decoding once more, and is accepted again unchanged.
func FuzzSafeNext(f *testing.F) {
	for _, s := range []string{"/a?b#c", "//x", `/\x`, "/%2f", "/\t/x", "/..//x", "/a:b", "https:/x"} {
		f.Add(s)
	}
	base := &url.URL{Scheme: "https", Host: "own.example", Path: "/auth/sign-in"}
	f.Fuzz(func(t *testing.T, s string) {
		out, ok := problem.SafeNext(s)
		if !ok {
			return
		}
		decoded, err := url.PathUnescape(strings.SplitN(out, "?", 2)[0])
		if err != nil {
			t.Fatalf("%q: %v", out, err)
		}
		for _, v := range []string{s, out, decoded} {
			if !whatwgSameOrigin(v) {
				t.Fatalf("%q leads away as %q", s, v)
			}
		}
		u, err := base.Parse(out)
		if err != nil || u.Scheme != "https" || u.Host != "own.example" || u.User != nil {
			t.Fatalf("%q: net/url goes to %v, %v", out, u, err)
		}
		if again, ok := problem.SafeNext(out); len(out) <= 2048 && (!ok || again != out) {
			t.Fatalf("%q became %q", out, again)
		}
		login := problem.WithNext("/in?next=x", out)
		if lu, err := url.Parse(login); err != nil || len(lu.Query()["next"]) != 1 || lu.Query().Get("next") != out {
			t.Fatalf("%q in %q", out, login)
		}
	})
}
