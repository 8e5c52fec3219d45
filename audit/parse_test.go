package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// slowParse reads an event with the decoder of the standard library: what parse is held
// against.
func slowParse(b []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	v, err := slowValue(d, 0)
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

func slowValue(d *json.Decoder, depth int) (value, error) {
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
			return slowArray(d, depth)
		}
		if depth < maxDepth && t == '{' {
			return slowObject(d, depth)
		}
	}
	return value{}, errNotCanonical
}

func slowArray(d *json.Decoder, depth int) (value, error) {
	v := array()
	for d.More() {
		e, err := slowValue(d, depth+1)
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

func slowObject(d *json.Decoder, depth int) (value, error) {
	var o object
	for d.More() {
		k, err := slowValue(d, maxDepth) // so deep that only a scalar passes
		if err != nil || k.kind != isText {
			return value{}, errNotCanonical
		}
		v, err := slowValue(d, depth+1)
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

// agree fails unless both readers say the same of some bytes.
func agree(t interface {
	Helper()
	Fatalf(string, ...any)
}, b []byte) {
	t.Helper()
	fast, err := parse(b)
	slow, wrong := slowParse(b)
	if (err == nil) != (wrong == nil) || len(fast)+len(slow) > 0 && !reflect.DeepEqual(fast, slow) {
		t.Fatalf("%q: %v %v, with the standard library %v %v", b, fast, err, slow, wrong)
	}
}

// AUD-003, FUZ-F26: the reader of events takes what the decoder of the standard library
// takes, no more and no less, and finds the same in it: in what was written, with a byte
// of it changed, left out or doubled.
func TestParse_reads_what_the_standard_library_reads(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := canonical(genObject(3).Draw(t, "object"))
		agree(t, b)
		at := rapid.IntRange(0, len(b)-1).Draw(t, "at")
		changed := bytes.Clone(b)
		changed[at] = rapid.SampledFrom([]byte("\\\"{}[],:0-9tfu \x00\xff\n")).Draw(t, "byte")
		agree(t, changed)
		agree(t, append(bytes.Clone(b[:at]), b[at+1:]...))
		agree(t, append(bytes.Clone(b[:at+1]), b[at:]...))
	})
}

// FUZ-F26
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":["x",true,{}]}`))
	f.Add([]byte(`{"a":"\u001f\\\"\n","b":[[[[[[[[]]]]]]]]}`))
	f.Fuzz(func(t *testing.T, b []byte) { agree(t, b) })
}

// What reading an event costs.
func BenchmarkOpen(b *testing.B) {
	s := setup(b)
	r := s.record(b, b.Context(), s.of, failedCode())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Open(); err != nil {
			b.Fatal(err)
		}
	}
}
