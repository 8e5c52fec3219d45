package valkey

import (
	"encoding/binary"
	"time"
)

// formVersion begins every stored row. A row of a newer version is corrupt to this
// release: it is refused, never half read.
const formVersion = 1

// writer appends the fields of a row: numbers as short as they can be, bytes with
// their length before them, times as microseconds. Equal rows are equal bytes, and
// what was read writes itself again.
type writer struct{ b []byte }

func newWriter(size int) *writer {
	return &writer{append(make([]byte, 0, size), formVersion)}
}

func (w *writer) number(n uint64)      { w.b = binary.AppendUvarint(w.b, n) }
func (w *writer) integer(n int64)      { w.b = binary.AppendVarint(w.b, n) }
func (w *writer) small(n uint8)        { w.b = append(w.b, n) }
func (w *writer) id(id [16]byte)       { w.b = append(w.b, id[:]...) }
func (w *writer) digest(d [32]byte)    { w.b = append(w.b, d[:]...) }
func (w *writer) when(t time.Time)     { w.integer(t.UnixMicro()) }
func (w *writer) count(n int)          { w.number(uint64(n)) }
func (w *writer) bytes(b []byte)       { w.count(len(b)); w.b = append(w.b, b...) }
func put[T ~string](w *writer, text T) { w.count(len(text)); w.b = append(w.b, text...) }

func (w *writer) flag(f bool) {
	if f {
		w.small(1)
	} else {
		w.small(0)
	}
}

// reader takes the fields of a row again. After the first that is not there, or not
// as the writer makes it, everything is zero and whole is false.
type reader struct {
	b   []byte
	bad bool
}

// newReader expects the version.
func newReader(b []byte) *reader {
	r := &reader{b: b}
	if r.small() != formVersion {
		r.bad = true
	}
	return r
}

// whole reports that everything was there, and nothing else.
func (r *reader) whole() bool { return !r.bad && len(r.b) == 0 }

func (r *reader) take(n uint64) []byte {
	if r.bad || n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.b)
	if r.bad || size <= 0 || size > 1 && r.b[size-1] == 0 { // longer than it needs to be
		r.bad = true
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) integer() int64 {
	n := r.number()
	return int64(n>>1) ^ -int64(n&1) //nolint:gosec // the inverse of AppendVarint
}

func (r *reader) small() uint8 {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) flag() bool {
	f := r.small()
	r.bad = r.bad || f > 1
	return f == 1
}

func (r *reader) id() (id [16]byte) {
	copy(id[:], r.take(16))
	return id
}

func (r *reader) digest() (d [32]byte) {
	copy(d[:], r.take(32))
	return d
}

func (r *reader) when() time.Time { return time.UnixMicro(r.integer()).UTC() }

// count reads how many things follow; each has at least one byte.
func (r *reader) count() int {
	n := r.number()
	if n > uint64(len(r.b)) {
		r.bad = true
		return 0
	}
	return int(n) //nolint:gosec // at most the length of the row
}

// bytes shares the row's memory.
func (r *reader) bytes() []byte { return r.take(r.number()) }

func text[T ~string](r *reader) T { return T(r.bytes()) }
