package session

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/machine"
	"github.com/axess-go/axess/internal/respond"
)

// respondOutside is a layer that recovers and answers in the handler's place.
func respondOutside(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, w, r, _ = respond.Ensure(w, r)
		defer func() {
			if recover() != nil {
				w.WriteHeader(500)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// server runs h behind a real server, and client keeps cookies by hand so that
// Secure ones travel over plain http too.
func server(t *testing.T, h2 bool, h http.Handler) (*http.Client, string) {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	if srv.EnableHTTP2 = h2; h2 {
		srv.StartTLS()
	} else {
		srv.Start()
	}
	t.Cleanup(srv.Close)
	return srv.Client(), srv.URL
}

func get(t *testing.T, c *http.Client, url, cookie string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", testAgent)
	if cookie != "" {
		req.Header.Set("Cookie", cookie)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// SES-060, SES-068, SES-069: every way in which a first byte leaves commits
// before it, on both protocols.
func TestPipeline_every_first_byte_commits(t *testing.T) {
	t.Parallel()
	ways := map[string]func(w http.ResponseWriter){
		"return":      func(http.ResponseWriter) {},
		"WriteHeader": func(w http.ResponseWriter) { w.WriteHeader(204) },
		"Write":       func(w http.ResponseWriter) { _, _ = w.Write([]byte("x")) },
		"WriteString": func(w http.ResponseWriter) { _, _ = io.WriteString(w, "x") },
		"ReadFrom":    func(w http.ResponseWriter) { _, _ = io.Copy(w, strings.NewReader("x")) },
		"Flush":       func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
		"controller":  func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
		"early hints": func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(200) },
	}
	for _, h2 := range []bool{false, true} {
		for name, way := range ways {
			g := newRig(t)
			c, url := server(t, h2, g.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s, err := From(r.Context())
				if err != nil {
					t.Error(err)
					return
				}
				if name == "early hints" {
					w.WriteHeader(103)
				}
				if err := anyNote.Set(s, name); err != nil {
					t.Error(err)
				}
				way(w)
				if name != "return" && !errors.Is(anyNote.Set(s, "late"), ErrCommitted) {
					t.Errorf("%s did not commit", name)
				}
				if _, hijacks := w.(http.Hijacker); hijacks == h2 {
					t.Errorf("hijacker %v on HTTP/2 %v", hijacks, h2)
				}
			})))
			resp := get(t, c, url, "")
			if resp.ProtoMajor == 2 != h2 {
				t.Fatal(resp.Proto)
			}
			_, _ = io.ReadAll(resp.Body)
			b := g.browser()
			if b.keep(resp); b.cookie == "" || b.note() != name {
				t.Errorf("%s, HTTP/2 %v: cookie %q, note %q", name, h2, b.cookie, b.note())
			}
		}
	}
}

// SES-068: a stream sends the cookie with its first event, and lives on.
func TestPipeline_event_stream(t *testing.T) {
	t.Parallel()
	for _, h2 := range []bool{false, true} {
		g := newRig(t)
		next := make(chan string)
		c, url := server(t, h2, g.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, _ := From(r.Context())
			_ = anyNote.Set(s, "stream")
			w.Header().Set("Content-Type", "text/event-stream")
			for e := range next {
				_, _ = io.WriteString(w, "data: "+e+"\n\n")
				if err := http.NewResponseController(w).Flush(); err != nil {
					t.Error(err)
				}
			}
		})))
		go func() { next <- "one" }()
		resp := get(t, c, url, "")
		if len(resp.Cookies()) != 1 {
			t.Fatal("no cookie with the first event")
		}
		lines := bufio.NewReader(resp.Body)
		for _, want := range []string{"one", "two"} {
			if want == "two" {
				next <- want
			}
			if l, err := lines.ReadString('\n'); err != nil || l != "data: "+want+"\n" {
				t.Fatal(l, err)
			}
			_, _ = lines.ReadString('\n')
		}
		close(next)
	}
}

// SES-071: a hijack with a cookie pending is refused; without one it works.
func TestPipeline_hijack(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	in := g.in()
	c, url := server(t, false, g.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, _ := From(r.Context())
		if r.URL.Path == "/change" {
			if err := s.Rotate(r.Context()); err != nil {
				t.Error(err)
			}
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if r.URL.Path == "/change" {
			if !errors.Is(err, respond.ErrCookiePending) {
				t.Errorf("hijack with a cookie pending: %v", err)
			}
			w.WriteHeader(http.StatusNoContent) // the refused handler still can answer
			return
		}
		if err != nil {
			t.Error(err)
			return
		}
		if !errors.Is(anyNote.Set(s, "late"), ErrCommitted) {
			t.Error("not committed")
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 418 teapot\r\nConnection: close\r\n\r\n")
		_ = conn.Close()
	})))
	if resp := get(t, c, url, in.cookie); resp.StatusCode != 418 {
		t.Fatal(resp.StatusCode)
	}
	resp := get(t, c, url+"/change", in.cookie)
	if resp.StatusCode != 204 || len(resp.Cookies()) != 1 {
		t.Fatal(resp.StatusCode, resp.Cookies())
	}
	if in.keep(resp); !IsAuthenticated(in.state()) {
		t.Fatal("the cookie was lost")
	}
}

// SES-060: with http.TimeoutHandler on either side.
func TestPipeline_timeout_handler(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, _ := From(r.Context())
		_ = anyNote.Set(s, "x")
		_, _ = io.WriteString(w, "body")
	})
	for name, chain := range map[string]http.Handler{
		"inside":  g.Wrap(http.TimeoutHandler(h, time.Minute, "late")),
		"outside": http.TimeoutHandler(g.Wrap(h), time.Minute, "late"),
	} {
		c, url := server(t, false, chain)
		resp := get(t, c, url, "")
		body, _ := io.ReadAll(resp.Body)
		b := g.browser()
		if b.keep(resp); string(body) != "body" || b.note() != "x" {
			t.Errorf("%s: %q, note %q", name, body, b.note())
		}
	}
	// One that runs out while the handler hangs: it hears so, and nothing tears.
	release, heard := make(chan struct{}), make(chan error, 1)
	late := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, _ := From(r.Context())
		<-r.Context().Done()
		<-release
		heard <- anyNote.Set(s, "late")
	})
	c, url := server(t, false, g.Wrap(http.TimeoutHandler(late, time.Millisecond, "late")))
	resp := get(t, c, url, "")
	_, _ = io.ReadAll(resp.Body)
	close(release)
	if err := <-heard; !errors.Is(err, ErrCommitted) || resp.StatusCode != 503 || len(resp.Cookies()) != 0 {
		t.Fatal(err, resp.StatusCode)
	}
}

// SES-077: a client that hangs up before the commit loses no update.
func TestPipeline_client_hangs_up(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	in := g.in()
	reached, done := make(chan struct{}), make(chan struct{})
	wrapped := g.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, _ := From(r.Context())
		_ = anyNote.Set(s, "kept")
		close(reached)
		<-r.Context().Done()
	}))
	c, url := server(t, false, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		wrapped.ServeHTTP(w, r)
	}))
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, "GET", url, nil)
	req.Header.Set("User-Agent", testAgent)
	req.Header.Set("Cookie", in.cookie)
	go func() {
		<-reached
		cancel()
	}()
	if resp, err := c.Do(req); err == nil {
		resp.Body.Close()
		t.Fatal("answered")
	}
	<-done
	if in.note() != "kept" {
		t.Fatal("lost")
	}
}

// SES-124, SES-123: cookies as a hostile client sends them, over the wire.
func TestPipeline_hostile_cookie_headers(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	in := g.in()
	_, url := server(t, false, g.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, _ := From(r.Context())
		if IsAuthenticated(s.State()) {
			_, _ = io.WriteString(w, "in")
			return
		}
		_, _ = io.WriteString(w, "guest")
	})))
	for name, tc := range map[string]struct{ header, want string }{
		"genuine":            {"Cookie: " + in.cookie, "in"},
		"behind garbage":     {"Cookie: \"garbage; x=;;" + in.cookie, "in"},
		"on a second header": {"Cookie: a=1\r\nCookie: " + in.cookie, "in"},
		"behind a forged":    {"Cookie: __Host-axess=" + strings.Repeat("A", 72) + "; " + in.cookie, "in"},
		"tossed":             {"Cookie: " + in.cookie + "; __Host-axess=" + mustSign(t, g.cookies, kindAnchor, secretID{9}), "guest"},
		"quoted":             {"Cookie: " + strings.Replace(in.cookie, "=", `="`, 1) + `"`, "guest"},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: "+testAgent+"\r\nConnection: close\r\n"+tc.header+"\r\n\r\n")
		answer, _ := io.ReadAll(conn)
		_ = conn.Close()
		if !strings.HasSuffix(string(answer), tc.want) {
			t.Errorf("%s: %s", name, answer)
		}
	}
}

// A login over a real server, for the whole way of a cookie.
func TestPipeline_login(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	c, url := server(t, true, g.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, _ := From(r.Context())
		switch r.URL.Path {
		case "/in":
			if _, err := s.Transition(r.Context(), machine.Adopt{Login: g.login(g.subj)}, Commit{}); err != nil {
				t.Error(err)
			}
		case "/out":
			if err := s.Logout(r.Context()); err != nil {
				t.Error(err)
			}
		}
		_, _ = io.WriteString(w, map[bool]string{true: "in", false: "out"}[IsAuthenticated(s.State())])
	})))
	b := g.browser()
	for _, path := range []string{"/", "/in", "/", "/", "/out", "/"} {
		resp := get(t, c, url+path, b.cookie)
		body, _ := io.ReadAll(resp.Body)
		b.keep(resp)
		want := "out"
		if b.cookie != "" {
			want = "in"
		}
		if string(body) != want {
			t.Fatalf("%s: %s, want %s", path, body, want)
		}
	}
}
