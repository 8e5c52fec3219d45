package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Decoder fills values of type T, which is a struct or a pointer to one. It is made
// once, by [NewDecoder], and safe for concurrent use.
type Decoder[T any] struct {
	shape  *shape
	limits Limits
}

// shape is what encoding/json knows of a type: the members that its structs take. A
// type without structs has none, and nothing in it can be mistaken by case.
type shape struct {
	fields map[string]*shape // of a struct
	inner  *shape            // of the values of a slice, an array or a map
}

// NewDecoder looks at T once, so that no request pays for it. A type with an embedded
// struct or a method UnmarshalJSON on the way is refused: whom its names then belong
// to is decided elsewhere. [json.RawMessage] is taken as it is. A type that contains
// itself is refused too.
func NewDecoder[T any](l Limits) (*Decoder[T], error) {
	s, err := shapeOf(reflect.TypeFor[T](), nil)
	if err != nil {
		return nil, err
	}
	return &Decoder[T]{s, l}, nil
}

// Decode checks text as [Scan] does and decodes it. A member fills a field only if its
// name is the field's, letter by letter; others are passed over.
func (d *Decoder[T]) Decode(text []byte) (T, error) {
	var out, none T
	if err := Scan(text, d.limits); err != nil {
		return none, err
	}
	exact := d.shape.keep(make([]byte, 0, len(text)), text)
	if err := json.Unmarshal(exact, &out); err != nil {
		// The error of encoding/json may quote the value.
		if e, ok := err.(*json.UnmarshalTypeError); ok { //nolint:errorlint // encoding/json returns it bare
			return none, fmt.Errorf("strictjson: %s is not of type %s", e.Field, e.Type)
		}
		return none, fmt.Errorf("strictjson: not a %T", none)
	}
	return out, nil
}

func shapeOf(t reflect.Type, path []reflect.Type) (*shape, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map, reflect.Struct:
	default:
		return nil, ownReader(t)
	}
	if t == reflect.TypeFor[json.RawMessage]() {
		return nil, nil
	}
	if err := ownReader(t); err != nil {
		return nil, err
	}
	for _, outer := range path {
		if outer == t {
			return nil, fmt.Errorf("strictjson: %s contains itself", t)
		}
	}
	path = append(path, t)
	if t.Kind() != reflect.Struct {
		inner, err := shapeOf(t.Elem(), path)
		if inner == nil {
			return nil, err
		}
		return &shape{inner: inner}, nil
	}
	s := &shape{fields: map[string]*shape{}}
	for f := range t.Fields() {
		if f.Anonymous {
			return nil, fmt.Errorf("strictjson: %s embeds %s", t, f.Name)
		}
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || f.Tag.Get("json") == "-" {
			continue
		}
		if tag == "" {
			tag = f.Name
		}
		inner, err := shapeOf(f.Type, path)
		if err != nil {
			return nil, err
		}
		s.fields[tag] = inner
	}
	return s, nil
}

// ownReader refuses a type that reads its JSON itself.
func ownReader(t reflect.Type) error {
	if t.Kind() != reflect.Interface && reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return fmt.Errorf("strictjson: %s has a method UnmarshalJSON", t)
	}
	return nil
}

// keep appends value without the members that no struct of the shape has.
func (s *shape) keep(out, value []byte) []byte {
	value = bytes.TrimLeft(value, " \t\r\n")
	switch {
	case s == nil || len(value) == 0 || value[0] != '{' && value[0] != '[':
		return append(out, value...)
	case value[0] == '[':
		out = append(out, '[')
		for e := range Elements(value) {
			out = append(s.inner.keep(out, e), ',')
		}
		return end(out, ']')
	}
	out = append(out, '{')
	for name, v := range Members(value) {
		inner := s.inner
		if s.fields != nil {
			field, known := s.fields[string(name)]
			if !known {
				continue
			}
			inner = field
		}
		quoted, err := json.Marshal(string(name))
		if err != nil {
			continue // cannot be: a string has a form in JSON
		}
		out = append(append(out, quoted...), ':')
		out = append(inner.keep(out, v), ',')
	}
	return end(out, '}')
}

// end closes an object or an array, in place of the last comma.
func end(out []byte, c byte) []byte {
	if out[len(out)-1] == ',' {
		out = out[:len(out)-1]
	}
	return append(out, c)
}
