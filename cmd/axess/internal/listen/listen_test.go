package listen

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/axess-go/axess/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func dial(t *testing.T, addr string) error {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		return err
	}
	return conn.Close()
}

// CLI-001: localhost is both families on one port, and nothing else is reached.
func TestOpen_localhost_is_both_families(t *testing.T) {
	t.Parallel()
	ln, err := Open(t.Context(), "localhost:0", Service{})
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	six := net.JoinHostPort("::1", port)
	probe, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp6", "[::1]:0")
	hosts := []string{net.JoinHostPort("127.0.0.1", port)}
	if err == nil {
		_ = probe.Close()
		hosts = append(hosts, six)
	}
	for _, addr := range hosts {
		done := make(chan error, 1)
		go func() {
			conn, err := ln.Accept()
			if err == nil {
				err = conn.Close()
			}
			done <- err
		}()
		if err := dial(t, addr); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
		if err := <-done; err != nil {
			t.Errorf("%s: %v", addr, err)
		}
	}
	waiting := make(chan error, 1)
	go func() { _, err := ln.Accept(); waiting <- err }()
	if err := ln.Close(); err != nil {
		t.Error(err)
	}
	if err := <-waiting; !errors.Is(err, net.ErrClosed) {
		t.Errorf("accept after close: %v", err)
	}
	if err := ln.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	for _, addr := range hosts {
		if dial(t, addr) == nil {
			t.Errorf("%s answers after close", addr)
		}
	}
}

// loopbacks are the loopback addresses that this machine has, at least one: there
// are machines without IPv6.
func loopbacks(t *testing.T) (ips []string) {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"127.0.0.1", "::1"} {
		for _, a := range all {
			if n, ok := a.(*net.IPNet); ok && n.IP.Equal(net.ParseIP(want)) {
				ips = append(ips, want)
			}
		}
	}
	if len(ips) == 0 {
		t.Fatalf("no loopback among %v", all)
	}
	return ips
}

// CLI-002: a taken port names its owner, on either family, and no other port is
// chosen.
func TestOpen_names_who_has_the_port(t *testing.T) {
	t.Parallel()
	for _, ip := range loopbacks(t) {
		t.Run(ip, func(t *testing.T) {
			t.Parallel()
			holder, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", net.JoinHostPort(ip, "0"))
			if err != nil {
				t.Fatal(err)
			}
			defer holder.Close()
			_, port, err := net.SplitHostPort(holder.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			ln, err := Open(t.Context(), "localhost:"+port, Service{})
			var taken *TakenError
			if !errors.As(err, &taken) {
				t.Fatalf("%v, %v", ln, err)
			}
			if runtime.GOOS == "linux" && taken.PID != os.Getpid() {
				t.Errorf("pid %d, want %d", taken.PID, os.Getpid())
			}
			if !strings.Contains(err.Error(), port) {
				t.Error(err)
			}
		})
	}
	for _, addr := range []string{"localhost", "nowhere.invalid:80", "localhost:http2"} {
		if ln, err := Open(t.Context(), addr, Service{}); err == nil {
			t.Errorf("%s: %v", addr, ln.Addr())
		}
	}
}

func vars(m map[string]string) func(string) (string, bool) {
	return func(n string) (string, bool) { v, ok := m[n]; return v, ok }
}

// CLI-013: a socket that was handed over is taken in the place of the address; one
// that is meant for another process is not.
func TestOpen_takes_sockets_of_the_service_manager(t *testing.T) {
	t.Parallel()
	holder, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tcp, ok := holder.(*net.TCPListener)
	if !ok {
		t.Fatal("no TCP")
	}
	f, err := tcp.File()
	if err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(os.Getpid())
	s := Environment(vars(map[string]string{"LISTEN_FDS": "1", "LISTEN_PID": pid}))
	if s.fds != 1 || s.first != 3 {
		t.Fatalf("%+v", s)
	}
	s.first = int(f.Fd())
	ln, err := Open(t.Context(), "localhost:1", s)
	if err != nil || ln.Addr().String() != holder.Addr().String() {
		t.Fatalf("%v, %v", ln, err)
	}
	runtime.KeepAlive(f)
	_ = ln.Close()
	_ = holder.Close()
	for _, m := range []map[string]string{{"LISTEN_FDS": "1", "LISTEN_PID": "1"}, {"LISTEN_FDS": "1"}, {"LISTEN_FDS": "x", "LISTEN_PID": pid}, {"LISTEN_FDS": "-1", "LISTEN_PID": pid}} {
		if s := Environment(vars(m)); s.fds != 0 {
			t.Errorf("%v: %+v", m, s)
		}
	}
}

// CLI-013: readiness and watchdog go to the service manager's socket; a process
// that is not well says nothing.
func TestService_tells(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "n") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "n")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	heard := func() string {
		buf := make([]byte, 100)
		if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
	s := Environment(vars(map[string]string{"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "20000"}))
	if err := s.Tell(Ready); err != nil || heard() != "READY=1" {
		t.Error(err)
	}
	if msg := Reloading(clock.System()); !strings.HasPrefix(msg, "RELOADING=1\nMONOTONIC_USEC=") {
		t.Error(msg)
	}
	ctx, stop := context.WithCancel(t.Context())
	asked := 0
	done := make(chan error, 1)
	go func() {
		done <- s.Watchdog(ctx, clock.System(), slog.New(slog.DiscardHandler), func() error {
			if asked++; asked == 1 {
				return errors.New("not well")
			}
			return nil
		})
	}()
	if got := heard(); got != "WATCHDOG=1" {
		t.Error(got)
	}
	stop()
	if err := <-done; err != nil || asked < 2 {
		t.Errorf("%v after %d", err, asked)
	}
	if err := (Service{}).Tell(Ready); err != nil {
		t.Error(err)
	}
	if err := (Service{}).Watchdog(t.Context(), clock.System(), nil, nil); err != nil {
		t.Error(err)
	}
	if s := Environment(vars(map[string]string{"WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"})); s.watchdog != 0 {
		t.Error("another's watchdog")
	}
}

// CLI-013: a message that could not be sent is logged, and the next is sent: else
// the service manager would kill a server that is well.
func TestService_watchdog_outlives_a_failed_send(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "n") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "n") // nobody listens yet
	s := Environment(vars(map[string]string{"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "20000"}))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var log bytes.Buffer
	asked, third := 0, make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- s.Watchdog(ctx, clock.System(), slog.New(slog.NewTextHandler(&log, nil)), func() error {
			if asked++; asked == 3 {
				close(third)
			}
			return nil
		})
	}()
	select {
	case <-third:
	case err := <-done:
		t.Fatalf("the watchdog is over: %v", err)
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	if n, err := conn.Read(buf); err != nil || string(buf[:n]) != "WATCHDOG=1" {
		t.Errorf("%q, %v", buf[:n], err)
	}
	stop()
	if err := <-done; err != nil || strings.Count(log.String(), "level=WARN") != 1 {
		t.Errorf("%v, %s", err, &log)
	}
}

// A service manager that does not read holds nobody up.
func TestService_tell_gives_up(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "n")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "n")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	done := make(chan error, 1)
	go func() {
		s := Environment(vars(map[string]string{"NOTIFY_SOCKET": path}))
		var err error
		for range 100_000 { // more than any queue holds
			if err = s.Tell(Ready); err != nil {
				break
			}
		}
		done <- err
	}()
	select {
	case err := <-done:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("it waits for ever")
	}
}
