package csrf

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/session"
)

// fixed is a session that costs nothing.
type fixed struct{ ref session.Ref }

func (f *fixed) Ref() (session.Ref, bool)                    { return f.ref, !f.ref.IsZero() }
func (f *fixed) Anchor(context.Context) (session.Ref, error) { return f.ref, nil }
func (f *fixed) View() session.View                          { return session.View{} }

// discard is a response writer without a memory.
type discard struct{ h http.Header }

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

// The whole check of a request: both layers and the hook. Subtract "bare", the
// scope that some layer has to make in any case.
func BenchmarkRequest(b *testing.B) {
	m, r := testMinter(b, publicKey("a", seal.Primary))
	p, err := New(Config{Keys: seal.Keys{Cookie: r}, Entropy: entropy.Seeded(1)})
	if err != nil {
		b.Fatal(err)
	}
	s := &fixed{refOf(1)}
	p.find = func(context.Context) (binding, error) { return s, nil }
	var tok token
	m.sign(&tok, s.ref)
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	asks := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = Token(r.Context())
		w.WriteHeader(http.StatusOK)
	})
	const others = "theme=dark; _ga=GA1.1.1; __Host-axess=abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst"
	with := others + "; " + p.cookie + "=" + tok.text()
	scope := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sc, w, r, _ := respond.Ensure(w, r)
			next.ServeHTTP(w, r)
			sc.Finish()
		})
	}
	for _, c := range []struct {
		name, method, cookie string
		h                    http.Handler
	}{
		{"bare", "GET", with, scope(ok)},
		{"safe", "GET", others, scope(p.Origin(p.Token(ok)))},
		{"safe with cookie", "GET", with, scope(p.Origin(p.Token(ok)))},
		{"safe with token", "GET", with, scope(p.Origin(p.Token(asks)))},
		{"unsafe by header", "POST", with, scope(p.Origin(p.Token(ok)))},
	} {
		b.Run(c.name, func(b *testing.B) {
			req := httptest.NewRequest(c.method, "https://app.example/", nil)
			req.Header.Set("Cookie", c.cookie)
			req.Header.Set("Sec-Fetch-Site", "same-origin")
			req.Header.Set(Header, tok.text())
			w := &discard{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.h)
				c.h.ServeHTTP(w, req)
			}
		})
	}
}
