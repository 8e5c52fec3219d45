package httpscan_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/axess-go/axess/axesstest/httpscan"
)

// good sets the headers that every answer has.
func good(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
}

// app answers by path: each answer but the first breaks a rule.
func app(w http.ResponseWriter, r *http.Request) {
	good(w)
	switch r.URL.Path {
	case "/good":
		fmt.Fprint(w, "<p>good</p>")
	case "/banner":
		w.Header().Set("X-Powered-By", "Go")
	case "/echo":
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		fields, err := url.ParseQuery(string(body))
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(w, "<p>%s%s%s</p>", body, fields.Get("password"), r.URL.Query().Get("token"))
	case "/guarded":
		http.Redirect(w, r, "/sign-in?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
	case "/verify":
		http.Redirect(w, r, "/sign-in?token="+url.QueryEscape(r.URL.Query().Get("token")), http.StatusSeeOther)
	case "/sign-in":
		w.Header().Set("Set-Cookie", "session="+seenValue+"; Path=/; HttpOnly; SameSite=Lax")
	case "/leak":
		fmt.Fprint(w, "<p>"+seenValue+"</p>")
	case "/late":
		w.WriteHeader(http.StatusOK)
		w.Header().Set("X-Powered-By", "nobody sees this")
	case "/early":
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("X-Powered-By", "Go")
		w.WriteHeader(http.StatusOK)
	case "/stream":
		fmt.Fprint(w, "<p>one</p>")
		if err := http.NewResponseController(w).Flush(); err != nil {
			panic(err)
		}
		w.(http.Flusher).Flush()
		fmt.Fprint(w, "<p>two</p>")
	case "/socket":
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, err = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"))
		if err = errors.Join(err, conn.Close()); err != nil {
			panic(err)
		}
	case "/large":
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(make([]byte, 5<<20)) // one test closes early
	default:
		panic(http.ErrAbortHandler)
	}
}

// via runs the same test before a server and on both sides of one.
func via(t *testing.T, test func(t *testing.T, scan *httpscan.Scanner, do func(method, target, body string))) {
	t.Helper()
	send := func(t *testing.T, client *http.Client, base string) func(method, target, body string) {
		return func(method, target, body string) {
			r, err := http.NewRequestWithContext(t.Context(), method, base+target, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			res, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode == http.StatusSwitchingProtocols {
				return
			}
			if _, err := io.Copy(io.Discard, res.Body); err != nil {
				t.Fatal(err)
			}
			if err := res.Body.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Run("handler", func(t *testing.T) {
		t.Parallel()
		scan := httpscan.New(httpscan.Config{})
		srv := httptest.NewServer(scan.Handler(http.HandlerFunc(app)))
		defer srv.Close()
		test(t, scan, send(t, srv.Client(), srv.URL))
	})
	t.Run("transport", func(t *testing.T) {
		t.Parallel()
		scan := httpscan.New(httpscan.Config{})
		srv := httptest.NewServer(http.HandlerFunc(app))
		defer srv.Close()
		client := srv.Client()
		client.Transport = scan.Transport(client.Transport)
		test(t, scan, send(t, client, srv.URL))
	})
}

// only fails unless the scanner has found exactly these rules.
func only(t *testing.T, scan *httpscan.Scanner, want ...httpscan.Rule) {
	t.Helper()
	found := scan.Findings()
	if len(found) != len(want) {
		t.Fatalf("found %v, want %v", found, want)
	}
	for i, f := range found {
		if f.Rule != want[i] {
			t.Fatalf("found %v, want %v", found, want)
		}
	}
}

// ASR-009
func TestScanner_on_either_side(t *testing.T) {
	t.Parallel()
	via(t, func(t *testing.T, scan *httpscan.Scanner, do func(method, target, body string)) {
		for _, path := range []string{"/good", "/late", "/stream", "/large", "/socket"} {
			do("GET", path, "")
		}
		do("HEAD", "/good", "")
		only(t, scan)
		if n := scan.Answers(); n != 5 {
			t.Errorf("%d answers were checked, want 5: all but that of the socket", n)
		}
		do("GET", "/banner", "")
		do("GET", "/banner", "") // the same is said once
		do("GET", "/early", "")  // headers before the last are none of the answer
		only(t, scan, httpscan.Banner, httpscan.Banner)
	})
}

// ASR-009: what only the client and the program should know is a secret without
// being told.
func TestScanner_learns_secrets(t *testing.T) {
	t.Parallel()
	via(t, func(t *testing.T, scan *httpscan.Scanner, do func(method, target, body string)) {
		do("POST", "/echo", "identifier=ada%40example.org&_csrf=12345678901234567890")
		do("POST", "/echo", "password=short")
		do("POST", "/echo", "identifier=ada-is-my-name&password=ada-is-my-name")
		only(t, scan)
		do("POST", "/echo", "identifier=ada&password=correct+horse+battery")
		only(t, scan, httpscan.Canary)
		do("GET", "/echo?token=0123456789abcdef", "")
		only(t, scan, httpscan.Canary, httpscan.Canary)
		do("GET", "/leak", "")
		only(t, scan, httpscan.Canary, httpscan.Canary)
		do("GET", "/sign-in", "")
		do("GET", "/leak", "")
		only(t, scan, httpscan.Canary, httpscan.Canary, httpscan.Canary)
	})
	scan := httpscan.New(httpscan.Config{})
	h := scan.Handler(http.HandlerFunc(app))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/guarded?a=1&token=0123456789abcdef", nil))
	only(t, scan) // the address to return to
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/verify?token=0123456789abcdef", nil))
	only(t, scan, httpscan.Canary) // an address to stay at
	scan = httpscan.New(httpscan.Config{})
	h = scan.Handler(http.HandlerFunc(app))
	r := httptest.NewRequest("POST", "/echo", strings.NewReader(`{"user":"ada","password":"correct horse battery"}`))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	h.ServeHTTP(httptest.NewRecorder(), r)
	only(t, scan, httpscan.Canary)
}

// ASR-009: logs and everything else that leaves the program.
func TestScanner_reads_logs(t *testing.T) {
	t.Parallel()
	scan := httpscan.New(httpscan.Config{})
	scan.Secret("the api key", apiKey)
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(scan.Log(&out), nil))
	log.Info("hello", "who", "ada")
	only(t, scan)
	log.Info("calling", "key", apiKey)
	only(t, scan, httpscan.Canary)
	if strings.Count(out.String(), "\n") != 2 {
		t.Errorf("passed on: %s", &out)
	}
	if found := scan.Text("error", "no such key: "+apiKey); len(found) != 1 || found[0].Where != "error" {
		t.Errorf("found %v", found)
	}
	if _, err := scan.Log(nil).Write([]byte("to nowhere")); err != nil {
		t.Error(err)
	}
	if _, err := scan.Log(broken{}).Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v", err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// An exception has a rule, a place and a reason, and is reported once it excuses
// nothing any more.
func TestScanner_exceptions(t *testing.T) {
	t.Parallel()
	scan := httpscan.New(httpscan.Config{Except: []httpscan.Exception{{Rule: httpscan.HSTS, Reason: "not needed, not reported"}}})
	h := scan.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		good(w)
		w.Header().Set("X-Powered-By", "Go")
	}))
	get := func(path string) { h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil)) }
	scan.Except(httpscan.Banner, "/legacy", "a test")
	only(t, scan, httpscan.Stale)
	get("/legacy")
	get("/legacy/deep")
	only(t, scan)
	get("/legacyish")
	only(t, scan, httpscan.Banner)
	scan.Except(httpscan.CSP, "", "another test")
	only(t, scan, httpscan.Banner, httpscan.Stale)
	for what, f := range map[string]func(){
		"no reason":    func() { scan.Except(httpscan.CSP, "/", " ") },
		"no rule":      func() { scan.Except("typo", "/", "reason") },
		"short secret": func() { scan.Secret("pin", "1234") },
		"config":       func() { httpscan.New(httpscan.Config{Except: []httpscan.Exception{{Rule: httpscan.CSP}}}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", what)
				}
			}()
			f()
		}()
	}
}

// fake is a test of which the outcome can be read.
type fake struct {
	testing.TB
	ends []func()
	said []string
}

func (f *fake) Helper()           {}
func (f *fake) Cleanup(fn func()) { f.ends = append(f.ends, fn) }
func (f *fake) Errorf(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}

func TestFor_fails_the_test(t *testing.T) {
	t.Parallel()
	f := &fake{TB: t}
	scan := httpscan.For(f, httpscan.Config{})
	scan.Handler(http.HandlerFunc(app)).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/banner", nil))
	if len(f.said) > 0 {
		t.Error("said before the end")
	}
	for _, end := range f.ends {
		end()
	}
	if len(f.said) != 1 || !strings.Contains(f.said[0], "httpscan: banner: GET /banner 200: X-Powered-By: Go (cure: Remove the header") {
		t.Errorf("said %q", f.said)
	}
}

// A handler that gives up gives no answer, and its panic reaches the server.
func TestHandler_lets_panics_pass(t *testing.T) {
	t.Parallel()
	scan := httpscan.New(httpscan.Config{})
	func() {
		defer func() {
			if p := recover(); p != http.ErrAbortHandler {
				t.Errorf("recovered %v", p)
			}
		}()
		scan.Handler(http.HandlerFunc(app)).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/panic", nil))
	}()
	if scan.Answers() != 0 {
		t.Error("checked an answer that was not given")
	}
}

// A body that nobody reads is checked as far as it came.
func TestTransport_checks_what_is_closed_early(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(app))
	defer srv.Close()
	scan := httpscan.New(httpscan.Config{})
	rt := scan.Transport(srv.Client().Transport)
	for _, path := range []string{"/banner", "/large"} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := rt.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Fatal(err)
		}
	}
	only(t, scan, httpscan.Banner)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", srv.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := scan.Transport(nil).RoundTrip(r); err == nil {
		t.Errorf("answered %v", res.Body.Close())
	}
}
