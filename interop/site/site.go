// Package site runs the ready server inside a test: the library with its pages
// in the development profile, on a free port of this machine, in a SQLite file of
// its own or on memory.
//
//	s := site.Start(t)
//	b.Go(s.Origin + "/auth/sign-up")
//	s.Clock.Advance(30 * time.Second)
//
// Time runs as usual, and [Clock.Advance] lets it jump.
package site

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/axesstest/httpscan"
	"github.com/axess-go/axess/backend"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/store/sqlite"
	"github.com/axess-go/axess/ui"
)

// Site is a running server.
type Site struct {
	// Origin is where a browser reaches it.
	Origin string
	// Auth is what answers.
	Auth  *axess.Axess
	Clock *Clock
}

// Start serves from a fresh SQLite file, as the ready server does, until the test
// ends. A test that fails prints the server's log.
func Start(t testing.TB) *Site {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "axess.db"))
	if err != nil {
		t.Fatalf("site: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("site: %v", err)
		}
	})
	return StartOn(t, db.Stores())
}

// StartOn is [Start] on stores that the caller closes.
func StartOn(t testing.TB, stores backend.Stores) *Site {
	t.Helper()
	var out logs
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the server's log:\n%s", out.String())
		}
	})
	ctx, stop := context.WithCancel(context.Background())
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "localhost:0")
	if err != nil {
		t.Fatalf("site: listen: %v", err)
	}
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatalf("site: %v", err)
	}
	s := &Site{Origin: "http://localhost:" + port, Clock: newClock()}
	inner, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "localhost:0")
	if err != nil {
		t.Fatalf("site: listen: %v", err)
	}
	scan(t, s.Origin, ln, inner.Addr().String())
	s.Auth, err = axess.New(ctx, axess.Config{
		Origin: s.Origin, Stores: stores, Brand: ui.Brand{Name: "Walk"},
		Clock: s.Clock, Logger: slog.New(slog.NewTextHandler(&out, nil)),
	})
	if err != nil {
		t.Fatalf("site: %v", err)
	}
	rt := s.Auth.Routes()
	rt.Public("GET /{$}", s.Auth.Home().ServeHTTP)
	fronttest.Desk(s.Auth, rt)
	rt.Public("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	served := make(chan error, 1)
	go func() { served <- axess.Serve(ctx, inner, s.Auth, rt) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Errorf("site: %v", err)
		}
	})
	return s
}

// scan stands in front of the server and holds everything that it sends against
// the rules of every answer (ASR-009).
func scan(t testing.TB, origin string, ln net.Listener, to string) {
	t.Helper()
	way := &http.Transport{DisableCompression: true}
	front := &httputil.ReverseProxy{
		Transport: httpscan.For(t, httpscan.Config{Origins: []string{origin}, Except: []httpscan.Exception{
			{Rule: httpscan.Canary, Path: "/auth/dev/outbox", Reason: "development shows mails, and with them the links"},
		}}).Transport(way),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", to, r.In.Host
		},
	}
	srv := &http.Server{Handler: front, ReadHeaderTimeout: time.Minute}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Errorf("site: %v", err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("site: %v", err)
		}
		way.CloseIdleConnections()
	})
}

// logs collects what many goroutines write.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
