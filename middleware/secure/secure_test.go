package secure_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/problem"
	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/middleware/clientip"
	"github.com/axess-go/axess/middleware/requestid"
	"github.com/axess-go/axess/middleware/secure"
)

func layer(t testing.TB, cfg secure.Config) *secure.Layer {
	t.Helper()
	l, err := secure.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func get(h http.Handler, change ...func(*http.Request)) *http.Response {
	rec := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, c := range change {
		c(r)
	}
	h.ServeHTTP(rec, r)
	return rec.Result()
}

func overTLS(r *http.Request) { r.TLS = &tls.ConnectionState{} }

func ok(http.ResponseWriter, *http.Request) {}

func ExampleNew() {
	l, err := secure.New(secure.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	res := get(l.Wrap(http.NotFoundHandler()))
	fmt.Println(res.StatusCode, res.Header.Get("X-Frame-Options"))
	// Output: 404 DENY
}

// MID-041, MID-042, MID-043
func TestDefaults(t *testing.T) {
	t.Parallel()
	h := get(layer(t, secure.Config{}).Wrap(http.HandlerFunc(ok)), overTLS).Header
	for k, want := range map[string]string{
		"Strict-Transport-Security":    "max-age=63072000; includeSubDomains",
		"Content-Security-Policy":      "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy":           "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self), publickey-credentials-create=(self)",
		"Referrer-Policy":              "strict-origin-when-cross-origin",
		"Cache-Control":                "",
	} {
		if got := h.Get(k); got != want {
			t.Errorf("%s: %q, want %q", k, got, want)
		}
	}
}

// MID-040: HSTS only where the client used https, and that is known.
func TestHSTS(t *testing.T) {
	t.Parallel()
	proxies, err := clientip.New(clientip.Config{Trusted: []string{"10.0.0.2"}})
	if err != nil {
		t.Fatal(err)
	}
	from := func(peer, proto string) func(*http.Request) {
		return func(r *http.Request) { r.RemoteAddr = peer; r.Header.Set("X-Forwarded-Proto", proto) }
	}
	const plain = "max-age=63072000; includeSubDomains"
	for _, c := range []struct {
		name   string
		cfg    secure.Config
		change func(*http.Request)
		want   string
	}{
		{"http", secure.Config{}, func(*http.Request) {}, ""},
		{"https", secure.Config{}, overTLS, plain},
		{"https by a trusted proxy", secure.Config{}, from("10.0.0.2:1", "https"), plain},
		{"https claimed by a stranger", secure.Config{}, from("198.51.100.1:1", "https"), ""},
		{"preload", secure.Config{HSTSPreload: true}, overTLS, plain + "; preload"},
		{"without", secure.Config{WithoutHSTS: "development"}, overTLS, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := proxies.Wrap(layer(t, c.cfg).Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Strict-Transport-Security", "max-age=1")
			})))
			if got := get(h, c.change).Header.Get("Strict-Transport-Security"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// MID-044
func TestOverrides(t *testing.T) {
	t.Parallel()
	base := layer(t, secure.Config{HSTSPreload: true})
	const pageCSP = "default-src 'none'; require-trusted-types-for 'script'"
	pages := layer(t, secure.Config{CSP: pageCSP, ReferrerPolicy: "no-referrer", NoStore: true})

	t.Run("a handler's values stand, but for nosniff", func(t *testing.T) {
		t.Parallel()
		h := get(base.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Security-Policy", "sandbox")
			w.Header()["X-Frame-Options"] = nil
			w.Header().Set("X-Content-Type-Options", "sniff")
		})))
		got := h.Header
		if got.Get("Content-Security-Policy") != "sandbox" || got.Get("X-Frame-Options") != "" || got.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("headers %v", got)
		}
	})
	t.Run("the inner layer decides, HSTS stays the host's", func(t *testing.T) {
		t.Parallel()
		got := get(base.Wrap(pages.Wrap(pages.Wrap(http.HandlerFunc(ok)))), overTLS).Header
		if got.Get("Content-Security-Policy") != pageCSP || got.Get("Referrer-Policy") != "no-referrer" ||
			got.Get("Cache-Control") != "no-store" || !strings.HasSuffix(got.Get("Strict-Transport-Security"), "; preload") {
			t.Errorf("headers %v", got)
		}
		if len(got["Content-Security-Policy"]) != 1 || len(got["X-Content-Type-Options"]) != 1 {
			t.Errorf("twice: %v", got)
		}
	})
	t.Run("no-store yields to the handler", func(t *testing.T) {
		t.Parallel()
		got := get(pages.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "private, max-age=60")
		}))).Header
		if got.Get("Cache-Control") != "private, max-age=60" {
			t.Errorf("Cache-Control %q", got.Get("Cache-Control"))
		}
	})
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		field string
		cfg   secure.Config
	}{
		{"CSP", secure.Config{CSP: "script-src 'unsafe-inline'"}},
		{"CSP", secure.Config{CSP: "script-src 'UNSAFE-EVAL'"}},
		{"CSP", secure.Config{CSP: "default-src 'self'\r\nX: y"}},
		{"CSP", secure.Config{CSP: "default-src 'self', default-src *"}},
		{"ReferrerPolicy", secure.Config{ReferrerPolicy: "unsafe-url"}},
	} {
		if _, err := secure.New(c.cfg); !errors.Is(err, secure.ErrConfig) || !strings.Contains(err.Error(), c.field) {
			t.Errorf("%+v: %v", c.cfg, err)
		}
	}
	if _, err := secure.New(secure.Config{CSP: "script-src 'unsafe-inline'", UnsafeCSP: true}); err != nil {
		t.Errorf("stated on purpose: %v", err)
	}
}

// MID-082, MID-002: every answer carries the headers and an id, whoever gave it.
func TestEveryAnswer(t *testing.T) {
	t.Parallel()
	ids, err := requestid.New(requestid.Config{Clock: clock.NewFake(time.Unix(0, 0)), Entropy: entropy.Seeded(1)})
	if err != nil {
		t.Fatal(err)
	}
	sec := layer(t, secure.Config{})
	quiet := func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			respond.From(r.Context()).Set(respond.SlotLogger, slog.New(slog.DiscardHandler))
			next(w, r)
		}
	}
	for name, h := range map[string]http.HandlerFunc{
		"200":   ok,
		"404":   http.NotFound,
		"429":   func(w http.ResponseWriter, r *http.Request) { problem.Write(w, r, problem.Throttled) },
		"panic": func(http.ResponseWriter, *http.Request) { panic("boom") },
		"failed commit": func(_ http.ResponseWriter, r *http.Request) {
			_ = respond.From(r.Context()).Before(respond.StageSession, func(h *respond.Head) { problem.Replace(h, problem.Unavailable) })
		},
		"panic in a hook": func(_ http.ResponseWriter, r *http.Request) {
			_ = respond.From(r.Context()).Before(respond.StageSession, func(*respond.Head) { panic("boom") })
		},
		"flush": func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() },
		"413": func(w http.ResponseWriter, r *http.Request) {
			r.ContentLength = 2
			problem.LimitBody(1, nil).ServeHTTP(w, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := get(problem.Recover(ids.Wrap(sec.Wrap(sec.Wrap(quiet(h)))))).Header
			for _, k := range []string{"X-Request-Id", "Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options"} {
				if len(got[k]) != 1 {
					t.Errorf("%s: %q", k, got[k])
				}
			}
		})
	}
}

// Not parallel: AllocsPerRun counts the whole process. Two allocations are the
// scope's, one the header values', the rest is the growing header map.
func TestAllocations(t *testing.T) {
	h := layer(t, secure.Config{}).Wrap(http.HandlerFunc(ok))
	rec := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if n := testing.AllocsPerRun(100, func() { clear(rec.Header()); h.ServeHTTP(rec, r) }); n > 3 {
		t.Errorf("%.0f allocations per request, want at most 3", n)
	}
}
