package axess_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/audit"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/health"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/memory"
)

// probe asks the way a load balancer does: by address, without a cookie.
func probe(s *fronttest.Site, method, path string) fronttest.Answer {
	b := s.Browser()
	r := b.Request(method, path, nil)
	r.Host = "10.1.2.3:9999"
	r.Header.Del("Accept")
	return b.Send(r)
}

// PRD-052, TEL-010, STO-067: alive is whoever answers, ready is whoever can serve.
func TestProbes(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	for _, path := range []string{"/livez", "/healthz", "/readyz", "/startupz"} {
		got := probe(s, "GET", path).Is(t, 200)
		if got.Body != "healthy\n" || got.Header.Get("Cache-Control") != "no-store" || len(got.Header["Set-Cookie"]) > 0 {
			t.Errorf("%s: %q %v", path, got.Body, got.Header)
		}
		wantSecured(t, path, got)
		if got := probe(s, "HEAD", path).Is(t, 200); got.Body != "" {
			t.Errorf("HEAD %s has a body", path)
		}
		probe(s, "POST", path).Is(t, 405)
	}
	s.Ports.Take()
	s.Ports.Fail(fronttest.Down("session", "identity"))
	s.Clock.Advance(health.SharedFor)
	for path, want := range map[string]int{"/livez": 200, "/healthz": 200, "/startupz": 200} {
		probe(s, "GET", path).Is(t, want)
	}
	if calls := s.Ports.Take(); len(calls) > 0 {
		t.Errorf("liveness asks %v", calls)
	}
	down := probe(s, "GET", "/readyz").Is(t, 503)
	if down.Body != "unhealthy\n" {
		t.Errorf("the answer says %q", down.Body)
	}
	// Whoever operates it is told more. TEL-011
	report := s.Auth.Health(t.Context())
	if i := slices.IndexFunc(report.Findings, func(f health.Finding) bool { return f.Name == "session" }); i < 0 || report.Findings[i].Reason == "" {
		t.Errorf("got %+v", report)
	}
	if err := s.Auth.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "session") || !strings.Contains(err.Error(), "identity") {
		t.Errorf("Check says %v", err)
	}
	s.Ports.Fail(nil)
	s.Clock.Advance(health.SharedFor)
	probe(s, "GET", "/readyz").Is(t, 200)
	// PRD-050
	if err := s.Auth.Check(t.Context()); err != nil {
		t.Errorf("Check says %v", err)
	}
}

// STO-067: a part that limps is no reason to send requests elsewhere, and the
// program's own parts count.
func TestProbes_own_checks(t *testing.T) {
	t.Parallel()
	state := health.IsDegraded("the search index is behind")
	s := fronttest.New(t, func(c *axess.Config) {
		c.Health = []health.Check{{Name: "search", Run: func(context.Context) health.Result { return state }}}
	})
	if got := probe(s, "GET", "/readyz").Is(t, 200); got.Body != "degraded\n" || strings.Contains(got.Body, "search") {
		t.Errorf("got %q", got.Body)
	}
	state = health.IsUnhealthy("no index")
	s.Clock.Advance(health.SharedFor)
	probe(s, "GET", "/readyz").Is(t, 503)
}

// PRD-052: the program's own routes win, those that take everything do not.
func TestProbes_yield_to_own_routes(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	own := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "mine") }
	s.Routes.Public("GET /readyz", own)
	s.Routes.Public("GET /{rest...}", own)
	b := s.Browser()
	if got := b.Get("/readyz"); got.Body != "mine" {
		t.Errorf("/readyz: %q", got.Body)
	}
	if got := b.Get("/livez"); got.Body != "healthy\n" {
		t.Errorf("/livez: %q", got.Body)
	}
	// A plain mux is asked as well.
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", own)
	for path, want := range map[string]string{"/healthz": "mine", "/readyz": "healthy\n"} {
		w := httptest.NewRecorder()
		s.Auth.Handler(mux).ServeHTTP(w, b.Request("GET", path, nil))
		if w.Body.String() != want {
			t.Errorf("mux, %s: %q", path, w.Body)
		}
	}
}

// PRD-041: in development a probe from elsewhere is refused like everything else.
func TestProbes_of_other_machines_in_development(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	b := s.Browser()
	r := b.Request("GET", "/livez", nil)
	r.RemoteAddr = "192.0.2.7:80"
	b.Send(r).Is(t, 403)
	s = fronttest.New(t, fronttest.Standard)
	r = s.Browser().Request("GET", "/livez", nil)
	r.RemoteAddr = "192.0.2.7:80"
	s.Browser().Send(r).Is(t, 200)
}

// OPS-030: readiness goes first, and for five seconds requests are still taken.
func TestServe_unlists_itself_before_it_stops(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t, fronttest.Standard)
	ln, _ := listener(t)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- axess.Serve(ctx, ln, s.Auth, s.Routes) }()
	get := func(path string) (int, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+ln.Addr().String()+path, http.NoBody)
		if err != nil {
			return 0, err
		}
		r.Host = "app.example.com"
		res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
		if err != nil {
			return 0, err
		}
		_, err = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		return res.StatusCode, err
	}
	if code, err := get("/readyz"); code != 200 {
		t.Fatalf("got %d %v", code, err)
	}
	stop()
	if err := s.Clock.Await(t.Context(), "sleep", 1); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/readyz": 503, "/livez": 200, "/auth/sign-in": 200} {
		if code, err := get(path); code != want {
			t.Errorf("while unlisted, %s: %d %v, want %d", path, code, err, want)
		}
	}
	select {
	case err := <-served:
		t.Fatalf("Serve returned %v before the load balancer could notice", err)
	default:
	}
	s.Clock.Advance(5 * time.Second)
	if err := <-served; err != nil {
		t.Errorf("a clean drain is %v", err)
	}
	if _, err := get("/livez"); err == nil {
		t.Error("still answers")
	}
	// OPS-030: begin and end are on record.
	trail, err := s.Ports.Stores().Audit.Query(t.Context(), identity.SystemTenant, audit.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var kinds string
	for _, r := range trail {
		kinds += string(r.Body)
	}
	for _, want := range []string{"service_started", "service_stopped"} {
		if strings.Count(kinds, want) != 1 {
			t.Errorf("the trail has %s, want one %s", kinds, want)
		}
	}
}

// What cannot be put on record does not begin.
func TestServe_does_not_begin_without_a_trail(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	ln, _ := listener(t)
	s.Ports.Fail(fronttest.Down("outbox"))
	if err := axess.Serve(t.Context(), ln, s.Auth, s.Routes); err == nil || !strings.Contains(err.Error(), "audit") {
		t.Errorf("got %v", err)
	}
	if _, err := ln.Accept(); err == nil {
		t.Error("the listener is open")
	}
}

// PRD-057
func TestRequireRoutes(t *testing.T) {
	t.Parallel()
	a, err := axess.New(t.Context(), axess.Config{
		Origin: "http://localhost:8080", Stores: memory.New(memory.Config{}).Stores(), PasswordCost: password.InsecureCheap(),
		Logger: slog.New(slog.DiscardHandler), RequireRoutes: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close(context.WithoutCancel(t.Context())) }()
	mux := http.NewServeMux()
	mux.HandleFunc("/secret", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "secret") })
	ask := func(h http.Handler) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "http://localhost:8080/secret", http.NoBody)
		r.RemoteAddr = "127.0.0.1:4711"
		h.ServeHTTP(w, r)
		return w
	}
	if w := ask(a.Handler(mux)); w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("a bare mux answers %d %q", w.Code, w.Body)
	}
	for name, h := range map[string]http.Handler{"mux": mux, "wrapped mux": a.Handler(mux)} {
		if err := axess.ListenAndServe(t.Context(), "127.0.0.1:0", a, h); err == nil || !strings.Contains(err.Error(), "auth.Routes()") {
			t.Errorf("%s: %v, want a refusal with its cure", name, err)
		}
	}
	rt := a.Routes()
	rt.Public("GET /secret", mux.ServeHTTP)
	if w := ask(a.Handler(rt)); w.Code != 200 {
		t.Errorf("a table answers %d", w.Code)
	}
	cfg := production()
	cfg.Profile = axess.Regulated
	if got := axess.Effective(cfg)["RequireRoutes"]; got != "true" {
		t.Errorf("Regulated does not demand routes: %q", got)
	}
}

// PRD-053
func TestOptional(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t)
	s.Routes.Optional("/hello", func(w http.ResponseWriter, r *http.Request, who axess.Authenticated, signedIn bool) {
		_, inContext := axess.FromContext(r.Context())
		if inContext != signedIn {
			t.Errorf("context says %v, argument %v", inContext, signedIn)
		}
		if !signedIn {
			fmt.Fprint(w, "stranger")
			return
		}
		fmt.Fprint(w, who.UserID())
	})
	for _, state := range fronttest.States() {
		t.Run(state.Name, func(t *testing.T) {
			t.Parallel()
			s, b := state.Reach(t)
			s.Routes.Optional("/hello", func(w http.ResponseWriter, _ *http.Request, who axess.Authenticated, signedIn bool) {
				if signedIn {
					who.UserID() // a forged proof panics
				}
				fmt.Fprint(w, signedIn)
			})
			want := strings.HasPrefix(state.Name, "signed in") || state.Name == "in a step-up" || state.Name == "acting as somebody"
			got := b.Get("/hello")
			if state.Name == "store down" {
				got.Is(t, 503)
				return
			}
			if got.Is(t, 200).Body != fmt.Sprint(want) {
				t.Errorf("got %q", got.Body)
			}
			if want && got.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("what names a person may be cached: %q", got.Header.Get("Cache-Control"))
			}
		})
	}
	// Outside the chain nobody is known, and that is a fault, not a guest.
	w := httptest.NewRecorder()
	s.Routes.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/hello", http.NoBody))
	if w.Code != 500 {
		t.Errorf("outside the chain: %d", w.Code)
	}
}

// PRD-058
func TestURL_and_BasePath(t *testing.T) {
	t.Parallel()
	s := fronttest.New(t, func(c *axess.Config) { c.BasePath = "/my/account-center" })
	r := httptest.NewRequest(http.MethodGet, "/notes?page=2", http.NoBody)
	for _, c := range []struct{ got, want string }{
		{s.Auth.URL(axess.PageSignIn, axess.Next(r)), "/my/account-center/sign-in?next=%2Fnotes%3Fpage%3D2"},
		{s.Auth.URL(axess.PageSignUp, nil), "/my/account-center/sign-up"},
		{s.Auth.URL(axess.PageSignOut, nil), "/my/account-center/sign-out"},
		{s.Auth.URL(axess.PageSessions, nil), "/my/account-center/account/sessions"},
		{s.Auth.URL(axess.Page(200), nil), "/my/account-center/account"},
		{s.Auth.URL(axess.PageSignIn, axess.Next(httptest.NewRequest(http.MethodPost, "/notes", http.NoBody))), "/my/account-center/sign-in"},
		{s.Auth.URL(axess.PageSignIn, axess.Next(httptest.NewRequest(http.MethodGet, "//evil.example/", http.NoBody))), "/my/account-center/sign-in"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	// Every page that a link names exists, and none is left at the old place.
	b := s.Browser()
	for _, p := range []axess.Page{axess.PageSignIn, axess.PageSignUp, axess.PageSignOut} {
		b.Get(s.Auth.URL(p, nil)).Is(t, 200)
	}
	b.Get("/auth/sign-in").Is(t, 404)
	s.Routes.Mount("/login/", s.Auth.Pages())
	if err := s.Routes.Err(); err == nil || !strings.Contains(err.Error(), "BasePath") {
		t.Errorf("pages at two places: %v", err)
	}
	for _, bad := range []string{"auth", "/", "/auth/", "//auth", "/Auth", "/a b", "/{x}", "/a/../b", "/a*", "/" + strings.Repeat("a", 64)} {
		cfg := development()
		cfg.BasePath = bad
		if err := build(t, cfg); err == nil || !strings.Contains(err.Error(), "BasePath") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// SES-086, SES-231: the front door hands both on, and a proof tells the device.
func TestConfig_device_and_tenant_timeouts(t *testing.T) {
	t.Parallel()
	known := identity.NewDeviceID(entropy.Seeded(7))
	s := fronttest.New(t, func(c *axess.Config) {
		c.Device = func(context.Context, *http.Request, identity.DeviceID) (identity.DeviceID, error) { return known, nil }
		c.TenantTimeouts = func(identity.TenantID) session.Timeouts { return session.Timeouts{Idle: 10 * time.Minute} }
	})
	s.Routes.Authn("/device", func(w http.ResponseWriter, _ *http.Request, who axess.Authenticated) { fmt.Fprint(w, who.Device()) })
	ada := s.Person("ada@example.org")
	ada.Get("/device").Is(t, 200) // noticed here
	if got := ada.Get("/device").Is(t, 200); got.Body != known.String() {
		t.Errorf("the device is %q, want %v", got.Body, known)
	}
	s.Clock.Advance(11 * time.Minute)
	ada.Get("/device").Is(t, 303)
}
