package axess_test

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
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/store/memory"
)

// listener takes a free port of this machine and says under which origin.
func listener(t *testing.T) (net.Listener, string) {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return ln, "http://localhost:" + port
}

func program(t *testing.T, ctx context.Context, origin string) *axess.Axess { //nolint:revive // t first reads better here
	t.Helper()
	a, err := axess.New(ctx, axess.Config{
		Origin: origin, Stores: memory.New(memory.Config{}).Stores(), PasswordCost: password.InsecureCheap(), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The end of the context drains: the open request is answered, new ones are not,
// and no goroutine is left. PRD-070, PRD-071
func TestServe_drains(t *testing.T) { //nolint:paralleltest // counts goroutines
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ln, origin := listener(t)
	a := program(t, ctx, origin)
	entered, leave := make(chan struct{}), make(chan struct{})
	rt := a.Routes()
	rt.Public("GET /slow", func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-leave
		fmt.Fprint(w, "finished")
	})
	served := make(chan error, 1)
	go func() { served <- axess.Serve(ctx, ln, a, rt) }()
	answer := make(chan string, 1)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	go func() {
		res, err := client.Get(origin + "/slow")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		answer <- fmt.Sprint(res.StatusCode, " ", string(b), " ", err)
	}()
	<-entered
	stop()
	// The port is closed before the last request has ended.
	for {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", ln.Addr().String())
		if err != nil {
			break
		}
		_ = c.Close()
	}
	select {
	case err := <-served:
		t.Fatalf("Serve returned %v with a request open", err)
	default:
	}
	close(leave)
	if got := <-answer; got != "200 finished <nil>" {
		t.Errorf("the open request got %q", got)
	}
	if err := <-served; err != nil {
		t.Errorf("a clean drain is %v", err)
	}
	for range 2 {
		if err := a.Close(t.Context()); err != nil {
			t.Errorf("closing again: %v", err)
		}
	}
}

// PRD-070
func TestNew_and_Close_leave_nothing(t *testing.T) { //nolint:paralleltest // counts goroutines
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	a := program(t, t.Context(), "http://localhost:8080")
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The end of the context begins the same.
	ctx, stop := context.WithCancel(t.Context())
	a = program(t, ctx, "http://localhost:8080")
	stop()
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	// A refusal has started nothing.
	if _, err := axess.New(t.Context(), axess.Config{}); err == nil {
		t.Error("an empty configuration is taken")
	}
	broken := memory.New(memory.Config{}).Stores()
	broken.Identity = downAdmin{broken.Identity}
	if _, err := axess.New(t.Context(), axess.Config{Origin: "http://localhost:8080", Stores: broken, Logger: slog.New(slog.DiscardHandler)}); err == nil {
		t.Error("a store that is down is taken")
	}
}

// A listener that fails by itself is an error, and everything else ends with it.
func TestServe_listener_fails(t *testing.T) { //nolint:paralleltest // counts goroutines
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ln, origin := listener(t)
	a := program(t, t.Context(), origin)
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if err := axess.Serve(t.Context(), ln, a, a.Routes()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("%v, want net.ErrClosed", err)
	}
}

// Development does not listen to the world. PRD-041
func TestServe_development_listens_here_only(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{"0.0.0.0:0": false, "[::]:0": false, ":0": false, "127.0.0.1:0": true} {
		a := program(t, t.Context(), "http://localhost:8080")
		ctx, stop := context.WithCancel(t.Context())
		stop() // a listener that is taken drains at once
		err := axess.ListenAndServe(ctx, addr, a, a.Routes())
		// The context has ended, so listening itself may be refused; what counts is by whom.
		if refused := errors.Is(err, axess.ConfigCode("config_invalid")); refused == want && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", addr, err)
		}
		_ = a.Close(t.Context())
	}
	for _, addr := range []string{"0.0.0.0:0", "[::]:0"} {
		ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", addr)
		if err != nil {
			continue // a machine without IPv6
		}
		a := program(t, t.Context(), "http://localhost:8080")
		err = axess.Serve(t.Context(), ln, a, a.Routes())
		if !errors.Is(err, axess.ConfigCode("config_invalid")) || !strings.Contains(err.Error(), "InsecureDevListen") {
			t.Errorf("%s: %v, want a refusal with its cure", addr, err)
		}
		if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: the refused listener is open: %v", addr, err)
		}
		_ = a.Close(t.Context())
	}
	// With a reason it does.
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	a, err := axess.New(t.Context(), axess.Config{
		Origin: "http://localhost:8080", Stores: memory.New(memory.Config{}).Stores(), Logger: slog.New(slog.DiscardHandler), InsecureDevListen: "a container",
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := axess.Serve(ctx, ln, a, a.Routes()); err != nil {
		t.Error(err)
	}
}

// PRD-071
func TestListenAndServe_port_taken(t *testing.T) {
	t.Parallel()
	ln, origin := listener(t)
	defer ln.Close()
	a := program(t, t.Context(), origin)
	defer func() { _ = a.Close(context.WithoutCancel(t.Context())) }()
	err := axess.ListenAndServe(t.Context(), ln.Addr().String(), a, a.Routes())
	var op *net.OpError
	if !errors.As(err, &op) {
		t.Errorf("%v, want the error of listening", err)
	}
}

// A table with a mistake is not served. PRD-055
func TestListenAndServe_refuses_bad_routes(t *testing.T) {
	t.Parallel()
	a := program(t, t.Context(), "http://localhost:8080")
	defer func() { _ = a.Close(context.WithoutCancel(t.Context())) }()
	rt := a.Routes()
	rt.Public("GET /x", func(http.ResponseWriter, *http.Request) {})
	rt.Public("GET /x", func(http.ResponseWriter, *http.Request) {})
	if err := axess.ListenAndServe(t.Context(), "127.0.0.1:0", a, rt); err == nil || !errors.Is(err, rt.Err()) {
		t.Errorf("%v, want %v", err, rt.Err())
	}
	ln, _ := listener(t)
	if err := axess.Serve(t.Context(), ln, a, rt); err == nil {
		t.Error("Serve serves it")
	}
}

// Headers that do not end, or are too many, hold no connection. PRD-071
func TestServe_limits_headers(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	ln, origin := listener(t)
	a := program(t, ctx, origin)
	served := make(chan error, 1)
	go func() { served <- axess.Serve(ctx, ln, a, a.Routes()) }()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	go func() {
		fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\n", strings.TrimPrefix(origin, "http://"))
		for range 3000 {
			fmt.Fprintf(c, "X-Filler: %s\r\n", strings.Repeat("x", 100))
		}
		fmt.Fprint(c, "\r\n")
	}()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("300 KiB of headers: %v %v", res, err)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// PRD-071: what the server writes is bounded, also where the listener is the program's.
func TestServe_bounds_what_it_writes(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	ln, origin := listener(t)
	a := program(t, ctx, origin)
	rt, bounded := a.Routes(), make(chan string, 1)
	rt.Public("GET /conn", func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			bounded <- err.Error()
			return
		}
		defer c.Close()
		bounded <- fmt.Sprintf("%T", c)
	})
	served := make(chan error, 1)
	go func() { served <- axess.Serve(ctx, ln, a, rt) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if res, err := client.Get(origin + "/conn"); err == nil {
		res.Body.Close()
	}
	if got := <-bounded; got != "*stall.Conn" {
		t.Error(got)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
