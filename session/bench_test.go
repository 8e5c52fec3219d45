package session

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// SES-243: the whole authenticated read on a store in memory.
func BenchmarkRead(b *testing.B) {
	for _, c := range []struct {
		name string
		memo int
	}{{"opened before", 0}, {"opened anew", WithoutMemo}} {
		b.Run(c.name, func(b *testing.B) {
			g := newRig(b)
			in := g.in()
			theme := NewKey[string]("theme")
			in.do(func(_ http.ResponseWriter, _ *http.Request, s *Session) { _ = theme.Set(s, "dark") })
			h := g.manager(func(cfg *Config) { cfg.Memo, cfg.Store, cfg.Metrics = c.memo, immediate{g.db}, nil }).Wrap(readTheme(b, theme))
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("User-Agent", testAgent)
			r.Header.Set("Cookie", "theme=dark; _ga=GA1.1.1; "+in.cookie+"; __Host-axess-csrf=abc")
			w := &sink{h: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.h)
				h.ServeHTTP(w, r)
			}
		})
	}
}

// readTheme is a page that looks at the person and at one value.
func readTheme(tb testing.TB, theme Key[string]) http.Handler {
	ok := []byte("ok")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := From(r.Context())
		if err != nil {
			tb.Fatal(err)
		}
		if _, in := s.State().(Authenticated); !in {
			tb.Fatal("not signed in")
		}
		if v, _, err := theme.Get(s); v != "dark" || err != nil {
			tb.Fatal(v, err)
		}
		_, _ = w.Write(ok)
	})
}

// SES-243: opening and decoding a body of 1 KiB.
func BenchmarkOpenDecode(b *testing.B) {
	g := newRig(b)
	body := mustDecode(b, vector(b, "authenticated"))
	body.custom = encodeEntries([]entry{{"blob", make([]byte, 700)}})
	ref := secretID{1}.ref()
	sealed, err := g.seal(ref, 1, body.encode())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		plain, _, err := g.open(ref, 1, sealed)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := g.bodies.decode(plain); err != nil {
			b.Fatal(err)
		}
	}
}

type immediate struct{ *memStore }

func (immediate) Immediate() {}

// sink is a response writer that keeps nothing.
type sink struct{ h http.Header }

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(int)             {}

// SES-177: what comparing a request with the binding of its session costs.
func BenchmarkBinding(b *testing.B) {
	g := newRig(b)
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("User-Agent", testAgent)
	body := guestBody()
	g.binder.capture(&body, r)
	b.ReportAllocs()
	for b.Loop() {
		if _, differs, _ := g.binder.compare(&body, r); differs {
			b.Fatal("differs")
		}
	}
}
