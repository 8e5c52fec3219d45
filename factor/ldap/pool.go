package ldap

import (
	"context"
	"errors"
	"sync"
	"time"
)

// What is kept of the connections of the account that searches.
const (
	poolSize = 4
	poolIdle = time.Minute
)

// pool keeps connections on which the program itself is bound. No connection on which a
// person was bound ever comes here (FAC-096).
type pool struct {
	mu     sync.Mutex
	idle   []*conn // the one used last is at the end
	closed bool
}

// take returns an idle connection, or nil.
func (p *pool) take(now time.Duration) *conn {
	p.mu.Lock()
	var old []*conn
	var found *conn
	for n := len(p.idle); n > 0 && found == nil; n = len(p.idle) {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		if now-c.since < poolIdle && !c.ops.IsClosing() {
			found = c
		} else {
			old = append(old, c)
		}
	}
	p.mu.Unlock()
	for _, c := range old {
		c.drop()
	}
	return found
}

// put keeps a connection, or closes it if there are enough.
func (p *pool) put(c *conn, now time.Duration) {
	p.mu.Lock()
	kept := !p.closed && len(p.idle) < poolSize
	if kept {
		c.since = now
		p.idle = append(p.idle, c)
	}
	p.mu.Unlock()
	if !kept {
		c.drop()
	}
}

func (p *pool) close() {
	p.mu.Lock()
	old := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, c := range old {
		c.drop()
	}
}

// asService runs do on a connection of the account that searches. One that was kept may
// have been closed by the directory meanwhile: it is tried again on a fresh one.
func (d *Directory) asService(ctx context.Context, account Account, do func(*conn) error) error {
	if c := d.service.take(d.clock.Mono()); c != nil {
		err := do(c)
		if r := reasonOf(err); r != ReasonTransport {
			d.back(c, r)
			return err
		}
		c.drop()
	}
	c, err := d.connect(ctx)
	if err != nil {
		return err
	}
	if err := c.bind(ctx, account.DN, account.Password); err != nil {
		c.drop()
		var e *Error
		if errors.As(err, &e) && e.Reason.verdict() == ReasonCredential.verdict() {
			// The account of the program, not the person: nobody's guess.
			return &Error{Op: "bind", Reason: ReasonService, Code: e.Code}
		}
		return err
	}
	err = do(c)
	d.back(c, reasonOf(err))
	return err
}

// back keeps a connection that still answers.
func (d *Directory) back(c *conn, r Reason) {
	if r.transport() || r == ReasonCancelled {
		c.drop()
		return
	}
	d.service.put(c, d.clock.Mono())
}
