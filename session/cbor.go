package session

import (
	"bytes"
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// The bodies of sessions are read on every request, so the reader of their CBOR
// is written by hand: a tenth of the time and the allocations of a general one,
// and it refuses, at no cost, everything that is not the one deterministic
// encoding (RFC 8949 §4.2.1). Beyond that it knows only what bodies use: no
// floats, no tags, no simple values but false, true and null. Tests compare it
// with a general library.

// Major types (RFC 8949 §3.1), shifted to their place.
const (
	cborUint  = 0 << 5
	cborNeg   = 1 << 5
	cborBytes = 2 << 5
	cborText  = 3 << 5
	cborArray = 4 << 5
	cborMap   = 5 << 5

	cborFalse = 0xf4
	cborTrue  = 0xf5
	cborNull  = 0xf6

	maxDepth = 32
)

// cborReader reads one value after the other. After the first fault every
// result is zero and bad is set; the caller looks once, at the end.
type cborReader struct {
	b   []byte
	i   int
	bad bool
}

func (r *cborReader) fail() { r.bad, r.i = true, len(r.b) }

// head reads a type and its argument in the shortest form.
func (r *cborReader) head() (major byte, arg uint64) {
	if r.i >= len(r.b) {
		r.fail()
		return 0, 0
	}
	first := r.b[r.i]
	r.i++
	major = first & 0xe0
	info := first & 0x1f
	if info < 24 {
		return major, uint64(info)
	}
	rest := r.b[r.i:]
	var least uint64
	switch {
	case info == 24 && len(rest) >= 1:
		arg, least = uint64(rest[0]), 24
	case info == 25 && len(rest) >= 2:
		arg, least = uint64(binary.BigEndian.Uint16(rest)), 1<<8
	case info == 26 && len(rest) >= 4:
		arg, least = uint64(binary.BigEndian.Uint32(rest)), 1<<16
	case info == 27 && len(rest) >= 8:
		arg, least = binary.BigEndian.Uint64(rest), 1<<32
	default: // cut off, reserved or of indefinite length
		r.fail()
		return 0, 0
	}
	if arg < least {
		r.fail()
		return 0, 0
	}
	r.i += 1 << (info - 24)
	return major, arg
}

// want reads the argument of a type; most heads are one byte.
func (r *cborReader) want(major byte) uint64 {
	if r.i < len(r.b) {
		if short := r.b[r.i] - major; short < 24 {
			r.i++
			return uint64(short)
		}
	}
	return r.wantLong(major)
}

func (r *cborReader) wantLong(major byte) uint64 {
	got, arg := r.head()
	if got != major {
		r.fail()
		return 0
	}
	return arg
}

func (r *cborReader) uint() uint64 { return r.want(cborUint) }

// small reads an unsigned integer of at most limit.
func (r *cborReader) small(limit uint64) uint64 {
	v := r.uint()
	if v > limit {
		r.fail()
		return 0
	}
	return v
}

// bytes returns a part of the input; the caller copies what it gives away.
func (r *cborReader) bytes() []byte { return r.take(r.want(cborBytes)) }

func (r *cborReader) text() []byte {
	b := r.take(r.want(cborText))
	if !ascii(b) && !utf8.Valid(b) {
		r.fail()
		return nil
	}
	return b
}

// ascii looks at texts of up to 16 bytes, as most are, in two overlapping parts; of
// others it knows nothing.
func ascii(b []byte) bool {
	const (
		high4 = 0x80808080
		high8 = high4<<32 | high4
	)
	switch n := len(b); {
	case n > 16 || n < 2:
		return n == 0
	case n >= 8:
		return (binary.LittleEndian.Uint64(b)|binary.LittleEndian.Uint64(b[n-8:]))&high8 == 0
	case n >= 4:
		return (binary.LittleEndian.Uint32(b)|binary.LittleEndian.Uint32(b[n-4:]))&high4 == 0
	default:
		return (b[0]|b[1]|b[n-1])&0x80 == 0
	}
}

func (r *cborReader) take(n uint64) []byte {
	if n > uint64(len(r.b)-r.i) {
		r.fail()
		return nil
	}
	b := r.b[r.i : r.i+int(n) : r.i+int(n)]
	r.i += int(n)
	return b
}

// id reads exactly 16 bytes.
func (r *cborReader) id() (id [16]byte) {
	b := r.b[r.i:]
	if len(b) < 1+len(id) || b[0] != cborBytes|byte(len(id)) {
		r.fail()
		return id
	}
	r.i += 1 + len(id)
	return [16]byte(b[1:])
}

// idOrNone reads 16 bytes, or none for the zero id.
func (r *cborReader) idOrNone() (id [16]byte) {
	if r.i < len(r.b) && r.b[r.i] == cborBytes {
		r.i++
		return id
	}
	if id = r.id(); id == [16]byte{} {
		r.fail() // one encoding: zero is none
	}
	return id
}

func (r *cborReader) flag() bool {
	if r.i < len(r.b) {
		switch r.b[r.i] {
		case cborFalse:
			r.i++
			return false
		case cborTrue:
			r.i++
			return true
		}
	}
	r.fail()
	return false
}

// null reports a null and steps over it.
func (r *cborReader) null() bool {
	if r.i < len(r.b) && r.b[r.i] == cborNull {
		r.i++
		return true
	}
	return false
}

// list reads the head of an array of at most limit elements.
func (r *cborReader) list(limit int) int {
	n := r.want(cborArray)
	if n > uint64(limit) {
		r.fail()
		return 0
	}
	return int(n)
}

// tuple reads the head of an array of exactly n elements.
func (r *cborReader) tuple(n int) {
	if r.want(cborArray) != uint64(n) {
		r.fail()
	}
}

// raw steps over one value of any kind, checks it and returns its bytes.
func (r *cborReader) raw(depth int) []byte {
	from := r.i
	r.skip(depth)
	return r.b[from:r.i:r.i]
}

func (r *cborReader) skip(depth int) {
	if depth > maxDepth {
		r.fail()
		return
	}
	if r.i < len(r.b) {
		switch r.b[r.i] {
		case cborFalse, cborTrue, cborNull:
			r.i++
			return
		}
	}
	switch major, arg := r.head(); major {
	case cborUint, cborNeg:
	case cborBytes:
		r.take(arg)
	case cborText:
		if !utf8.Valid(r.take(arg)) {
			r.fail()
		}
	case cborArray:
		for ; arg > 0 && !r.bad; arg-- {
			r.skip(depth + 1)
		}
	case cborMap:
		var last []byte
		for ; arg > 0 && !r.bad; arg-- {
			key := r.raw(depth + 1)
			// Keys ascend by their encoded bytes, which also rules out doubles.
			if bytes.Compare(last, key) >= 0 {
				r.fail()
				return
			}
			last = key
			r.skip(depth + 1)
		}
	default:
		r.fail()
	}
}

// done reports that everything was read and nothing was wrong.
func (r *cborReader) done() bool { return !r.bad && r.i == len(r.b) }

// The writers append the deterministic encoding of one value.

func putHead(b []byte, major byte, arg uint64) []byte {
	switch {
	case arg < 24:
		return append(b, major|byte(arg))
	case arg <= math.MaxUint8:
		return append(b, major|24, byte(arg))
	case arg <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(arg))
	case arg <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(arg))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), arg)
}

func putUint(b []byte, v uint64) []byte { return putHead(b, cborUint, v) }

func putBytes(b, v []byte) []byte { return append(putHead(b, cborBytes, uint64(len(v))), v...) }

func putText[S ~string](b []byte, v S) []byte {
	return append(putHead(b, cborText, uint64(len(v))), v...)
}

func putList(b []byte, n int) []byte { return putHead(b, cborArray, uint64(n)) }

func putID(b []byte, id [16]byte) []byte { return putBytes(b, id[:]) }

func putIDOrNone(b []byte, id [16]byte) []byte {
	if id == [16]byte{} {
		return putBytes(b, nil)
	}
	return putID(b, id)
}

func putFlag(b []byte, v bool) []byte {
	if v {
		return append(b, cborTrue)
	}
	return append(b, cborFalse)
}
