package dbtest

import (
	"bytes"
	"net"
	"sync"
	"testing"
)

// Wire is a network between a program and a server that can be cut without either of
// them noticing.
type Wire struct {
	// Addr is where the server is to be found behind it.
	Addr string

	mu     sync.Mutex
	mended *sync.Cond
	before []byte
	cut    bool
}

// NewWire lays a wire to an address. It ends with the test.
func NewWire(t testing.TB, to string) *Wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &Wire{Addr: l.Addr().String()}
	w.mended = sync.NewCond(&w.mu)
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		w.Mend()
	})
	go func() {
		for {
			here, err := l.Accept()
			if err != nil {
				return
			}
			there, err := net.Dial("tcp", to)
			if err != nil {
				_ = here.Close()
				continue
			}
			go w.carry(here, there)
			go w.carry(there, here)
		}
	}()
	return w
}

// carry hands on what comes, and keeps it while the wire is cut.
func (w *Wire) carry(from, to net.Conn) {
	defer to.Close()
	buf := make([]byte, 1<<16)
	for {
		n, err := from.Read(buf)
		w.mu.Lock()
		w.cut = w.cut || w.before != nil && bytes.Contains(buf[:n], w.before)
		for w.cut {
			w.mended.Wait()
		}
		w.mu.Unlock()
		if _, failed := to.Write(buf[:n]); err != nil || failed != nil {
			return
		}
	}
}

// Cut keeps everything back from now on.
func (w *Wire) Cut() { w.set(nil, true) }

// CutBefore cuts the wire when a message with these bytes comes, and keeps that back.
func (w *Wire) CutBefore(text string) { w.set([]byte(text), false) }

// Mend hands on what was kept back.
func (w *Wire) Mend() { w.set(nil, false) }

func (w *Wire) set(before []byte, cut bool) {
	w.mu.Lock()
	w.before, w.cut = before, cut
	w.mu.Unlock()
	w.mended.Broadcast()
}
