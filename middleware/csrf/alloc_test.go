//go:build !race

package csrf

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/respond"
	"github.com/axess-go/axess/seal"
)

// CSR-014: the check of the cookie on every response costs a safe request one
// allocation, and none without the cookie but that same one. Not parallel:
// AllocsPerRun counts the whole process.
func TestSafe_request_allocates_once(t *testing.T) {
	m, ring := testMinter(t, publicKey("a", seal.Primary))
	p, err := New(Config{Keys: seal.Keys{Cookie: ring}, Entropy: entropy.Seeded(1)})
	if err != nil {
		t.Fatal(err)
	}
	s := &fixed{refOf(1)}
	p.find = func(context.Context) (binding, error) { return s, nil }
	var tok token
	m.sign(&tok, s.ref)
	var seen *state
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, seen = stateOf(r.Context())
		w.WriteHeader(http.StatusOK)
	})
	measure := func(h http.Handler, cookie string) float64 {
		req := httptest.NewRequest(http.MethodGet, "https://app.example/", nil)
		req.Header.Set("Cookie", cookie)
		w := &discard{http.Header{}}
		return testing.AllocsPerRun(200, func() {
			clear(w.h)
			sc, w, r, _ := respond.Ensure(w, req)
			h.ServeHTTP(w, r)
			sc.Finish()
		})
	}
	layers := p.Origin(p.Token(bare))
	for _, cookie := range []string{"theme=dark", "theme=dark; " + p.cookie + "=" + tok.text()} {
		if got := measure(layers, cookie) - measure(bare, cookie); got > 1 {
			t.Errorf("%q: %v allocations", cookie, got)
		}
	}
	measure(layers, p.cookie+"="+tok.text())
	if seen == nil || !seen.kept {
		t.Error("the cookie was not looked at")
	}
}
