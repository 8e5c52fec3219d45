package session

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// heads are first bytes that matter to a CBOR reader: of each major type the
// smallest and largest short argument, the longer forms, and what is reserved.
func heads() []byte {
	var all []byte
	for major := range 8 {
		for _, info := range []byte{0, 1, 23, 24, 27, 31} {
			all = append(all, byte(major)<<5|info)
		}
	}
	return all
}

// SES-033, SES-037: a body has one form. Whatever is done to one byte of a genuine
// body, it is refused, or it is a body that is written to exactly these bytes:
// nothing is read past, nothing twice, nothing in a longer form.
func TestBody_has_one_form(t *testing.T) {
	t.Parallel()
	check := func(name string, enc []byte, mayOpen bool) {
		b, _, err := codecV1.decode(enc)
		switch {
		case err != nil && (!errors.Is(err, ErrIntegrity) && !errors.Is(err, ErrTooNew) || b.state != nil):
			t.Fatalf("%s: %v, %T", name, err, b.state)
		case err == nil && !mayOpen:
			t.Fatalf("%s: opened", name)
		case err == nil && !bytes.Equal(b.encode(), enc):
			t.Fatalf("%s: %x is read, and written as %x", name, enc, b.encode())
		}
	}
	for _, v := range bodyVectors(t) {
		for i := range v.Body {
			at := fmt.Sprintf("%s, byte %d", v.Name, i)
			check(at+", cut", v.Body[:i], false)
			for _, h := range append(heads(), v.Body[i]^1, v.Body[i]^0x80) {
				changed := bytes.Clone(v.Body)
				changed[i] = h
				check(at+", changed", changed, true)
			}
			check(at+", dropped", slices.Delete(bytes.Clone(v.Body), i, i+1), true)
			for _, h := range []byte{0, 0x40, 0x60, 0x80, 0xa0, 0xf6} {
				check(at+", inserted", slices.Insert(bytes.Clone(v.Body), i, h), true)
			}
			// The same number in every longer form.
			if major, info := v.Body[i]&0xe0, v.Body[i]&0x1f; info < 24 {
				for _, long := range [][]byte{{24, info}, {25, 0, info}, {26, 0, 0, 0, info}, {27, 0, 0, 0, 0, 0, 0, 0, info}} {
					long[0] |= major
					check(at+", longer", slices.Concat(v.Body[:i], long, v.Body[i+1:]), true)
				}
			}
		}
	}
}

// SES-030: numbers are written in their shortest form, and read in no other.
func TestHead_is_the_shortest(t *testing.T) {
	t.Parallel()
	for _, n := range []uint64{0, 23, 24, 255, 256, 65535, 65536, math.MaxUint32, math.MaxUint32 + 1, math.MaxUint64} {
		want, err := cbor.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		if got := putUint(nil, n); !bytes.Equal(got, want) {
			t.Errorf("%d: %x, want %x", n, got, want)
		}
		r := cborReader{b: want}
		if got := r.uint(); got != n || !r.done() {
			t.Errorf("%x is read as %d", want, got)
		}
		for i := range want {
			r := cborReader{b: want[:i]}
			if r.uint(); !r.bad {
				t.Errorf("%x cut to %d bytes is read", want, i)
			}
		}
	}
}

// SES-030, SES-038: at its limits a body is read, one step above it is not.
func TestBody_limits(t *testing.T) {
	t.Parallel()
	good := vector(t, "authenticated")
	edit := func(change func(map[any]any)) []byte {
		var m map[any]any
		if err := cbor.Unmarshal(good, &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		return canonical(t, m)
	}
	unknown := func(raw string) []byte {
		return append(append([]byte{good[0] + 1}, good[1:]...), "\x18\x63"+raw...)
	}
	entriesOf := func(n int) map[any]any {
		m := map[any]any{}
		for i := range n {
			m[fmt.Sprintf("key-%04d", i)] = []byte{1}
		}
		return m
	}
	for name, tc := range map[string]struct {
		body []byte
		ok   bool
	}{
		"64 unknown fields": {edit(func(m map[any]any) {
			for i := range maxExtra {
				m[uint64(100+i)] = 1
			}
		}), true},
		"65 unknown fields": {edit(func(m map[any]any) {
			for i := range maxExtra + 1 {
				m[uint64(100+i)] = 1
			}
		}), false},
		"as many keys as may be":    {edit(func(m map[any]any) { m[uint64(10)] = entriesOf(maxKeys) }), true},
		"a key too many":            {edit(func(m map[any]any) { m[uint64(10)] = entriesOf(maxKeys + 1) }), false},
		"a key of 128 bytes":        {edit(func(m map[any]any) { m[uint64(10)] = map[any]any{strings.Repeat("k", maxKey): []byte{1}} }), true},
		"a browser of 64 bytes":     {edit(func(m map[any]any) { m[uint64(13)] = []any{strings.Repeat("k", maxClient), ""} }), true},
		"a platform of 64 bytes":    {edit(func(m map[any]any) { m[uint64(13)] = []any{"", strings.Repeat("k", maxClient)} }), true},
		"a platform of 65 bytes":    {edit(func(m map[any]any) { m[uint64(13)] = []any{"", strings.Repeat("k", maxClient+1)} }), false},
		"a client of nothing":       {edit(func(m map[any]any) { m[uint64(13)] = []any{"", ""} }), false},
		"keys out of order":         {edit(func(m map[any]any) { m[uint64(10)] = cbor.RawMessage("\xa2\x61b\x41\x01\x61a\x41\x01") }), false},
		"one key twice":             {edit(func(m map[any]any) { m[uint64(10)] = cbor.RawMessage("\xa2\x61a\x41\x01\x61a\x41\x01") }), false},
		"longer key first":          {edit(func(m map[any]any) { m[uint64(10)] = cbor.RawMessage("\xa2\x62aa\x41\x01\x61b\x41\x01") }), false},
		"unknown map out of order":  {unknown("\xa2\x02\x00\x01\x00"), false},
		"unknown map, a key twice":  {unknown("\xa2\x01\x00\x01\x00"), false},
		"unknown map, in order":     {unknown("\xa2\x01\x00\x02\x00"), true},
		"unknown bytes, cut short":  {unknown("\x43\x00\x00"), false},
		"unknown simple value":      {unknown("\xf8\x20"), false},
		"unknown number, long form": {unknown("\x18\x17"), false},
	} {
		b, _, err := codecV1.decode(tc.body)
		if (err == nil) != tc.ok || err == nil && !bytes.Equal(b.encode(), tc.body) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// SES-032: what a migration starts from is held to the same form as a body that
// is read at once.
func TestBody_migration_refuses_malformed_bodies(t *testing.T) {
	t.Parallel()
	codec := &bodyCodec{steps: []migration{func(f []field) ([]field, error) { return f, nil }}}
	old := vector(t, "authenticated")
	if _, migrated, err := codec.decode(old); err != nil || !migrated {
		t.Fatalf("%v, migrated %v", err, migrated)
	}
	many := append([]byte{0xb8, maxExtra + 20, 1, 1, 2, 1}, bytes.Repeat([]byte{0}, 2*maxExtra+36)...)
	for name, enc := range map[string][]byte{
		"cut off":          old[:len(old)-1],
		"trailing bytes":   append(bytes.Clone(old), 0),
		"one field twice":  append(append([]byte{old[0] + 1}, old[1:]...), 14, 0xf5),
		"fields backwards": append(append([]byte{old[0] + 1}, old[1:]...), 13, 0xf5),
		"too many fields":  many,
	} {
		if b, _, err := codec.decode(enc); !errors.Is(err, ErrIntegrity) || b.state != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
