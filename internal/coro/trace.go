package coro

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"strings"
	"time"
)

// trace is a running digest over what has happened (SIM-013), and the last lines.
type trace struct {
	sum  hash.Hash
	buf  []byte
	last []line
	n    int
}

// line is one thing that happened.
type line struct {
	step  int
	at    time.Duration
	node  string
	task  string
	id    uint64
	parts []string
}

// String is the line as a report shows it.
func (l line) String() string {
	return fmt.Sprintf("%7d %12s %s/%s#%d %s", l.step, l.at, l.node, l.task, l.id, strings.Join(l.parts, " "))
}

func newTrace(keep int) *trace { return &trace{sum: sha256.New(), last: make([]line, keep)} }

func (w *World) line(n *Node, parts ...string) {
	l := line{step: w.steps, at: w.now, node: n.name, parts: parts}
	if w.cur != nil {
		l.task, l.id = w.cur.name, w.cur.id
	}
	if w.cfg.Trace != nil {
		w.cfg.Trace(l.String())
	}
	tr := w.trace
	tr.last[tr.n%len(tr.last)] = l
	tr.n++
	b := binary.BigEndian.AppendUint64(tr.buf[:0], uint64(l.step))
	b = binary.BigEndian.AppendUint64(b, uint64(l.at))
	b = binary.BigEndian.AppendUint64(b, l.id)
	b = field(field(b, l.node), l.task)
	for _, p := range parts {
		b = field(b, p)
	}
	tr.buf = b
	tr.sum.Write(b)
}

func field(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

// Chain is the digest of the trace so far: equal runs have equal chains.
func (w *World) Chain() [32]byte { return [32]byte(w.trace.sum.Sum(nil)) }

// Last are the newest lines of the trace, the oldest of them first.
func (w *World) Last() []string {
	tr := w.trace
	var out []string
	for i := max(0, tr.n-len(tr.last)); i < tr.n; i++ {
		out = append(out, tr.last[i%len(tr.last)].String())
	}
	return out
}
