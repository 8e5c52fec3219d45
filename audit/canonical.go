package audit

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxInt is the largest number that every reader of JSON holds exactly
// (RFC 8785 §3.2.2.3, RFC 7493 §2.2).
const maxInt = 1<<53 - 1

const maxDepth = 8

// value is what an event consists of: text, number, truth value, array, object.
// There is no null and no fraction, so that RFC 8785 has no case in which two
// encoders could differ.
type value struct {
	kind valueKind
	str  string
	num  int64 // also the truth value
	list []value
	obj  object
}

type valueKind uint8

const (
	isText valueKind = iota + 1
	isNumber
	isBool
	isArray
	isObject
)

func text(s string) value       { return value{kind: isText, str: s} }
func number(n int64) value      { return value{kind: isNumber, num: n} }
func array(list ...value) value { return value{kind: isArray, list: list} }
func nested(o object) value     { return value{kind: isObject, obj: o} }
func (v value) isTrue() bool    { return v.kind == isBool && v.num == 1 }
func (v value) textOr() string  { return v.str } // "" for anything but text

func boolean(b bool) value {
	v := value{kind: isBool}
	if b {
		v.num = 1
	}
	return v
}

// object is sorted by key as RFC 8785 §3.2.3 wants it: by UTF-16 code units.
type object []member

type member struct {
	key string
	val value
}

func (o object) find(key string) (int, bool) {
	return slices.BinarySearchFunc(o, key, func(m member, key string) int { return compareKeys(m.key, key) })
}

func (o object) get(key string) (value, bool) {
	if i, ok := o.find(key); ok {
		return o[i].val, true
	}
	return value{}, false
}

func (o object) has(key string) bool {
	_, ok := o.find(key)
	return ok
}

// set adds or replaces.
func (o *object) set(key string, v value) {
	i, ok := o.find(key)
	if ok {
		(*o)[i].val = v
		return
	}
	*o = slices.Insert(*o, i, member{key, v})
}

// without returns a copy that lacks the value at a path of keys; objects that
// become empty stay, so that the hash knows that they were there.
func (o object) without(path []string) object {
	i, ok := o.find(path[0])
	if !ok {
		return o
	}
	out := slices.Clone(o)
	if len(path) == 1 {
		return slices.Delete(out, i, i+1)
	}
	out[i].val.obj = out[i].val.obj.without(path[1:])
	return out
}

// at returns the value at a dotted path.
func (o object) at(path string) (value, bool) {
	head, rest, more := strings.Cut(path, ".")
	v, ok := o.get(head)
	if !ok || !more {
		return v, ok
	}
	return v.obj.at(rest)
}

func compareKeys(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			continue
		}
		if a[i] < utf8.RuneSelf && b[i] < utf8.RuneSelf {
			return cmp.Compare(a[i], b[i])
		}
		return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
	}
	return cmp.Compare(len(a), len(b))
}

// canonical encodes an object (RFC 8785).
func canonical(o object) []byte {
	return appendObject(make([]byte, 0, 1024), o)
}

func appendValue(b []byte, v value) []byte {
	switch v.kind {
	case isText:
		return appendText(b, v.str)
	case isNumber:
		return strconv.AppendInt(b, v.num, 10)
	case isBool:
		return strconv.AppendBool(b, v.isTrue())
	case isArray:
		b = append(b, '[')
		for i, e := range v.list {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, e)
		}
		return append(b, ']')
	case isObject:
		return appendObject(b, v.obj)
	}
	panic("audit: value of no kind") // only this package makes values
}

func appendObject(b []byte, o object) []byte {
	b = append(b, '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, m.key)
		b = append(b, ':')
		b = appendValue(b, m.val)
	}
	return append(b, '}')
}

// appendText escapes what RFC 8785 §3.2.2.2 says and nothing else. Bytes that
// are not UTF-8 become U+FFFD: two readers must not see two texts.
func appendText(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	done := 0
	for i := 0; i < len(s); {
		if c := s[i]; c >= 0x20 && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		b = append(b, s[done:i]...)
		i += n
		done = i
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\b':
			b = append(b, `\b`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\f':
			b = append(b, `\f`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r < 0x20:
			b = append(b, `\u00`...)
			b = append(b, hex[r>>4], hex[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	b = append(b, s[done:]...)
	return append(b, '"')
}

// errNotCanonical answers bytes that canonical did not make.
var errNotCanonical = errors.New("not canonical JSON")

// parse reads what canonical wrote. Encoding the result again must give the same
// bytes: that refuses blanks, repeated keys, fractions, other spellings of numbers and
// of text, and what is not UTF-8, all at once.
func parse(b []byte) (object, error) {
	p := scanner{text: string(b)}
	v, ok := p.value(0)
	if !ok || p.at != len(p.text) || v.kind != isObject || !bytes.Equal(canonical(v.obj), b) {
		return nil, errNotCanonical // and nothing of the input
	}
	return v.obj, nil
}

// scanner reads JSON that has no blanks. Texts without an escape are part of its own.
type scanner struct {
	text string
	at   int
}

// take passes a byte if it is the next one.
func (p *scanner) take(c byte) bool {
	if p.at == len(p.text) || p.text[p.at] != c {
		return false
	}
	p.at++
	return true
}

func (p *scanner) value(depth int) (value, bool) {
	if p.at == len(p.text) {
		return value{}, false
	}
	switch p.text[p.at] {
	case '"':
		s, ok := p.string()
		return text(s), ok
	case 't':
		return boolean(true), p.word("true")
	case 'f':
		return boolean(false), p.word("false")
	case '[':
		if depth < maxDepth {
			return p.array(depth)
		}
	case '{':
		if depth < maxDepth {
			return p.object(depth)
		}
	default:
		return p.number()
	}
	return value{}, false
}

func (p *scanner) word(w string) bool {
	ok := strings.HasPrefix(p.text[p.at:], w)
	p.at += len(w)
	return ok
}

func (p *scanner) number() (value, bool) {
	end := p.at
	for end < len(p.text) && (p.text[end] == '-' || p.text[end] >= '0' && p.text[end] <= '9') {
		end++
	}
	n, err := strconv.ParseInt(p.text[p.at:end], 10, 64)
	p.at = end
	return number(n), err == nil && n <= maxInt && n >= -maxInt
}

// string reads a text. Of escapes it knows those that canonical writes.
func (p *scanner) string() (string, bool) {
	p.at++ // the quotation mark
	var made []byte
	for from := p.at; ; {
		next := strings.IndexAny(p.text[p.at:], `"\`)
		if next < 0 {
			return "", false
		}
		p.at += next
		if p.text[p.at] == '"' {
			whole := p.text[from:p.at]
			p.at++
			if made == nil {
				return whole, true
			}
			return string(append(made, whole...)), true
		}
		made = append(made, p.text[from:p.at]...)
		c, n := unescape(p.text[p.at+1:])
		if n == 0 {
			return "", false
		}
		made = append(made, c)
		p.at += 1 + n
		from = p.at
	}
}

// unescape reads what follows a backslash, of which it needs n bytes; none: it is
// nothing that canonical writes.
func unescape(s string) (c byte, n int) {
	if s == "" {
		return 0, 0
	}
	switch s[0] {
	case '"', '\\':
		return s[0], 1
	case 'b':
		return '\b', 1
	case 't':
		return '\t', 1
	case 'n':
		return '\n', 1
	case 'f':
		return '\f', 1
	case 'r':
		return '\r', 1
	case 'u':
		if len(s) < 5 {
			return 0, 0
		}
		code, err := strconv.ParseUint(s[1:5], 16, 8)
		if err != nil {
			return 0, 0
		}
		return byte(code), 5
	}
	return 0, 0
}

func (p *scanner) array(depth int) (value, bool) {
	p.at++
	v := array()
	if p.take(']') {
		return v, true
	}
	for {
		e, ok := p.value(depth + 1)
		if !ok {
			return value{}, false
		}
		v.list = append(v.list, e)
		if p.take(']') {
			return v, true
		}
		if !p.take(',') {
			return value{}, false
		}
	}
}

// object reads members in their order, which is the only one.
func (p *scanner) object(depth int) (value, bool) {
	p.at++
	if p.take('}') {
		return nested(nil), true
	}
	o := make(object, 0, roomFor(depth))
	for {
		if p.at == len(p.text) || p.text[p.at] != '"' {
			return value{}, false
		}
		k, ok := p.string()
		if !ok || len(o) > 0 && compareKeys(o[len(o)-1].key, k) >= 0 || !p.take(':') {
			return value{}, false
		}
		v, ok := p.value(depth + 1)
		if !ok {
			return value{}, false
		}
		o = append(o, member{k, v})
		if p.take('}') {
			return nested(o), true
		}
		if !p.take(',') {
			return value{}, false
		}
	}
}

// roomFor is how many members an object of an event mostly has.
func roomFor(depth int) int {
	if depth == 0 {
		return 20
	}
	return 5
}
