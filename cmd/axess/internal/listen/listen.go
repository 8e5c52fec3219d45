package listen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
)

// TakenError means that another process has the port.
type TakenError struct {
	Addr string
	// PID is that process; 0 when the system does not tell. Name is its command.
	PID  int
	Name string
	err  error
}

// Error implements error.
func (e *TakenError) Error() string {
	who := "another process"
	switch {
	case e.PID == os.Getpid():
		who = "this process"
	case e.PID > 0 && e.Name != "":
		who = fmt.Sprintf("%s, the process with pid %d", e.Name, e.PID)
	case e.PID > 0:
		who = fmt.Sprintf("the process with pid %d", e.PID)
	}
	return e.Addr + " is taken by " + who
}

// Unwrap returns the system's error.
func (e *TakenError) Unwrap() error { return e.err }

// Open listens on addr, "host:port", or on what the service manager handed over.
// Errors: [*TakenError]; those of package net.
func Open(ctx context.Context, addr string, env Service) (net.Listener, error) {
	handed, err := env.sockets()
	if err != nil || len(handed) > 0 {
		return group(handed), err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if host != "localhost" {
		return one(ctx, "tcp", addr)
	}
	return both(ctx, port)
}

func one(ctx context.Context, network, addr string) (net.Listener, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, network, addr)
	if err == nil {
		return ln, nil
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		taken := &TakenError{Addr: addr, err: err}
		if _, port, err := net.SplitHostPort(addr); err == nil {
			if n, err := strconv.Atoi(port); err == nil {
				taken.PID, taken.Name = owner(n)
			}
		}
		return nil, taken
	}
	return nil, fmt.Errorf("listen: %w", err)
}

// both listens on the loopback addresses of both families. A machine without one
// of them has the other alone.
func both(ctx context.Context, port string) (net.Listener, error) {
	const tries = 8 // a free port of one family may be taken in the other
	for try := 1; ; try++ {
		four, err := one(ctx, "tcp4", net.JoinHostPort("127.0.0.1", port))
		if missing(err) {
			return one(ctx, "tcp6", net.JoinHostPort("::1", port))
		}
		if err != nil {
			return nil, err
		}
		_, chosen, err := net.SplitHostPort(four.Addr().String())
		if err != nil {
			return nil, errors.Join(fmt.Errorf("listen: %w", err), four.Close())
		}
		six, err := one(ctx, "tcp6", net.JoinHostPort("::1", chosen))
		switch {
		case missing(err):
			return four, nil
		case err == nil:
			return group([]net.Listener{four, six}), nil
		}
		err = errors.Join(err, four.Close())
		if port != "0" || try == tries {
			return nil, err
		}
	}
}

// missing says that the machine has no such address.
func missing(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT)
}
