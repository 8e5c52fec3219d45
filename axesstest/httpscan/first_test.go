package httpscan_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/axess-go/axess/axesstest/httpscan"
)

// eager is a client that has read an answer before its handler has returned.
type eager struct {
	*httptest.ResponseRecorder
	read func()
}

func (e eager) Write(p []byte) (int, error) {
	defer e.read()
	return e.ResponseRecorder.Write(p)
}

// ASR-009: what an answer shows for the first time, and its reader then calls a
// secret, is found in later answers and not in that one.
func TestSecret_named_while_it_arrives(t *testing.T) {
	t.Parallel()
	s := httpscan.New(httpscan.Config{})
	const key = "JBSWY3DPEHPK3PXP"
	h := s.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write([]byte(key))
	}))
	canaries := func() (n int) {
		for _, f := range s.Findings() {
			if f.Rule == httpscan.Canary {
				n++
			}
		}
		return n
	}
	for i, want := range []int{0, 1} {
		h.ServeHTTP(eager{httptest.NewRecorder(), func() { s.Secret("the key", key) }}, httptest.NewRequest(http.MethodGet, "/", nil))
		if got := canaries(); got != want {
			t.Fatalf("answer %d: %d findings: %v", i+1, got, s.Findings())
		}
	}
}
