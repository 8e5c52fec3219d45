package attack

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/internal/fronttest"
	"github.com/axess-go/axess/session"
)

// A connection that was taken over, and a stream, hear of every way in which their
// session can end, and of nothing else. SES-084, SES-195
func TestStream_ends_with_its_session(t *testing.T) {
	t.Parallel()
	for _, end := range endings() {
		for _, path := range []string{"/hijacked", "/stream"} {
			t.Run(end.name+path, func(t *testing.T) {
				t.Parallel()
				s := newSite(t, memoryStores(t), nil, nil)
				revoked := func(r *http.Request) <-chan session.RevokedReason {
					sess, err := session.From(r.Context())
					if err != nil {
						t.Error(err)
						return nil
					}
					return sess.Revoked()
				}
				s.Routes.Authn("GET /hijacked", func(w http.ResponseWriter, r *http.Request, _ axess.Authenticated) {
					ended := revoked(r)
					c, _, err := http.NewResponseController(w).Hijack()
					if err != nil {
						t.Error(err)
						return
					}
					defer c.Close()
					fmt.Fprint(c, "open\n")
					fmt.Fprintf(c, "ended %d\n", <-ended)
				})
				s.Routes.Authn("GET /stream", func(w http.ResponseWriter, r *http.Request, _ axess.Authenticated) {
					ended := revoked(r)
					fmt.Fprint(w, "open\n")
					if err := http.NewResponseController(w).Flush(); err != nil {
						t.Error(err)
					}
					fmt.Fprintf(w, "ended %d\n", <-ended)
				})
				b := s.Person("ada@example.org")
				of := s.row(t, b).Subject
				srv := httptest.NewServer(s.Handler)
				defer srv.Close()
				c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(time.Minute))
				fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: %s\r\nCookie: %s=%s\r\nConnection: close\r\n\r\n", path, fronttest.Agent, b.Cookie(""), sessionOf(b))
				lines := make(chan string, 64)
				go func() {
					defer close(lines)
					for sc := bufio.NewScanner(c); sc.Scan(); {
						lines <- sc.Text()
					}
				}()
				// next moves the clock until a line of the handler's comes, or it has moved
				// for long.
				next := func(longest time.Duration) string {
					last := time.Now().Add(20 * time.Second)
					for moved := time.Duration(0); moved < longest && time.Now().Before(last); {
						select {
						case line, ok := <-lines:
							if !ok {
								return "closed"
							}
							if line == "open" || strings.HasPrefix(line, "ended") {
								return line
							}
						case <-time.After(time.Millisecond):
							s.Clock.Advance(100 * time.Millisecond)
							moved += 100 * time.Millisecond
						}
					}
					return ""
				}
				if got := next(time.Hour); got != "open" {
					t.Fatalf("the stream says %q", got)
				}
				if got := next(5 * time.Second); got != "" {
					t.Fatalf("the stream of somebody signed in says %q", got)
				}
				if !end.of(t, s, b, of) {
					t.Fatal("there was nothing to end")
				}
				if got := next(time.Hour); got != fmt.Sprintf("ended %d", session.RevokedEnded) {
					t.Errorf("after it was %s the stream says %q", end.name, got)
				}
			})
		}
	}
}
