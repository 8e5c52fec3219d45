package attack

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/factor/password"
)

// live is a program behind its own listener, as [axess.Serve] runs it.
type live struct {
	auth   *axess.Axess
	routes *axess.Routes
	origin string
	host   string // as a Host header has it
	addr   string
	// smuggled counts the runs of a handler that nobody asks for in the open.
	smuggled atomic.Int64
}

// serve starts a program on a free port until the test ends.
func serve(t *testing.T) *live {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	l := &live{host: "localhost:" + port, addr: ln.Addr().String()}
	l.origin = "http://" + l.host
	l.auth, err = axess.New(ctx, axess.Config{
		Origin: l.origin, Stores: memoryStores(t), PasswordCost: password.InsecureCheap(), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	l.routes = l.auth.Routes()
	l.routes.Public("GET /{$}", l.auth.Home().ServeHTTP)
	l.routes.Public("/smuggled", func(http.ResponseWriter, *http.Request) { l.smuggled.Add(1) })
	served := make(chan error, 1)
	go func() { served <- axess.Serve(ctx, ln, l.auth, l.routes) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return l
}

// dial opens a connection that ends with the test, or after a minute.
func (l *live) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return c
}

// talk sends text as it is and returns the statuses of what comes back until the
// server closes, which it is asked to after the last request.
func (l *live) talk(t *testing.T, text string) (statuses []int) {
	t.Helper()
	c := l.dial(t)
	go func() {
		// A server that refuses closes while this is being sent.
		_, _ = io.WriteString(c, strings.ReplaceAll(text, "HOST", l.host))
		_ = c.(*net.TCPConn).CloseWrite()
	}()
	br := bufio.NewReader(c)
	for {
		res, err := http.ReadResponse(br, nil)
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !strings.Contains(err.Error(), "reset") {
				t.Errorf("answer: %v", err)
			}
			return statuses
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("answer: %v", err)
		}
		_ = res.Body.Close()
		statuses = append(statuses, res.StatusCode)
	}
}

// served fails the test unless an ordinary visitor gets the sign-in page, soon.
func (l *live) served(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.origin+"/auth/sign-in", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Errorf("an ordinary visitor: %v", err)
		return
	}
	defer res.Body.Close()
	if b, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusOK || !strings.Contains(string(b), "password") {
		t.Errorf("an ordinary visitor gets %d, %v", res.StatusCode, err)
	}
}

// head is the beginning of a request, up to its own headers.
func head(method, path string) string {
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: HOST\r\n", method, path)
}
