package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
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
	if isASCII(a) && isASCII(b) {
		return strings.Compare(a, b)
	}
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
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
	for _, r := range s {
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
	return append(b, '"')
}

// errNotCanonical answers bytes that canonical did not make.
var errNotCanonical = errors.New("not canonical JSON")

// parse reads what canonical wrote. Encoding the result again must give the same
// bytes: that refuses blanks, repeated keys, wrong order, fractions, other
// spellings of numbers and of text, and bytes behind the end, all at once.
func parse(b []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	v, err := parseValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) || v.kind != isObject {
		return nil, errNotCanonical
	}
	if !bytes.Equal(canonical(v.obj), b) {
		return nil, errNotCanonical
	}
	return v.obj, nil
}

func parseValue(d *json.Decoder, depth int) (value, error) {
	t, err := d.Token()
	if err != nil {
		return value{}, errNotCanonical // the decoder's text quotes the input
	}
	switch t := t.(type) {
	case string:
		return text(t), nil
	case bool:
		return boolean(t), nil
	case json.Number:
		n, err := strconv.ParseInt(t.String(), 10, 64)
		if err != nil || n > maxInt || n < -maxInt {
			return value{}, errNotCanonical
		}
		return number(n), nil
	case json.Delim:
		if depth < maxDepth && t == '[' {
			return parseArray(d, depth)
		}
		if depth < maxDepth && t == '{' {
			return parseObject(d, depth)
		}
	}
	return value{}, errNotCanonical
}

func parseArray(d *json.Decoder, depth int) (value, error) {
	v := array()
	for d.More() {
		e, err := parseValue(d, depth+1)
		if err != nil {
			return value{}, err
		}
		v.list = append(v.list, e)
	}
	if _, err := d.Token(); err != nil {
		return value{}, errNotCanonical
	}
	return v, nil
}

func parseObject(d *json.Decoder, depth int) (value, error) {
	var o object
	for d.More() {
		k, err := parseValue(d, maxDepth) // so deep that only a scalar passes
		if err != nil || k.kind != isText {
			return value{}, errNotCanonical
		}
		v, err := parseValue(d, depth+1)
		if err != nil {
			return value{}, err
		}
		o.set(k.str, v)
	}
	if _, err := d.Token(); err != nil {
		return value{}, errNotCanonical
	}
	return nested(o), nil
}
