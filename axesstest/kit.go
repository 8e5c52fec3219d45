package axesstest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/axesstest/httpscan"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/internal/logtest"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/store/memory"
)

// Origin is where a kit's program is reached, unless [Config] says otherwise.
const Origin = "https://app.example.com"

// Password is what everybody signs in with.
const Password = "nine purple ducks cross the road"

// Kit is a program under test. Its methods fail the test instead of returning
// errors; they may be called from several goroutines, except while [Kit.SignIn]
// admits somebody new.
type Kit struct {
	T    testing.TB
	Auth *axess.Axess
	// URL is the origin, without a slash at its end.
	URL string
	// Handler is the whole program, for tests that bring their own requests.
	Handler http.Handler
	// Clock starts at 2026-01-01T00:00Z and stands still.
	Clock *clock.Fake
	Mail  *Mailbox
	// Scan holds every answer and log line against the rules of package httpscan; a
	// test that breaks one on purpose says so with Scan.Except.
	Scan *httpscan.Scanner

	stores backend.Stores
	routes []axess.Route
	log    *logtest.Buffer
	send   http.RoundTripper

	mu     sync.Mutex
	people map[string]*person
}

// Option changes how a kit is wired.
type Option func(*settings)

type settings struct {
	config []func(*axess.Config)
	socket bool
	seed   uint64
}

// Config changes the program's configuration: its methods, timeouts, stores, or
// an Origin of http://localhost:8080 for development. Clock, Mail, Entropy and
// Logger stay the kit's.
func Config(change func(*axess.Config)) Option {
	return func(s *settings) { s.config = append(s.config, change) }
}

// OverSocket puts the program behind a server on a free port of this machine,
// with TLS and HTTP/2 if the origin is https: for streams and for whatever needs a
// connection. Browsers of the kit go there under the program's own name.
func OverSocket() Option { return func(s *settings) { s.socket = true } }

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// New wires a program and closes it with the test. program makes from the library
// what main gives to a server: an *axess.Routes, which is wrapped as
// axess.ListenAndServe does it, or any other handler, which is taken as it is and
// so has auth.Handler in it. Nil is the pages alone.
func New(t testing.TB, program func(*axess.Axess) http.Handler, options ...Option) *Kit {
	t.Helper()
	if !testing.Testing() {
		panic("axesstest: passwords are hashed too cheaply for anything but a test")
	}
	s := settings{seed: 1}
	for _, o := range options {
		o(&s)
	}
	k := &Kit{T: t, Clock: clock.NewFake(start), Mail: &Mailbox{}, log: &logtest.Buffer{}, people: map[string]*person{}}
	cfg := axess.Config{
		Origin: Origin, Stores: memory.New(memory.Config{}).Stores(), SignUp: axess.SignUpOpen,
		Keys: keys.Ephemeral(entropy.Seeded(s.seed + 1)), SingleNode: "a test", PasswordCost: password.InsecureCheap(),
	}
	for _, change := range s.config {
		change(&cfg)
	}
	k.URL = cfg.Origin
	k.Scan = httpscan.For(t, httpscan.Config{Origins: append([]string{cfg.Origin}, cfg.ExtraOrigins...)})
	k.Scan.Secret("a password", Password)
	cfg.Clock, cfg.Mail, cfg.Entropy = k.Clock, k.Mail, entropy.Seeded(s.seed)
	cfg.Logger = slog.New(slog.NewJSONHandler(k.Scan.Log(k.log), &slog.HandlerOptions{Level: slog.LevelDebug}))
	auth, err := axess.New(t.Context(), cfg)
	if err != nil {
		t.Fatalf("axesstest: %v", err)
	}
	t.Cleanup(func() {
		if err := auth.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("axesstest: %v", err)
		}
	})
	k.Auth, k.stores = auth, cfg.Stores
	k.Mail.kit = k
	k.wire(program)
	if k.send = k.inProcess(); s.socket {
		k.send = k.overSocket()
	}
	return k
}

// wire makes the handler.
func (k *Kit) wire(program func(*axess.Axess) http.Handler) {
	k.T.Helper()
	var h http.Handler
	if program == nil {
		h = k.Auth.Routes()
	} else {
		h = program(k.Auth)
	}
	switch h := h.(type) {
	case nil:
		k.T.Fatal("axesstest: the program has no handler")
	case *axess.Routes:
		if err := h.Err(); err != nil {
			k.T.Fatalf("axesstest: %v", err)
		}
		k.routes = h.Table()
		k.Handler = k.Scan.Handler(k.Auth.Handler(h))
	default:
		k.Handler = k.Scan.Handler(h)
	}
}

// overSocket starts a server and returns the way to it, whatever name is asked.
func (k *Kit) overSocket() http.RoundTripper {
	srv := httptest.NewUnstartedServer(k.Handler)
	roots := x509.NewCertPool()
	if strings.HasPrefix(k.URL, "https:") {
		srv.EnableHTTP2 = true
		srv.StartTLS()
		roots.AddCert(srv.Certificate())
	} else {
		srv.Start()
	}
	// The certificate of httptest is made out for this name.
	way := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "example.com", MinVersion: tls.VersionTLS13}}
	way.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, srv.Listener.Addr().String())
	}
	k.T.Cleanup(func() {
		way.CloseIdleConnections()
		srv.Close()
	})
	return way
}

// page is the path of a page of the product's.
func (k *Kit) page(path string) string {
	return strings.TrimSuffix(k.Auth.URL(axess.PageSignIn, nil), "/sign-in") + path
}

// origin is the program's, parsed.
func (k *Kit) origin() *url.URL {
	u, err := url.Parse(k.URL)
	if err != nil {
		k.T.Fatalf("axesstest: %v", err)
	}
	return u
}
