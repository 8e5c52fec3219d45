package jwt

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/safehttp"
)

// WKL-033, WKL-036
func TestHTTPFetcher_brings_documents_of_issuers(t *testing.T) {
	t.Parallel()
	type question struct{ authorization, cache string }
	asked := make(chan question, 1)
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case asked <- question{r.Header.Get("Authorization"), r.Header.Get("Cache-Control")}:
		default:
		}
		w.Header().Set("Content-Type", "application/jwk-set+json")
		switch r.URL.Path {
		case "/jwks":
			w.Header().Set("Cache-Control", "public, max-age=600")
			fmt.Fprint(w, `{"keys":[]}`)
		case "/large":
			fmt.Fprint(w, strings.Repeat("x", maxSet+1))
		case "/moved":
			http.Redirect(w, r, "/jwks", http.StatusFound)
		case "/down":
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, "canary")
		case "/page":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>canary")
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("first\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(s.URL, "https://")
	f, err := NewFetcher(FetchConfig{Clock: clock.System(), Roots: roots, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, BearerFile: file, BearerHost: host})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := f.Fetch(t.Context(), FetchRequest{URL: s.URL + "/jwks"})
	if err != nil || string(doc.Body) != `{"keys":[]}` || doc.MaxAge != 10*time.Minute {
		t.Errorf("%+v, %v", doc, err)
	}
	if q := <-asked; q != (question{"Bearer first", ""}) {
		t.Errorf("%+v", q)
	}
	// The file is read anew each time, and a cache on the way is passed by on demand.
	if err := os.WriteFile(file, []byte("second"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Fetch(t.Context(), FetchRequest{URL: s.URL + "/jwks", NoCache: true}); err != nil {
		t.Error(err)
	}
	if q := <-asked; q != (question{"Bearer second", "no-cache"}) {
		t.Errorf("%+v", q)
	}
	for path, want := range map[string]error{"/none": ErrNoDocument, "/large": safehttp.ErrResponseTooLarge, "/moved": safehttp.ErrRedirect, "/page": safehttp.ErrContentType, "/down": nil} {
		_, err := f.Fetch(t.Context(), FetchRequest{URL: s.URL + path})
		if err == nil || want != nil && !errors.Is(err, want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
		select {
		case <-asked:
		default:
		}
	}
	// The token is for one host: a document must not send it elsewhere.
	other, err := NewFetcher(FetchConfig{Clock: clock.System(), Roots: roots, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, BearerFile: file, BearerHost: "kubernetes.default.svc"})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.Fetch(t.Context(), FetchRequest{URL: s.URL + "/jwks"}); err != nil {
		t.Error(err)
	}
	if q := <-asked; q.authorization != "" {
		t.Errorf("the token went to another host")
	}
	// A host of strangers that lives inside is not asked.
	strict, err := NewFetcher(FetchConfig{Clock: clock.System(), Roots: roots})
	if err != nil {
		t.Fatal(err)
	}
	defer strict.Close()
	if _, err := strict.Fetch(t.Context(), FetchRequest{URL: s.URL + "/jwks"}); !errors.Is(err, safehttp.ErrBlockedAddress) {
		t.Errorf("%v", err)
	}
	if _, err := strict.Fetch(t.Context(), FetchRequest{URL: "http://localhost.evil.example/jwks"}); !errors.Is(err, safehttp.ErrInsecureURL) {
		t.Errorf("%v", err)
	}
	if len(asked) != 0 {
		t.Error("somebody was asked all the same")
	}
}

func TestNewFetcher_refuses_half_a_configuration(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]FetchConfig{
		"no clock":              {},
		"a token for everybody": {Clock: clock.System(), BearerFile: "token"},
		"a host without token":  {Clock: clock.System(), BearerHost: "a"},
	} {
		if _, err := NewFetcher(cfg); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	f, err := NewFetcher(FetchConfig{Clock: clock.System(), BearerFile: filepath.Join(t.TempDir(), "absent"), BearerHost: "issuer.example"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Fetch(t.Context(), FetchRequest{URL: "https://issuer.example/jwks"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without its token it asked all the same: %v", err)
	}
}

func TestMaxAge_is_what_the_answer_says(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]time.Duration{
		"": -1, "public": -1, "max-age=60": time.Minute, "public, Max-Age=60": time.Minute, `max-age="60"`: time.Minute,
		"no-store": 0, "no-cache, max-age=60": 0, "max-age=x": 0, "max-age=-1": 0, "max-age=99999999999": 0, "s-maxage=5": -1,
	} {
		if got := maxAge(http.Header{"Cache-Control": {line}}); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}
