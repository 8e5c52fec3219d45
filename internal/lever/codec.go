package lever

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/axess-go/axess/authn"
	"github.com/axess-go/axess/store"
)

// version is the first byte of every encoded lever.
const version = 1

// Encode is the stored form of a lever: a version byte, then varints (unsigned
// for counts, signed for times in microseconds since 1970 and for durations in
// nanoseconds) and reservation ids as they are.
func (l *Lever) Encode() []byte {
	b := make([]byte, 0, 64+10*len(l.fails)+80*len(l.flight))
	b = append(b, version)
	b = appendPolicy(b, l.policy)
	b = binary.AppendUvarint(b, uint64(l.level))
	b = binary.AppendUvarint(b, uint64(l.refused))
	b = binary.AppendVarint(b, l.until.UnixMicro())
	b = binary.AppendVarint(b, l.last.UnixMicro())
	b = binary.AppendUvarint(b, uint64(len(l.fails)))
	for _, f := range l.fails {
		b = binary.AppendVarint(b, f.UnixMicro())
	}
	b = binary.AppendUvarint(b, uint64(len(l.flight)))
	for _, f := range l.flight {
		b = append(b, f.id[:]...)
		b = binary.AppendVarint(b, f.at.UnixMicro())
		b = appendPolicy(b, f.policy)
	}
	return b
}

func appendPolicy(b []byte, p authn.LockPolicy) []byte {
	b = binary.AppendUvarint(b, uint64(p.Threshold))
	b = binary.AppendUvarint(b, uint64(p.Factor))
	for _, d := range []time.Duration{p.Window, p.Lock, p.Cap, p.Decay} {
		b = binary.AppendVarint(b, int64(d))
	}
	return b
}

// Decode reads what [Lever.Encode] made; store.ErrCorrupt for anything else. A
// lever that cannot be read must not be an open one.
func Decode(b []byte) (Lever, error) {
	r := reader{b: b}
	if r.byte() != version {
		return Lever{}, fmt.Errorf("lever: decode: version: %w", store.ErrCorrupt)
	}
	l := Lever{policy: r.policy(), level: r.count(), refused: r.count(), until: r.time(), last: r.time()}
	for range r.length() {
		l.fails = append(l.fails, r.time())
	}
	for range r.length() {
		f := inFlight{id: r.id()}
		f.at, f.policy = r.time(), r.policy()
		l.flight = append(l.flight, f)
	}
	if r.bad || len(r.b) > 0 {
		return Lever{}, fmt.Errorf("lever: decode: %w", store.ErrCorrupt)
	}
	return l, nil
}

// reader consumes bytes; once something is missing it reads zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n <= 0 || n > len(r.b) {
		r.b, r.bad = nil, true
		return nil
	}
	head := r.b[:n]
	r.b = r.b[n:]
	return head
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) id() (id [16]byte) {
	copy(id[:], r.take(16))
	return id
}

// count reads a number of at most 2³¹−1, so that it fits everywhere.
func (r *reader) count() int {
	v, n := binary.Uvarint(r.b)
	if r.take(n) == nil || v > 1<<31-1 {
		r.b, r.bad = nil, true
		return 0
	}
	return int(v)
}

// length is count for a list: each entry takes a byte at least, so a forged
// length costs no memory.
func (r *reader) length() int {
	n := r.count()
	if n > len(r.b) {
		r.b, r.bad = nil, true
		return 0
	}
	return n
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if r.take(n) == nil {
		return 0
	}
	return v
}

func (r *reader) time() time.Time { return time.UnixMicro(r.varint()).UTC() }

func (r *reader) policy() authn.LockPolicy {
	p := authn.LockPolicy{Threshold: r.count(), Factor: r.count()}
	for _, d := range []*time.Duration{&p.Window, &p.Lock, &p.Cap, &p.Decay} {
		*d = time.Duration(r.varint())
	}
	return p
}
