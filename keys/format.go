package keys

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/axess-go/axess/seal"
)

const (
	header   = "axess-keys v1"
	fields   = "# purpose state created not-after kid key"
	none     = "-"
	maxBytes = 64 << 10
)

// ErrFormat means a text is no key file of version 1. The message names the
// line and the field, never what stands there: it may be a key.
var ErrFormat = errors.New("keys: not a key file")

// Encode writes k as a key file. The result holds the keys in clear; the caller
// clears it.
func Encode(k seal.Keys) ([]byte, error) {
	if err := k.Check(); err != nil {
		return nil, fmt.Errorf("keys: encode: %w", err)
	}
	// Large enough for all rings at their limit, so that no growing buffer
	// leaves a copy behind.
	out := bytes.NewBuffer(make([]byte, 0, 8<<10))
	fmt.Fprintf(out, "%s\n%s\n", header, fields)
	for _, r := range k.Rings() {
		for _, key := range r.Keys() {
			if key.Created.IsZero() {
				return nil, fmt.Errorf("keys: encode: key %s has no time of creation", key.ID())
			}
			end := none
			if !key.NotAfter.IsZero() {
				end = stamp(key.NotAfter)
			}
			fmt.Fprintf(out, "%s %s %s %s %s ", r.Purpose(), key.State, stamp(key.Created), end, key.ID())
			out.Write(base64.RawURLEncoding.AppendEncode(out.AvailableBuffer(), key.Master.Reveal()))
			out.WriteByte('\n')
		}
	}
	return out.Bytes(), nil
}

// Decode reads a key file and checks everything about it except where it came
// from. Errors: [ErrFormat] and those of [seal.NewRing] and [seal.Keys.Check].
func Decode(text []byte) (seal.Keys, error) {
	if len(text) > maxBytes {
		return seal.Keys{}, fmt.Errorf("keys: decode: %w: longer than %d bytes", ErrFormat, maxBytes)
	}
	rings := map[seal.Purpose][]seal.Key{}
	if err := readLines(text, rings); err != nil {
		return seal.Keys{}, fmt.Errorf("keys: decode: %w", err)
	}
	return assemble(rings)
}

// readLines adds the keys of one text to rings.
func readLines(text []byte, rings map[seal.Purpose][]seal.Key) error {
	n := 0
	// Bytes all the way: a string of the file could not be cleared.
	for line := range bytes.Lines(text) {
		n++
		line, whole := bytes.CutSuffix(line, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if n == 1 {
			if string(line) != header || !whole {
				return fmt.Errorf("%w: the first line is not %q", ErrFormat, header)
			}
			continue
		}
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if !whole {
			return fmt.Errorf("%w: line %d is cut off", ErrFormat, n)
		}
		p, k, err := decodeLine(line)
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		rings[p] = append(rings[p], k)
	}
	if n == 0 {
		return fmt.Errorf("%w: it is empty", ErrFormat)
	}
	return nil
}

// assemble makes the four rings and checks them.
func assemble(rings map[seal.Purpose][]seal.Key) (seal.Keys, error) {
	var k seal.Keys
	for _, place := range places(&k) {
		r, err := seal.NewRing(place.purpose, rings[place.purpose]...)
		if err != nil {
			return seal.Keys{}, fmt.Errorf("keys: decode: %w", err)
		}
		*place.ring = r
	}
	if err := k.Check(); err != nil {
		return seal.Keys{}, fmt.Errorf("keys: decode: %w", err)
	}
	return k, nil
}

func decodeLine(line []byte) (seal.Purpose, seal.Key, error) {
	f := bytes.Split(line, []byte(" "))
	if len(f) != 6 {
		return 0, seal.Key{}, fmt.Errorf("%w: not six fields with one space between", ErrFormat)
	}
	p, ok := purpose(string(f[0]))
	if !ok {
		return 0, seal.Key{}, fmt.Errorf("%w: unknown purpose", ErrFormat)
	}
	var k seal.Key
	if k.State, ok = state(string(f[1])); !ok {
		return 0, seal.Key{}, fmt.Errorf("%w: unknown state", ErrFormat)
	}
	if k.Created, ok = instant(string(f[2])); !ok {
		return 0, seal.Key{}, fmt.Errorf("%w: created is not a time in UTC", ErrFormat)
	}
	if string(f[3]) != none {
		if k.NotAfter, ok = instant(string(f[3])); !ok {
			return 0, seal.Key{}, fmt.Errorf("%w: not-after is not a time in UTC", ErrFormat)
		}
	}
	// The decoder skips line breaks even when strict; the length tells.
	master := make([]byte, base64.RawURLEncoding.DecodedLen(len(f[5])))
	n, err := base64.RawURLEncoding.Strict().Decode(master, f[5])
	if err != nil || n != len(master) {
		return 0, seal.Key{}, fmt.Errorf("%w: key is not base64url without padding", ErrFormat)
	}
	k.Master = seal.NewSecret(master)
	clear(master)
	if k.ID().String() != string(f[4]) {
		return 0, seal.Key{}, fmt.Errorf("%w: kid is not the id of the key: one of them is damaged", ErrFormat)
	}
	return p, k, nil
}

func purpose(word string) (seal.Purpose, bool) {
	for _, p := range []seal.Purpose{seal.Cookie, seal.Session, seal.Data, seal.Index} {
		if p.String() == word {
			return p, true
		}
	}
	return 0, false
}

func state(word string) (seal.State, bool) {
	for _, s := range []seal.State{seal.Pending, seal.Primary, seal.Retiring} {
		if s.String() == word {
			return s, true
		}
	}
	return 0, false
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// instant accepts the one spelling that stamp writes.
func instant(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil && !t.IsZero() && stamp(t) == s
}
