package blocklist_test

import (
	"context"
	"crypto/sha1" //nolint:gosec // what the service is asked by
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/factor/password/blocklist"
)

// service is a server on this machine, over TLS, as the real one answers.
func service(t *testing.T, h http.HandlerFunc, edit ...func(*blocklist.RangeConfig)) *blocklist.Range {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	cfg := blocklist.RangeConfig{
		Clock: clock.System(), URL: s.URL + "/range/", Roots: roots,
		Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}
	for _, e := range edit {
		e(&cfg)
	}
	r, err := blocklist.NewRange(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func plain(w http.ResponseWriter, lines ...string) {
	w.Header().Set("Content-Type", "text/plain")
	fmt.Fprint(w, strings.Join(lines, "\r\n"))
}

func sha(pw string) string { return fmt.Sprintf("%X", sha1.Sum([]byte(pw))) } //nolint:gosec // as above

// FAC-021: the server hears five digits and that it shall pad, nothing else; padding and
// other digests are no hit.
func TestRange_tells_five_digits(t *testing.T) {
	t.Parallel()
	const known, padded, fresh = "correct horse battery staple", "only in the padding", "violet anchor seven lanterns"
	var asked atomic.Int32
	r := service(t, func(w http.ResponseWriter, req *http.Request) {
		asked.Add(1)
		digits, ok := strings.CutPrefix(req.URL.Path, "/range/")
		if !ok || len(digits) != 5 || req.URL.RawQuery != "" || req.Method != http.MethodGet {
			t.Errorf("%s %s", req.Method, req.URL)
		}
		if req.Header.Get("Add-Padding") != "true" || req.Header.Get("User-Agent") == "" || req.Header.Get("Cookie") != "" {
			t.Errorf("%v", req.Header)
		}
		var lines []string
		for _, e := range []struct {
			pw    string
			count int
		}{{known, 2401}, {padded, 0}} {
			if sum := sha(e.pw); sum[:5] == digits {
				lines = append(lines, fmt.Sprintf("%s:%d", sum[5:], e.count))
			}
		}
		plain(w, append(lines, strings.Repeat("0", 35)+":7")...)
	})
	for pw, want := range map[string]bool{
		known: true, padded: false, fresh: false,
		"Correct horse battery staple": false, // case counts there
	} {
		if contains(t, r, pw) != want {
			t.Errorf("%q: %v", pw, !want)
		}
	}
	if asked.Load() != 4 {
		t.Errorf("asked %d times", asked.Load())
	}
}

// FAC-021: accents are composed before the digest, as everywhere with passwords.
func TestRange_composes(t *testing.T) {
	t.Parallel()
	r := service(t, func(w http.ResponseWriter, _ *http.Request) { plain(w, sha("café au lait noir")[5:]+":1") })
	if !contains(t, r, "cafe\u0301 au lait noir") {
		t.Error("another way to type it is another password")
	}
}

// FAC-021: what is no answer is an error, without a word of the password or its digest.
func TestRange_does_not_guess(t *testing.T) {
	t.Parallel()
	const pw = "correct horse battery staple"
	hit := sha(pw)[5:] + ":1"
	for name, h := range map[string]http.HandlerFunc{
		"status":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
		"no content": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"redirect":   func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, hit)
		},
		"no count":    func(w http.ResponseWriter, _ *http.Request) { plain(w, hit, sha("other")[5:]) },
		"short":       func(w http.ResponseWriter, _ *http.Request) { plain(w, "ABC:1", hit) },
		"not a count": func(w http.ResponseWriter, _ *http.Request) { plain(w, hit+"x") },
		"too large":   func(w http.ResponseWriter, _ *http.Request) { plain(w, strings.Repeat(hit+"\r\n", 10_000)) },
	} {
		r := service(t, h)
		known, err := r.Contains(t.Context(), secret(pw))
		if known || !errors.Is(err, blocklist.ErrRange) {
			t.Errorf("%s: %v %v", name, known, err)
			continue
		}
		for _, word := range []string{"horse", sha(pw)[:5], sha(pw)[5:]} {
			if strings.Contains(strings.ToUpper(err.Error()), strings.ToUpper(word)) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// FAC-021: two seconds are what somebody waits for a server that says nothing.
func TestRange_ends_after_two_seconds(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC))
	begun := make(chan struct{})
	r := service(t, func(_ http.ResponseWriter, req *http.Request) {
		close(begun)
		<-req.Context().Done()
	}, func(c *blocklist.RangeConfig) {
		c.Clock = fake
		c.Roots, c.Allow = nil, nil
		c.Transport = transport(func(req *http.Request) (*http.Response, error) {
			close(begun)
			<-req.Context().Done()
			return nil, context.Cause(req.Context())
		})
	})
	done := make(chan error, 1)
	go func() {
		_, err := r.Contains(t.Context(), secret("violet anchor seven lanterns"))
		done <- err
	}()
	<-begun
	fake.Advance(1999 * time.Millisecond)
	select {
	case err := <-done:
		t.Fatalf("before its time: %v", err)
	default:
	}
	fake.Advance(time.Millisecond)
	if err := <-done; !errors.Is(err, blocklist.ErrRange) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// FAC-021: TLS alone, with a certificate that is verified; an address that is not public
// only for who allows it.
func TestRange_over_TLS_alone(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://api.example/range/", "http://localhost/range/", "https://api.example/range", "https://api.example/range/?k=", "ftp://x/", "range/"} {
		if _, err := blocklist.NewRange(blocklist.RangeConfig{Clock: clock.System(), URL: url}); !errors.Is(err, blocklist.ErrRange) {
			t.Errorf("%s: %v", url, err)
		}
	}
	if _, err := blocklist.NewRange(blocklist.RangeConfig{}); !errors.Is(err, blocklist.ErrRange) {
		t.Errorf("without a clock: %v", err)
	}
	if _, err := blocklist.NewRange(blocklist.RangeConfig{Clock: clock.System()}); err != nil {
		t.Error(err)
	}
	called := false
	h := func(w http.ResponseWriter, _ *http.Request) { called = true; plain(w) }
	for name, edit := range map[string]func(*blocklist.RangeConfig){
		"unknown authority": func(c *blocklist.RangeConfig) { c.Roots = x509.NewCertPool() },
		"not public":        func(c *blocklist.RangeConfig) { c.Allow = nil },
	} {
		r := service(t, h, edit)
		if _, err := r.Contains(t.Context(), secret("violet anchor seven lanterns")); !errors.Is(err, blocklist.ErrRange) || called {
			t.Errorf("%s: %v", name, err)
		}
	}
}
