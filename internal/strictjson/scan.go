package strictjson

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// Limits bound what a text may ask for. A zero field stands for its default.
type Limits struct {
	Bytes   int // length of the text, 64 KiB
	Depth   int // objects and arrays inside each other, 16, at most 64
	Members int // members of one object, 512
}

const (
	defaultBytes   = 64 << 10
	defaultDepth   = 16
	defaultMembers = 512
	// maxDepth is what the scanner has room for.
	maxDepth = 64
	// maxNumber is far above the longest number that a float64 or an integer of 64
	// bits is written with, and far below what makes a conversion slow.
	maxNumber = 64
)

// Fault is the kind of an [Error]. The set is closed.
type Fault string

// The kinds.
const (
	Syntax    Fault = "syntax"    // not JSON by RFC 8259
	Duplicate Fault = "duplicate" // a member name twice in one object
	Depth     Fault = "depth"     // nested too deeply
	Size      Fault = "size"      // too many bytes or members
	Encoding  Fault = "encoding"  // not UTF-8, or half a surrogate pair
	Number    Fault = "number"    // too long, or beyond float64
	Trailing  Fault = "trailing"  // something behind the value
)

// Error says what is wrong with a text and where. It repeats nothing of the text,
// which may be a secret.
type Error struct {
	Fault  Fault
	Offset int // in bytes from the start
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("strictjson: %s at byte %d", e.Fault, e.Offset)
}

// Scan checks that text is one JSON value under all the rules of this package, with
// white space around it at most. It allocates nothing unless the text is refused or an
// object has more than a few dozen members. The error is an [*Error].
func Scan(text []byte, l Limits) error {
	_, err := scan(text, l)
	return err
}

// Object is [Scan] for a text that has to be an object.
func Object(text []byte, l Limits) error {
	first, err := scan(text, l)
	if err == nil && text[first] != '{' {
		return &Error{Syntax, first}
	}
	return err
}

// name is a member name seen in an object that is still open.
type name struct {
	hash       uint32
	start, end int32 // without the quotes
}

type scanner struct {
	text    []byte
	pos     int
	members int
	// open holds, for each object or array around pos, where the names of the object
	// begin in names; array marks an array.
	open  [maxDepth]int32
	seen  [maxDepth]uint64 // a bit for each name of the object, so that most need no search
	depth int
	// The first names of the open objects lie in room: a slice that may grow would
	// move it to the heap for every text.
	names int
	room  [48]name
	more  []name
}

func (s *scanner) named(i int) *name {
	if i < len(s.room) {
		return &s.room[i]
	}
	return &s.more[i-len(s.room)]
}

// array marks an open array, which has no names.
const array = -1

func scan(text []byte, l Limits) (int, error) {
	if l.Bytes == 0 {
		l.Bytes = defaultBytes
	}
	if l.Depth == 0 {
		l.Depth = defaultDepth
	}
	if l.Members == 0 {
		l.Members = defaultMembers
	}
	if len(text) > l.Bytes || len(text) > 1<<30 {
		return 0, &Error{Size, len(text)}
	}
	s := scanner{text: text, members: l.Members}
	s.space()
	first := s.pos
	if fault := s.run(min(l.Depth, maxDepth)); fault != "" {
		return 0, &Error{fault, s.pos}
	}
	s.space()
	if s.pos != len(text) {
		return 0, &Error{Trailing, s.pos}
	}
	return first, nil
}

func (s *scanner) space() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// run reads one value. It keeps its own stack: the depth of a text must not become
// the depth of ours.
func (s *scanner) run(limit int) Fault {
	for {
		// A value begins at pos.
		if s.pos == len(s.text) {
			return Syntax
		}
		opened := false
		switch c := s.text[s.pos]; {
		case c == '"':
			if _, fault := s.str(); fault != "" {
				return fault
			}
		case c == '{' || c == '[':
			if s.depth == limit {
				return Depth
			}
			s.pos++
			s.space()
			closing := byte(']')
			s.open[s.depth] = array
			if c == '{' {
				closing = '}'
				s.open[s.depth] = int32(s.names)
				s.seen[s.depth] = 0
			}
			s.depth++
			if s.pos < len(s.text) && s.text[s.pos] == closing {
				s.pos++
				s.depth--
				break
			}
			opened = true
		case c == '-' || c-'0' <= 9:
			if fault := s.number(); fault != "" {
				return fault
			}
		case c == 't':
			if !s.word("true") {
				return Syntax
			}
		case c == 'f':
			if !s.word("false") {
				return Syntax
			}
		case c == 'n':
			if !s.word("null") {
				return Syntax
			}
		default:
			return Syntax
		}
		// Behind a value come ends of what is around it, then a comma or nothing.
		for !opened {
			if s.depth == 0 {
				return ""
			}
			s.space()
			if s.pos == len(s.text) {
				return Syntax
			}
			inside := s.open[s.depth-1]
			switch c := s.text[s.pos]; {
			case c == ',':
				s.pos++
				s.space()
				opened = true
			case c == ']' && inside == array:
				s.pos++
				s.depth--
			case c == '}' && inside != array:
				s.pos++
				s.names = int(inside)
				s.depth--
			default:
				return Syntax
			}
		}
		if s.open[s.depth-1] != array {
			if fault := s.member(); fault != "" {
				return fault
			}
		}
	}
}

// member reads a name and its colon, up to the value.
func (s *scanner) member() Fault {
	start := s.pos
	if start == len(s.text) || s.text[start] != '"' {
		return Syntax
	}
	escaped, fault := s.str()
	if fault != "" {
		return fault
	}
	n := name{start: int32(start + 1), end: int32(s.pos - 1)}
	if escaped {
		n.hash = hash(unescape(s.text[n.start:n.end]))
	} else {
		n.hash = hash(s.text[n.start:n.end])
	}
	first := int(s.open[s.depth-1])
	if s.names-first == s.members {
		return Size
	}
	bit := uint64(1) << (n.hash >> 26)
	if s.seen[s.depth-1]&bit != 0 {
		for i := first; i < s.names; i++ {
			if o := s.named(i); o.hash == n.hash && s.same(*o, n) {
				s.pos = start
				return Duplicate
			}
		}
	}
	s.seen[s.depth-1] |= bit
	if at := s.names - len(s.room); at >= 0 {
		s.more = append(s.more[:at], n)
	} else {
		s.room[s.names] = n
	}
	s.names++
	s.space()
	if s.pos == len(s.text) || s.text[s.pos] != ':' {
		return Syntax
	}
	s.pos++
	s.space()
	return ""
}

// hash mixes the length and both ends of a name: it spares comparisons, and
// [scanner.same] decides. Whoever makes names collide makes comparisons as many as
// [Limits.Members] allows, no more.
func hash(name []byte) uint32 {
	h := uint64(len(name))
	if n := len(name); n >= 8 {
		h ^= binary.LittleEndian.Uint64(name) * 0x9E3779B97F4A7C15
		h = bits.RotateLeft64(h, 29) ^ binary.LittleEndian.Uint64(name[n-8:])
		if n > 16 {
			h = h*0x9E3779B97F4A7C15 ^ binary.LittleEndian.Uint64(name[n/2-4:])
		}
	} else {
		for _, c := range name {
			h = h<<8 | uint64(c)
		}
	}
	return uint32(h * 0xD6E8FEB86659FD93 >> 32)
}

func (s *scanner) same(a, b name) bool {
	x, y := s.text[a.start:a.end], s.text[b.start:b.end]
	if bytes.Equal(x, y) {
		return true
	}
	if bytes.IndexByte(x, '\\') < 0 && bytes.IndexByte(y, '\\') < 0 {
		return false
	}
	return bytes.Equal(unescape(x), unescape(y))
}

// stop marks the bytes that end a run of ordinary characters in a string.
var stop = [256]bool{
	'"': true, '\\': true,
	0: true, 1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true, 10: true,
	11: true, 12: true, 13: true, 14: true, 15: true, 16: true, 17: true, 18: true, 19: true, 20: true,
	21: true, 22: true, 23: true, 24: true, 25: true, 26: true, 27: true, 28: true, 29: true, 30: true, 31: true,
}

// Eight bytes at a time: one bit of each, the lowest and the highest.
const (
	ones  = 0x0101010101010101
	highs = ones * 0x80
)

// str reads a string from its opening quote and reports whether it holds escapes.
func (s *scanner) str() (escaped bool, fault Fault) {
	text, pos := s.text, s.pos+1
	for from := pos; ; {
		high := byte(0)
		for pos+8 <= len(text) {
			w := binary.LittleEndian.Uint64(text[pos:])
			quote, slash := w^ones*'"', w^ones*'\\'
			// The high bit of a byte is set if the byte is a quote, a backslash, a
			// control character or beyond ASCII.
			if found := ((quote - ones) | (slash - ones) | (w - ones*' ') | w) & highs; found != 0 {
				if w&highs == 0 {
					pos += bits.TrailingZeros64(found) / 8
				}
				break
			}
			pos += 8
		}
		for pos < len(text) && !stop[text[pos]] {
			high |= text[pos]
			pos++
		}
		if high >= utf8.RuneSelf && !utf8.Valid(text[from:pos]) {
			return false, Encoding
		}
		s.pos = pos
		if pos == len(text) {
			return false, Syntax
		}
		switch text[pos] {
		case '"':
			s.pos++
			return escaped, ""
		case '\\':
			n, fault := escape(text[pos:])
			if fault != "" {
				return false, fault
			}
			escaped = true
			pos += n
			from = pos
		default:
			return false, Syntax
		}
	}
}

// escape returns the length of the escape at the start of text, of the whole pair for
// a surrogate.
func escape(text []byte) (int, Fault) {
	if len(text) < 2 {
		return 0, Syntax
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, ""
	case 'u':
	default:
		return 0, Syntax
	}
	r, ok := unit(text)
	switch {
	case !ok:
		return 0, Syntax
	case r&0xF800 != 0xD800:
		return 6, ""
	case r >= 0xDC00:
		return 0, Encoding
	}
	if low, ok := unit(text[6:]); !ok || low&0xFC00 != 0xDC00 {
		return 0, Encoding
	}
	return 12, ""
}

// unit reads \uXXXX.
func unit(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range text[2:6] {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func (s *scanner) word(w string) bool {
	if len(s.text)-s.pos < len(w) || string(s.text[s.pos:s.pos+len(w)]) != w {
		return false
	}
	s.pos += len(w)
	return true
}

func (s *scanner) digits() int {
	start := s.pos
	for s.pos < len(s.text) && s.text[s.pos]-'0' <= 9 {
		s.pos++
	}
	return s.pos - start
}

func (s *scanner) number() Fault {
	start := s.pos
	if s.text[s.pos] == '-' {
		s.pos++
	}
	zero := s.pos < len(s.text) && s.text[s.pos] == '0'
	switch n := s.digits(); {
	case n == 0, zero && n > 1:
		return Syntax
	}
	if s.pos < len(s.text) && s.text[s.pos] == '.' {
		s.pos++
		if s.digits() == 0 {
			return Syntax
		}
	}
	power := false
	if s.pos < len(s.text) && s.text[s.pos]|0x20 == 'e' {
		power = true
		s.pos++
		if s.pos < len(s.text) && (s.text[s.pos] == '+' || s.text[s.pos] == '-') {
			s.pos++
		}
		if s.digits() == 0 {
			return Syntax
		}
	}
	literal := s.text[start:s.pos]
	if len(literal) > maxNumber {
		return Number
	}
	// So few digits alone do not reach the end of float64.
	if power {
		if _, err := strconv.ParseFloat(string(literal), 64); err != nil {
			return Number
		}
	}
	return ""
}
