package listen

import (
	"errors"
	"net"
	"sync"
)

// group makes one listener of several; its address is that of the first.
func group(all []net.Listener) net.Listener {
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	g := &merged{all: all, conns: make(chan accepted), closed: make(chan struct{})}
	for _, ln := range all {
		g.running.Go(func() { g.accept(ln) })
	}
	return g
}

type merged struct {
	all     []net.Listener
	conns   chan accepted
	closed  chan struct{}
	once    sync.Once
	running sync.WaitGroup
}

type accepted struct {
	conn net.Conn
	err  error
}

// accept hands on what one listener brings, until the group is closed. An error
// goes to the server, which knows which ones pass.
func (g *merged) accept(ln net.Listener) {
	for {
		conn, err := ln.Accept()
		select {
		case g.conns <- accepted{conn, err}:
		case <-g.closed:
			if conn != nil {
				_ = conn.Close() // nobody is left to serve it
			}
			return
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
	}
}

// Accept implements net.Listener.
func (g *merged) Accept() (net.Conn, error) {
	select {
	case a := <-g.conns:
		return a.conn, a.err
	case <-g.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener; no goroutine is left when it returns.
func (g *merged) Close() error {
	var errs []error
	g.once.Do(func() {
		close(g.closed)
		for _, ln := range g.all {
			errs = append(errs, ln.Close())
		}
	})
	g.running.Wait()
	return errors.Join(errs...)
}

// Addr implements net.Listener.
func (g *merged) Addr() net.Addr { return g.all[0].Addr() }
