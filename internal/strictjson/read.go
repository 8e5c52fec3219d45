package strictjson

import (
	"iter"
	"unicode/utf16"
	"unicode/utf8"
)

// Members walks the members of an object in the order of the text, which [Scan] has
// passed: without that the walk means nothing, though it ends. The name is unescaped,
// the value is JSON as it stands, both belong to the text.
func Members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		s := walker{object, 0}
		if !s.enter('{') {
			return
		}
		for s.at('"') {
			quoted := s.value()
			s.skip(':')
			value := s.value()
			if len(quoted) < 2 || len(value) == 0 || !yield(unescape(quoted[1:len(quoted)-1]), value) {
				return
			}
			s.skip(',')
		}
	}
}

// Elements walks the elements of an array in the same way.
func Elements(arr []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		s := walker{arr, 0}
		if !s.enter('[') {
			return
		}
		for !s.at(']') {
			value := s.value()
			if len(value) == 0 || !yield(value) {
				return
			}
			s.skip(',')
		}
	}
}

// String returns the text of a value that is a string, and whether it is one.
func String(value []byte) (string, bool) {
	if len(value) < 2 || value[0] != '"' {
		return "", false
	}
	return string(unescape(value[1 : len(value)-1])), true
}

// walker steps over a text that is known to be good.
type walker struct {
	text []byte
	pos  int
}

func (w *walker) space() {
	for w.pos < len(w.text) && w.text[w.pos] <= ' ' {
		w.pos++
	}
}

func (w *walker) at(c byte) bool {
	w.space()
	return w.pos < len(w.text) && w.text[w.pos] == c
}

func (w *walker) enter(c byte) bool {
	if !w.at(c) {
		return false
	}
	w.pos++
	return true
}

func (w *walker) skip(c byte) {
	if w.at(c) {
		w.pos++
	}
}

// value steps over one value and returns it without space around it.
func (w *walker) value() []byte {
	w.space()
	start, depth := w.pos, 0
	for w.pos < len(w.text) {
		switch c := w.text[w.pos]; c {
		case '"':
			w.pos++
			for w.pos < len(w.text) && w.text[w.pos] != '"' {
				if w.text[w.pos] == '\\' {
					w.pos++
				}
				w.pos++
			}
			w.pos = min(w.pos+1, len(w.text))
		case '{', '[':
			depth++
			w.pos++
			continue
		case '}', ']':
			if depth == 0 {
				return w.text[start:w.pos]
			}
			depth--
			w.pos++
		case ',', ':', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return w.text[start:w.pos]
			}
			w.pos++
			continue
		default: // a number or a word, to its end
			for w.pos < len(w.text) && !ends(w.text[w.pos]) {
				w.pos++
			}
		}
		if depth == 0 {
			return w.text[start:w.pos]
		}
	}
	return w.text[start:w.pos]
}

// ends reports whether c cannot be part of a number or a word.
func ends(c byte) bool {
	switch c {
	case '"', '{', '[', '}', ']', ',', ':', ' ', '\t', '\n', '\r':
		return true
	}
	return false
}

// unescape returns the characters of a string that has passed [Scan], the very slice
// if none is escaped.
func unescape(s []byte) []byte {
	i := 0
	for i < len(s) && s[i] != '\\' {
		i++
	}
	if i == len(s) {
		return s
	}
	out := append(make([]byte, 0, len(s)), s[:i]...)
	for i < len(s) {
		if s[i] != '\\' || i+1 == len(s) {
			out = append(out, s[i])
			i++
			continue
		}
		switch c := s[i+1]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, _ := unit(s[i:])
			i += 4
			if utf16.IsSurrogate(r) && i+2 <= len(s) {
				low, _ := unit(s[i+2:])
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
		}
		i += 2
	}
	return out
}
