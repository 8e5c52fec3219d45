package stall_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/stall"
)

// bound is short for a reader that never reads, and long for one that does.
const bound = 300 * time.Millisecond

// serve runs a handler behind bounded writes and returns its address.
func serve(t *testing.T, after time.Duration, h http.HandlerFunc) string {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	s.Listener.Close()
	s.Listener = stall.Listener(stall.Listener(ln, after), time.Hour)
	s.Start()
	t.Cleanup(s.Close)
	return ln.Addr().String()
}

// ask sends a request and leaves the answer where it is.
func ask(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	return c
}

// forever writes until that fails.
func forever(told chan<- error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for page := make([]byte, 1<<20); ; {
			if _, err := w.Write(page); err != nil {
				told <- err
				return
			}
		}
	}
}

// PRD-071: who asks and does not read holds nothing for ever.
func TestConn_ends_a_peer_that_does_not_read(t *testing.T) {
	t.Parallel()
	told := make(chan error, 1)
	ask(t, serve(t, bound, forever(told)))
	if err := <-told; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

// PRD-071: what somebody reads goes on, however long it is silent in between and
// however much longer than the bound it takes.
func TestConn_leaves_streams_alone(t *testing.T) {
	t.Parallel()
	rest := make(chan struct{})
	failed := make(chan error, 2)
	c := ask(t, serve(t, bound, func(w http.ResponseWriter, _ *http.Request) {
		for _, word := range []string{"one\n", "two\n"} {
			_, err := io.WriteString(w, word)
			failed <- errors.Join(err, http.NewResponseController(w).Flush())
			<-rest
		}
	}))
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	past, idle := net.Pipe() // a deadline of its own is how a test waits for the machine's time
	defer idle.Close()
	if err := past.SetReadDeadline(time.Now().Add(2 * bound)); err != nil {
		t.Fatal(err)
	}
	if _, err := past.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
	close(rest)
	if err := <-failed; err != nil {
		t.Errorf("after silence: %v", err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(res.Body); err != nil || string(text) != "one\ntwo\n" {
		t.Errorf("%q, %v", text, err)
	}
}

// A handler's own deadline is its own, shorter or longer, until it is taken away.
func TestConn_a_deadline_of_the_handler_holds(t *testing.T) {
	t.Parallel()
	told := make(chan error, 1)
	ask(t, serve(t, time.Hour, func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(bound)); err != nil {
			told <- err
			return
		}
		forever(told)(w, r)
	}))
	if err := <-told; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a shorter one: %v", err)
	}
	ask(t, serve(t, bound, func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		if err := errors.Join(rc.SetWriteDeadline(time.Now().Add(time.Hour)), rc.SetWriteDeadline(time.Time{})); err != nil {
			told <- err
			return
		}
		forever(told)(w, r)
	}))
	if err := <-told; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("taken away: %v", err)
	}
}

// A connection that is handed over keeps the bound for each write, and nothing else.
func TestConn_hijacked(t *testing.T) {
	t.Parallel()
	told := make(chan error, 1)
	ask(t, serve(t, bound, func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			told <- err
			return
		}
		defer c.Close()
		if _, ok := c.(*stall.Conn).NetConn().(*net.TCPConn); !ok {
			t.Errorf("%T is not the connection", c.(*stall.Conn).NetConn())
		}
		for page := make([]byte, 1<<20); err == nil; {
			_, err = c.Write(page)
		}
		told <- err
	}))
	if err := <-told; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

// The server recognises TLS by the type of the connection.
func TestListener_leaves_TLS_to_itself(t *testing.T) {
	t.Parallel()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	secure := stall.Listener(tls.NewListener(stall.Listener(ln, bound), &tls.Config{MinVersion: tls.VersionTLS13}), bound)
	defer secure.Close()
	ask(t, ln.Addr().String()) // the system accepts it before we do
	c, err := secure.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	outer, ok := c.(*tls.Conn)
	if !ok {
		t.Fatalf("%T", c)
	}
	inner, ok := outer.NetConn().(*stall.Conn)
	if !ok {
		t.Fatalf("under TLS: %T", outer.NetConn())
	}
	if err := inner.CloseWrite(); err != nil {
		t.Error(err)
	}
}

// noted is a connection that notes what it is told.
type noted struct {
	net.Conn
	said string
}

func (n *noted) Write(p []byte) (int, error) {
	n.said += fmt.Sprintf("write %d;", len(p))
	return len(p), nil
}
func (n *noted) SetWriteDeadline(t time.Time) error { n.said += "deadline;"; return nil }

type one struct {
	net.Listener
	c net.Conn
}

func (o one) Accept() (net.Conn, error) { return o.c, nil }

// A large answer to a slow line has the bound for each of its pieces, not for all.
func TestConn_gives_each_piece_its_time(t *testing.T) {
	t.Parallel()
	under := &noted{}
	c, err := stall.Listener(one{c: under}, bound).Accept()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := c.Write(make([]byte, 150_000)); n != 150_000 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := c.Write(nil); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	if want := "deadline;write 65536;deadline;write 65536;deadline;write 18928;deadline;write 0;"; under.said != want {
		t.Errorf("%s\nwant %s", under.said, want)
	}
	if err := c.(*stall.Conn).CloseWrite(); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
}
