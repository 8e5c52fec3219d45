package control

import (
	"fmt"
	"net"
	"sync"

	"github.com/axess-go/axess/clock"
)

// line is the connection that is served now. It can be ended while somebody waits
// for what the other end says: else whoever says nothing would hold the stop of
// the server back (CLI-009).
type line struct {
	mu   sync.Mutex
	conn net.Conn // nil before the first
	over bool
}

// take makes conn the one that is served.
func (l *line) take(conn net.Conn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return net.ErrClosed
	}
	if err := conn.SetDeadline(clock.System().Now().Add(callFor)); err != nil {
		return fmt.Errorf("control: %w", err)
	}
	l.conn = conn
	return nil
}

// end takes no other, and lets nobody wait for what the present one says.
func (l *line) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	if l.conn == nil {
		return
	}
	// A connection that has been closed meanwhile refuses, and nobody waits for it.
	_ = l.conn.SetReadDeadline(clock.System().Now())
	_ = l.conn.SetWriteDeadline(clock.System().Now().Add(endFor))
}
