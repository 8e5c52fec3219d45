package respond_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/respond"
)

// serve starts a real server on loopback; http2 chooses the protocol.
func serve(t *testing.T, http2 bool, h http.Handler) (*httptest.Server, *http.Client) {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.EnableHTTP2 = http2
	if http2 {
		srv.StartTLS()
	} else {
		srv.Start()
	}
	t.Cleanup(srv.Close)
	return srv, srv.Client()
}

func fetch(t *testing.T, c *http.Client, url string) (*http.Response, string) {
	t.Helper()
	res, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func cookie(s *respond.Scope) {
	_ = s.Before(respond.StageSession, func(h *respond.Head) {
		h.Header().Set("Set-Cookie", "session=1")
		h.PendCookie()
	})
}

// SES-069: what the writer can do is what the wrapped one can do.
func TestCapabilitiesFollowTheProtocol(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%t", http2), func(t *testing.T) {
			t.Parallel()
			srv, c := serve(t, http2, chain(cookie, func(w http.ResponseWriter, r *http.Request) {
				_, hijack := w.(http.Hijacker)
				_, read := w.(io.ReaderFrom)
				_, push := w.(http.Pusher)
				_, flush := w.(interface{ FlushError() error })
				_, str := w.(io.StringWriter)
				fmt.Fprintf(w, "%d hijack %t, read %t, push %t, flush %t, string %t", r.ProtoMajor, hijack, read, push, flush, str)
			}))
			res, body := fetch(t, c, srv.URL)
			want := "1 hijack true, read true, push false, flush true, string true"
			if http2 {
				want = "2 hijack false, read false, push true, flush true, string true"
			}
			if body != want || res.Header.Get("Set-Cookie") == "" {
				t.Errorf("got %q, want %q; headers %v", body, want, res.Header)
			}
		})
	}
}

// fake has exactly the abilities that its wrapping struct embeds.
type (
	fakeHijack struct{}
	fakeRead   struct{}
	fakePush   struct{}
	unwrapOnly struct{ w http.ResponseWriter }
)

func (fakeHijack) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, nil }
func (fakeRead) ReadFrom(r io.Reader) (int64, error)            { return io.Copy(io.Discard, r) }
func (fakePush) Push(string, *http.PushOptions) error           { return nil }
func (u unwrapOnly) Header() http.Header                        { return u.w.Header() }
func (u unwrapOnly) Write(p []byte) (int, error)                { return u.w.Write(p) }
func (u unwrapOnly) WriteHeader(code int)                       { u.w.WriteHeader(code) }
func (u unwrapOnly) Unwrap() http.ResponseWriter                { return u.w }

// SES-068, SES-069: each of the eight combinations is kept, and each way commits.
func TestEveryCombination(t *testing.T) {
	t.Parallel()
	type rw = http.ResponseWriter
	for i := range 8 {
		t.Run(fmt.Sprintf("%03b", i), func(t *testing.T) {
			t.Parallel()
			under := func() rw {
				rec := httptest.NewRecorder()
				switch i {
				case 1:
					return struct {
						rw
						fakeHijack
					}{rw: rec}
				case 2:
					return struct {
						rw
						fakeRead
					}{rw: rec}
				case 3:
					return struct {
						rw
						fakeHijack
						fakeRead
					}{rw: rec}
				case 4:
					return struct {
						rw
						fakePush
					}{rw: rec}
				case 5:
					return struct {
						rw
						fakeHijack
						fakePush
					}{rw: rec}
				case 6:
					return struct {
						rw
						fakeRead
						fakePush
					}{rw: rec}
				case 7:
					return struct {
						rw
						fakeHijack
						fakeRead
						fakePush
					}{rw: rec}
				}
				return struct{ rw }{rec}
			}
			commits := func(use func(rw)) bool {
				s, w, _, _ := respond.Ensure(under(), get())
				ran := 0
				_ = s.Before(respond.StageSession, func(*respond.Head) { ran++ })
				use(w)
				use(w)
				return ran == 1
			}
			_, w, _, _ := respond.Ensure(under(), get())
			if _, ok := w.(http.Hijacker); ok != (i&1 != 0) {
				t.Errorf("Hijacker %t", ok)
			} else if ok && !commits(func(w rw) { _, _, _ = w.(http.Hijacker).Hijack() }) {
				t.Error("Hijack does not commit once")
			}
			if _, ok := w.(io.ReaderFrom); ok != (i&2 != 0) {
				t.Errorf("ReaderFrom %t", ok)
			} else if ok && !commits(func(w rw) { _, _ = w.(io.ReaderFrom).ReadFrom(strings.NewReader("x")) }) {
				t.Error("ReadFrom does not commit once")
			}
			if _, ok := w.(http.Pusher); ok != (i&4 != 0) {
				t.Errorf("Pusher %t", ok)
			} else if ok && !commits(func(w rw) { _ = w.(http.Pusher).Push("/x", nil) }) {
				t.Error("Push does not commit once")
			}
		})
	}
}

// SES-071: a hijack loses no cookie, whichever way it is asked for.
func TestHijack(t *testing.T) {
	t.Parallel()
	hijacks := map[string]func(http.ResponseWriter) error{
		"assertion": func(w http.ResponseWriter) error {
			c, _, err := w.(http.Hijacker).Hijack()
			return goodbye(c, err)
		},
		"controller": func(w http.ResponseWriter) error {
			c, _, err := http.NewResponseController(w).Hijack()
			return goodbye(c, err)
		},
		"controller through a foreign wrapper": func(w http.ResponseWriter) error {
			c, _, err := http.NewResponseController(unwrapOnly{w}).Hijack()
			return goodbye(c, err)
		},
	}
	for name, hijack := range hijacks {
		for _, under := range []string{"bare", "foreign wrapper outside"} {
			wrap := func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if under != "bare" {
						w = unwrapOnly{w}
					}
					h.ServeHTTP(w, r)
				})
			}
			t.Run(name+"/"+under+"/refused while a cookie is pending, the answer then carries it", func(t *testing.T) {
				t.Parallel()
				srv, c := serve(t, false, wrap(chain(cookie, func(w http.ResponseWriter, _ *http.Request) {
					if err := hijack(w); !errors.Is(err, respond.ErrCookiePending) {
						t.Errorf("hijack: %v, want ErrCookiePending", err)
					}
					w.WriteHeader(http.StatusConflict)
				})))
				res, _ := fetch(t, c, srv.URL)
				if res.StatusCode != http.StatusConflict || res.Header.Get("Set-Cookie") == "" {
					t.Errorf("got %d %v", res.StatusCode, res.Header)
				}
			})
			t.Run(name+"/"+under+"/allowed without", func(t *testing.T) {
				t.Parallel()
				var saw bool
				var scope *respond.Scope
				done := make(chan struct{})
				srv, c := serve(t, false, wrap(chain(func(s *respond.Scope) {
					scope = s
					_ = s.Before(respond.StageSession, func(h *respond.Head) { saw = h.Hijack() })
				}, func(w http.ResponseWriter, _ *http.Request) {
					defer close(done)
					if err := hijack(w); err != nil {
						t.Errorf("hijack: %v", err)
					}
					if _, err := w.Write([]byte("x")); !errors.Is(err, http.ErrHijacked) {
						t.Errorf("write after the hijack: %v", err)
					}
				})))
				res, body := fetch(t, c, srv.URL)
				<-done
				if res.StatusCode != http.StatusOK || body != "raw" || !saw || scope.Status() != http.StatusSwitchingProtocols {
					t.Errorf("got %d %q, hook saw the hijack %t, logged %d", res.StatusCode, body, saw, scope.Status())
				}
			})
		}
	}
	t.Run("allowed once the headers with the cookie are out", func(t *testing.T) {
		t.Parallel()
		srv, c := serve(t, false, chain(cookie, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", "test")
			w.WriteHeader(http.StatusSwitchingProtocols)
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Errorf("hijack: %v", err)
				return
			}
			conn.Close()
		}))
		req, _ := http.NewRequest(http.MethodGet, srv.URL, nil)
		req.Header.Set("Connection", "Upgrade")
		req.Header.Set("Upgrade", "test")
		res, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get("Set-Cookie") == "" {
			t.Errorf("got %d %v", res.StatusCode, res.Header)
		}
	})
	t.Run("a failed commit answers instead", func(t *testing.T) {
		t.Parallel()
		srv, c := serve(t, false, chain(func(s *respond.Scope) {
			_ = s.Before(respond.StageSession, func(h *respond.Head) {
				h.Replace(http.StatusServiceUnavailable, nil, []byte("sorry"))
			})
		}, func(w http.ResponseWriter, _ *http.Request) {
			if _, _, err := w.(http.Hijacker).Hijack(); !errors.Is(err, respond.ErrResponseReplaced) {
				t.Errorf("hijack: %v", err)
			}
		}))
		if res, body := fetch(t, c, srv.URL); res.StatusCode != http.StatusServiceUnavailable || body != "sorry" {
			t.Errorf("got %d %q", res.StatusCode, body)
		}
	})
}

func goodbye(c net.Conn, err error) error {
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nraw"))
	return err
}

// SES-068: early hints pass without committing, on both protocols.
func TestEarlyHints(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%t", http2), func(t *testing.T) {
			t.Parallel()
			srv, c := serve(t, http2, chain(cookie, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Link", "</s.css>; rel=preload")
				w.WriteHeader(http.StatusEarlyHints)
				if respond.From(r.Context()).Committed() {
					t.Error("103 committed")
				}
				w.WriteHeader(http.StatusAccepted)
			}))
			var hints http.Header
			ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
				Got1xxResponse: func(_ int, h textproto.MIMEHeader) error { hints = http.Header(h); return nil },
			})
			req, _ := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, nil)
			res, err := c.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if hints.Get("Link") == "" || hints.Get("Set-Cookie") != "" {
				t.Errorf("early hints %v", hints)
			}
			if res.StatusCode != http.StatusAccepted || res.Header.Get("Set-Cookie") == "" {
				t.Errorf("got %d %v", res.StatusCode, res.Header)
			}
		})
	}
}

// SES-068, CSR-016: streaming sends the cookie with the first flush.
func TestStreaming(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%t", http2), func(t *testing.T) {
			t.Parallel()
			release := make(chan struct{})
			srv, c := serve(t, http2, chain(cookie, func(w http.ResponseWriter, _ *http.Request) {
				rc := http.NewResponseController(unwrapOnly{w})
				if err := rc.SetWriteDeadline(time.Time{}); err != nil {
					t.Errorf("controller does not reach the connection: %v", err)
				}
				if err := rc.Flush(); err != nil {
					t.Errorf("flush: %v", err)
				}
				<-release
				_, _ = io.WriteString(w, "data")
			}))
			res, err := c.Get(srv.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if res.Header.Get("Set-Cookie") == "" {
				t.Error("headers arrived without the cookie")
			}
			close(release)
			if body, _ := io.ReadAll(res.Body); string(body) != "data" {
				t.Errorf("body %q", body)
			}
		})
	}
}

func TestFlushWithoutSupportLeavesTheStatusOpen(t *testing.T) {
	t.Parallel()
	rec := httptest.NewRecorder()
	s, w, _, _ := respond.Ensure(struct{ http.ResponseWriter }{rec}, get())
	if err := http.NewResponseController(w).Flush(); !errors.Is(err, http.ErrNotSupported) {
		t.Errorf("flush: %v", err)
	}
	w.WriteHeader(http.StatusNotFound)
	if rec.Code != http.StatusNotFound || s.Status() != http.StatusNotFound {
		t.Errorf("sent %d, logged %d", rec.Code, s.Status())
	}
}

func TestTimeoutHandler(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		for _, place := range []string{"outside", "inside"} {
			t.Run(fmt.Sprintf("%s http2=%t", place, http2), func(t *testing.T) {
				t.Parallel()
				ok := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") }
				var h http.Handler = http.TimeoutHandler(chain(cookie, ok), time.Minute, "late")
				if place == "inside" {
					h = chain(cookie, http.TimeoutHandler(http.HandlerFunc(ok), time.Minute, "late").ServeHTTP)
				}
				srv, c := serve(t, http2, h)
				if res, body := fetch(t, c, srv.URL); body != "fine" || res.Header.Get("Set-Cookie") == "" {
					t.Errorf("got %q %v", body, res.Header)
				}
			})
		}
	}
	t.Run("a handler that is still running cannot write into the answer", func(t *testing.T) {
		t.Parallel()
		result := make(chan error)
		h := chain(cookie, http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			s := respond.From(r.Context())
			s.Set(respond.SlotGuard, s)
			for !s.Committed() { // the timeout answer is on its way
			}
			result <- s.Before(respond.StageSession, func(*respond.Head) {})
		}), time.Millisecond, "late").ServeHTTP)
		srv, c := serve(t, false, h)
		res, body := fetch(t, c, srv.URL)
		if err := <-result; !errors.Is(err, respond.ErrCommitted) && err != nil {
			t.Errorf("Before: %v", err)
		}
		if res.StatusCode != http.StatusServiceUnavailable || body != "late" || res.Header.Get("Set-Cookie") == "" {
			t.Errorf("got %d %q %v", res.StatusCode, body, res.Header)
		}
	})
}

func TestStatusAndBytes(t *testing.T) {
	t.Parallel()
	var scope *respond.Scope
	done := make(chan struct{})
	srv, c := serve(t, false, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, w, r, _ := respond.Ensure(w, r)
		mux := http.NewServeMux()
		mux.HandleFunc("GET /files/{name}", func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "a.txt", time.Time{}, strings.NewReader(strings.Repeat("a", 5000)))
		})
		mux.ServeHTTP(w, r)
		s.Finish()
		scope = s
		close(done)
	}))
	res, body := fetch(t, c, srv.URL+"/files/a")
	<-done
	if res.ContentLength != 5000 || len(body) != 5000 || scope.Bytes() != 5000 || scope.Status() != http.StatusOK {
		t.Errorf("sent %d, counted %d, status %d", len(body), scope.Bytes(), scope.Status())
	}
	if scope.Request().Pattern != "GET /files/{name}" {
		t.Errorf("route %q", scope.Request().Pattern)
	}
}
