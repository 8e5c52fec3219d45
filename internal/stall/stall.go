// Package stall ends connections whose peer does not read any more. A client that
// asks for a page and never takes it would otherwise hold a connection, a goroutine
// and what it writes for as long as it likes.
//
//	ln = stall.Listener(ln, 30*time.Second)
//	err := srv.Serve(ln)
//
// What is bounded is one write, not an answer: streams and WebSockets live as long as
// somebody reads them, however long they are silent in between, and a large answer as
// long as it goes on. Whoever sets a write deadline on the connection, through
// http.ResponseController say, has the say until they take it away.
//
// It belongs below TLS: a tls.Conn is left as it is, because a server recognises it
// by its type.
//
// Sockets live in the machine's time, so the deadlines do too.
//
// Requirements: PRD-071.
package stall

import (
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/axess-go/axess/clock"
)

// ServerWrite is what a server gives a client for one write.
const ServerWrite = 30 * time.Second

// piece is what one deadline is for: a slow line is no stalled one.
const piece = 64 << 10

// Listener bounds the writes of what ln accepts. A listener that does so already is
// returned as it is.
func Listener(ln net.Listener, after time.Duration) net.Listener {
	if _, ok := ln.(*listener); ok {
		return ln
	}
	return &listener{ln, after}
}

type listener struct {
	net.Listener
	after time.Duration
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	switch c.(type) {
	case nil, *tls.Conn, *Conn:
		return c, err
	}
	return &Conn{Conn: c, after: l.after, clock: clock.System()}, err
}

// Conn is a connection whose writes end.
type Conn struct {
	net.Conn
	after  time.Duration
	clock  clock.Clock
	theirs atomic.Bool // somebody else has set a write deadline
}

// Write writes in pieces, each within the bound.
func (c *Conn) Write(p []byte) (n int, err error) {
	for {
		if err := c.roll(); err != nil {
			return n, err
		}
		m, err := c.Conn.Write(p[n:min(n+piece, len(p))])
		n += m
		if err != nil || n == len(p) {
			return n, err
		}
	}
}

func (c *Conn) roll() error {
	if c.theirs.Load() {
		return nil
	}
	return c.Conn.SetWriteDeadline(c.clock.Now().Add(c.after))
}

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error {
	c.theirs.Store(!t.IsZero())
	return c.Conn.SetDeadline(t)
}

// SetWriteDeadline implements net.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.theirs.Store(!t.IsZero())
	return c.Conn.SetWriteDeadline(t)
}

// CloseWrite ends the sending side: the server does so before it closes after an
// error, so that the answer arrives.
func (c *Conn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}

// NetConn returns the connection itself.
func (c *Conn) NetConn() net.Conn { return c.Conn }
