package safehttp_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/internal/safehttp"
)

// counted is a TLS server on this machine that counts the connections it got.
type counted struct {
	*httptest.Server
	accepted atomic.Int64
}

type countingListener struct {
	net.Listener
	n *atomic.Int64
}

func (l countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.n.Add(1)
	}
	return c, err
}

func serve(t *testing.T, h http.HandlerFunc) *counted {
	t.Helper()
	s := &counted{Server: httptest.NewUnstartedServer(h)}
	s.Listener = countingListener{s.Listener, &s.accepted}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *counted) roots() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(s.Certificate())
	return p
}

func client(t *testing.T, cfg safehttp.Config) *safehttp.Client {
	t.Helper()
	if cfg.Clock == nil {
		cfg.Clock = clock.System()
	}
	c, err := safehttp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func answer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, body)
	}
}

// OAU-011, OAU-012, WKL-033
func TestURL_takes_https_and_this_machine_by_its_text_alone(t *testing.T) {
	t.Parallel()
	strict, loopback := client(t, safehttp.Config{}), client(t, safehttp.Config{InsecureLoopback: true})
	for _, tc := range []struct {
		url              string
		strict, loopback bool
	}{
		{"https://issuer.example/jwks", true, true},
		{"https://issuer.example:8443/jwks?x=1", true, true},
		{"http://issuer.example/jwks", false, false},
		{"http://localhost/jwks", false, true},
		{"http://localhost:8080/jwks", false, true},
		{"http://127.0.0.1/jwks", false, true},
		{"http://127.8.9.10:1/jwks", false, true},
		{"http://[::1]:1/jwks", false, true},
		{"http://localhost.evil.test/jwks", false, false},
		{"http://127.0.0.1.evil.test/jwks", false, false},
		{"http://localhost@evil.test/jwks", false, false},
		{"http://LOCALHOST/jwks", false, false},
		{"http://127.1/jwks", false, false},
		{"http://2130706433/jwks", false, false},
		{"http://0x7f.0.0.1/jwks", false, false},
		{"http://[::ffff:127.0.0.1]/jwks", false, false},
		{"http://[fe80::1%25lo]/jwks", false, false},
		{"https://user@issuer.example/", false, false},
		{"https://user:secret@issuer.example/", false, false},
		{"https://issuer.example/#x", false, false},
		{"https://issuer.example/#", false, false},
		{"https:///jwks", false, false},
		{"https:issuer.example", false, false},
		{"//issuer.example/", false, false},
		{"ftp://issuer.example/", false, false},
		{"file:///etc/passwd", false, false},
		{"https://issüer.example/", false, false},
		{"https://issuer.example/" + strings.Repeat("a", 2048), false, false},
		{"", false, false},
	} {
		for c, want := range map[*safehttp.Client]bool{strict: tc.strict, loopback: tc.loopback} {
			if _, err := c.URL(tc.url); (err == nil) != want || err != nil && !errors.Is(err, safehttp.ErrInsecureURL) {
				t.Errorf("%s (loopback %v): %v", tc.url, c == loopback, err)
			}
		}
	}
	if _, err := strict.Do(t.Context(), safehttp.Request{URL: "http://127.0.0.1:1/"}); !errors.Is(err, safehttp.ErrInsecureURL) {
		t.Errorf("Do: %v", err)
	}
}

// Whatever a name resolves to, no connection is made to an address inside. OAU-014
func TestDo_makes_no_connection_to_an_address_inside(t *testing.T) {
	t.Parallel()
	s := serve(t, answer(`{}`))
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	c := client(t, safehttp.Config{Roots: s.roots()})
	for range 3 { // each time: nothing is remembered as good
		for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"} {
			if _, err := c.Do(t.Context(), safehttp.Request{URL: "https://" + host + ":" + port + "/"}); !errors.Is(err, safehttp.ErrBlockedAddress) {
				t.Errorf("%s: %v", host, err)
			}
		}
	}
	if n := s.accepted.Load(); n != 0 {
		t.Fatalf("%d connections were made", n)
	}
	allowed := client(t, safehttp.Config{Roots: s.roots(), Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	if got, err := allowed.Do(t.Context(), safehttp.Request{URL: "https://127.0.0.1:" + port + "/"}); err != nil || string(got.Body) != "{}" {
		t.Errorf("an operator's exception: %v", err)
	}
	// This machine by its text, and only by it.
	local := client(t, safehttp.Config{Roots: s.roots(), InsecureLoopback: true})
	if _, err := local.Do(t.Context(), safehttp.Request{URL: "https://127.0.0.1:" + port + "/"}); err != nil {
		t.Errorf("InsecureLoopback: %v", err)
	}
	if _, err := local.Do(t.Context(), safehttp.Request{URL: "https://0.0.0.0:" + port + "/"}); !errors.Is(err, safehttp.ErrBlockedAddress) {
		t.Errorf("InsecureLoopback and another text: %v", err)
	}
}

// OAU-013
func TestDo_follows_no_redirect(t *testing.T) {
	t.Parallel()
	var followed atomic.Bool
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/there" {
			followed.Store(true)
			return
		}
		w.Header().Set("Location", "/there")
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	c := client(t, safehttp.Config{Roots: s.roots(), InsecureLoopback: true})
	if _, err := c.Do(t.Context(), safehttp.Request{URL: s.URL + "/here"}); !errors.Is(err, safehttp.ErrRedirect) || followed.Load() {
		t.Errorf("%v, followed %v", err, followed.Load())
	}
}

// OAU-016
func TestDo_reads_no_more_than_it_may(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body := bytes.Repeat([]byte("1"), 100)
		if r.URL.Path == "/over" {
			body = append(body, '1')
		}
		if r.URL.Query().Has("chunked") {
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
		}
		if r.URL.Path == "/gzip" {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			z.Write(bytes.Repeat([]byte("1"), 10000))
			return
		}
		w.Write(body)
	})
	c := client(t, safehttp.Config{Roots: s.roots(), InsecureLoopback: true})
	for path, want := range map[string]error{"/": nil, "/?chunked": nil, "/over": safehttp.ErrResponseTooLarge, "/over?chunked": safehttp.ErrResponseTooLarge, "/gzip": safehttp.ErrContentType} {
		got, err := c.Do(t.Context(), safehttp.Request{URL: s.URL + path, MaxBody: 100})
		if !errors.Is(err, want) || want == nil && len(got.Body) != 100 {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
}

func TestDo_parses_nothing_of_another_type(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = nil
		if kind := r.URL.Query().Get("type"); kind != "" {
			w.Header().Set("Content-Type", kind)
		}
		if r.URL.Path == "/missing" {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, "{}")
	})
	c := client(t, safehttp.Config{Roots: s.roots(), InsecureLoopback: true})
	for kind, want := range map[string]error{
		"application/json": nil, "application/json%3Bcharset=utf-8": nil, "application/jwk-set%2Bjson": nil, "Application/JSON": nil,
		"text/html": safehttp.ErrContentType, "text/json": safehttp.ErrContentType, "": safehttp.ErrContentType, "application/jsonx": safehttp.ErrContentType,
	} {
		if _, err := c.Do(t.Context(), safehttp.Request{URL: s.URL + "/?type=" + kind}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", kind, err, want)
		}
	}
	if _, err := c.Do(t.Context(), safehttp.Request{URL: s.URL + "/?type=application/jwt", Accept: []string{"application/jwt"}}); err != nil {
		t.Error(err)
	}
	if got, err := c.Do(t.Context(), safehttp.Request{URL: s.URL + "/missing?type=text/html"}); err != nil || got.Status != http.StatusNotFound {
		t.Errorf("a page that says 404: %v", err)
	}
}

// OAU-017
func TestDo_asks_no_proxy_and_keeps_no_cookie(t *testing.T) {
	var proxied atomic.Bool
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied.Store(true) }))
	defer proxy.Close()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	var cookies atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookies.Add(int64(len(r.Cookies())))
		http.SetCookie(w, &http.Cookie{Name: "track", Value: "1"})
		answer("{}")(w, r)
	}))
	defer s.Close()
	c := client(t, safehttp.Config{InsecureLoopback: true})
	for range 2 {
		if _, err := c.Do(t.Context(), safehttp.Request{URL: s.URL}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Do(t.Context(), safehttp.Request{URL: "https://10.255.255.1/"}); !errors.Is(err, safehttp.ErrBlockedAddress) {
		t.Errorf("behind a proxy: %v", err)
	}
	if cookies.Load() != 0 || proxied.Load() {
		t.Errorf("%d cookies sent, proxy asked %v", cookies.Load(), proxied.Load())
	}
}

// OAU-015, WKL-036
func TestDo_verifies_the_certificate_and_wants_TLS_1_2(t *testing.T) {
	t.Parallel()
	s := serve(t, answer("{}"))
	if _, err := client(t, safehttp.Config{InsecureLoopback: true}).Do(t.Context(), safehttp.Request{URL: s.URL}); err == nil {
		t.Error("a certificate of nobody was taken")
	}
	// The clock judges the certificate: a hundred years on it is of no use.
	late := clock.NewFake(s.Certificate().NotAfter.Add(time.Hour))
	if _, err := client(t, safehttp.Config{InsecureLoopback: true, Roots: s.roots(), Clock: late}).Do(t.Context(), safehttp.Request{URL: s.URL}); err == nil {
		t.Error("an expired certificate was taken")
	}
	old := httptest.NewUnstartedServer(answer("{}"))
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10} //nolint:gosec // the very thing to refuse
	old.StartTLS()
	defer old.Close()
	pool := x509.NewCertPool()
	pool.AddCert(old.Certificate())
	if _, err := client(t, safehttp.Config{InsecureLoopback: true, Roots: pool}).Do(t.Context(), safehttp.Request{URL: old.URL}); err == nil {
		t.Error("TLS 1.1 was taken")
	}
}

func TestDo_ends_by_the_clock_and_tells_no_query(t *testing.T) {
	t.Parallel()
	arrived, leave := make(chan struct{}), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(arrived); <-leave }))
	defer s.Close()
	defer close(leave)
	fake := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	c := client(t, safehttp.Config{InsecureLoopback: true, Clock: fake, Timeout: time.Second})
	done := make(chan error, 1)
	go func() {
		_, err := c.Do(context.Background(), safehttp.Request{URL: s.URL + "/?code=canary"})
		done <- err
	}()
	<-arrived
	fake.Advance(time.Second)
	if err := <-done; !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v", err)
	}
}

func TestNew_refuses_what_makes_no_sense(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]safehttp.Config{
		"no clock":   {},
		"too short":  {Clock: clock.System(), Timeout: time.Millisecond},
		"too long":   {Clock: clock.System(), Timeout: time.Minute},
		"everything": {Clock: clock.System(), Allow: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}},
		"no prefix":  {Clock: clock.System(), Allow: []netip.Prefix{{}}},
	} {
		if _, err := safehttp.New(cfg); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func ExampleNew() {
	c, err := safehttp.New(safehttp.Config{Clock: clock.System()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	_, err = c.Do(context.Background(), safehttp.Request{URL: "http://169.254.169.254/latest/meta-data"})
	fmt.Println(err)
	_, err = c.Do(context.Background(), safehttp.Request{URL: "https://169.254.169.254/latest/meta-data"})
	fmt.Println(errors.Is(err, safehttp.ErrBlockedAddress))
	// Output:
	// safehttp: the address is not https, or says too much
	// true
}
