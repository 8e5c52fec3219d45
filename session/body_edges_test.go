package session

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess/internal/machine"
	"github.com/fxamacker/cbor/v2"
)

// editBody is a vector with a change, in the deterministic encoding.
func editBody(t *testing.T, name string, change func(m map[any]any)) []byte {
	t.Helper()
	var m map[any]any
	if err := cbor.Unmarshal(vector(t, name), &m); err != nil {
		t.Fatal(err)
	}
	change(m)
	return canonical(t, m)
}

// withField is the body of a login with one field more at its end, as raw bytes.
func withField(t *testing.T, raw string) []byte {
	t.Helper()
	good := vector(t, "authenticated")
	return append(append([]byte{good[0] + 1}, good[1:]...), unhex(raw)...)
}

// SES-030, SES-034: each bound is met exactly, and one more is refused.
func TestBody_bounds(t *testing.T) {
	t.Parallel()
	sized := func(n int) []byte {
		head := append(withField(t, "1863"), 0x5a, 0, 0, 0, 0)
		v := n - len(head)
		copy(head[len(head)-4:], []byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)})
		return append(head, make([]byte, v)...)
	}
	extras := func(n int) []byte {
		return editBody(t, "authenticated", func(m map[any]any) {
			for i := range n {
				m[uint64(100+i)] = 0
			}
		})
	}
	millis := func(ms uint64) []byte {
		return editBody(t, "authenticated", func(m map[any]any) { m[uint64(keyAbsolute)] = ms })
	}
	keyed := func(n int) []byte {
		return editBody(t, "authenticated", func(m map[any]any) { m[uint64(keyCustom)] = map[any]any{strings.Repeat("k", n): []byte{1}} })
	}
	many := func(n int) []byte {
		return editBody(t, "authenticated", func(m map[any]any) {
			data := map[any]any{}
			for i := range n {
				data[fmt.Sprint(i)] = []byte{0}
			}
			m[uint64(keyCustom)] = data
		})
	}
	for name, tc := range map[string]struct{ most, over []byte }{
		"size":           {sized(MaxSealed), sized(MaxSealed + 1)},
		"unknown fields": {extras(maxExtra), extras(maxExtra + 1)},
		"time":           {millis(maxMillis), millis(maxMillis + 1)},
		"key":            {keyed(maxKey), keyed(maxKey + 1)},
		"keys":           {many(maxKeys), many(maxKeys + 1)},
		"depth":          {withField(t, "1863"+strings.Repeat("81", maxDepth-1)+"00"), withField(t, "1863"+strings.Repeat("81", maxDepth)+"00")},
	} {
		if _, _, err := codecV1.decode(tc.most); err != nil {
			t.Errorf("%s: the most is refused: %v", name, err)
		}
		if _, _, err := codecV1.decode(tc.over); !errors.Is(err, ErrIntegrity) {
			t.Errorf("%s: one more: %v", name, err)
		}
	}
}

// SES-030, SES-066: a fault at the very end is one as well: nothing behind it would
// bring it to light.
func TestBody_faults_at_the_end(t *testing.T) {
	t.Parallel()
	data := func(raw string) []byte {
		// In the place of the custom data that the vector has.
		good, had := vector(t, "authenticated"), unhex("0aa1657468656d654600646461726b")
		if bytes.Count(good, had) != 1 {
			t.Fatal("no custom data in the vector")
		}
		return bytes.Replace(good, had, append([]byte{keyCustom}, unhex(raw)...), 1)
	}
	full := editBody(t, "authenticated", func(m map[any]any) {
		for i := range maxExtra {
			m[uint64(100+i)] = 0
		}
	})
	full[1]++ // the head of a map with more than 23 fields
	if _, _, err := codecV1.decode(data("a2416140")); !errors.Is(err, ErrIntegrity) {
		t.Fatal("a byte string as key", err)
	}
	if _, _, err := codecV1.decode(data("a261614061624100")); err != nil {
		t.Fatalf("the helper is wrong: %v", err)
	}
	for name, enc := range map[string][]byte{
		"a key again, without a value":              withField(t, "0e"),
		"an actor of nobody, without a value":       withField(t, "0f"),
		"one unknown field too many":                append(bytes.Clone(full), 0x18, 100+maxExtra),
		"too deep, and nothing there":               withField(t, "1863"+strings.Repeat("81", maxDepth)),
		"a list of more than there is":              withField(t, "18639bffffffffffffffff"),
		"a map of more than there is":               withField(t, "1863bbffffffffffffffff"),
		"text that is none":                         withField(t, "186361ff"),
		"keys of a map out of order":                withField(t, "1863a202000100"),
		"keys of a map out of order, without value": withField(t, "1863a2020001"),
		"a key of a map twice":                      withField(t, "1863a201000100"),
		"custom keys out of order":                  data("a2616240616140"),
		"custom keys out of order, without value":   data("a26162406161"),
		"a custom key twice":                        data("a2616140616140"),
		"an empty custom key, without value":        data("a160"),
	} {
		if b, _, err := codecV1.decode(enc); !errors.Is(err, ErrIntegrity) || b.state != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// SES-002, SES-030: ids have one form, and a step says what it asks for.
func TestBody_ids_and_steps(t *testing.T) {
	t.Parallel()
	in := func(i int, v any) []byte {
		return editBody(t, "authenticated", func(m map[any]any) { m[uint64(keyState)].([]any)[1].([]any)[i] = v })
	}
	flow := func(change func(f []any)) []byte {
		return editBody(t, "step-up", func(m map[any]any) { change(m[uint64(keyState)].([]any)[1].([]any)) })
	}
	id := bytes.Repeat([]byte{7}, 17)
	for name, enc := range map[string][]byte{"login id": in(5, id[:16]), "device": in(7, id[:16]), "no device": in(7, []byte{})} {
		if _, _, err := codecV1.decode(enc); err != nil {
			t.Fatalf("%s: the helper is wrong: %v", name, err)
		}
	}
	for name, enc := range map[string][]byte{
		"short login id": in(5, id[:15]), "long login id": in(5, id), "no login id": in(5, []byte{}),
		"short device": in(7, id[:15]), "long device": in(7, id), "zero device": in(7, make([]byte, 16)),
		"short handle": in(9, id[:15]), "zero handle": in(9, make([]byte, 16)),
		"short flow id": flow(func(f []any) { f[0] = id[:15] }),
		"a step that asks for two": flow(func(f []any) {
			f[6] = append(f[6].([]any), []any{true, "totp", "passkey"})
		}),
		"a step that asks for nothing": flow(func(f []any) { f[6] = append(f[6].([]any), []any{true}) }),
	} {
		if b, _, err := codecV1.decode(enc); !errors.Is(err, ErrIntegrity) || b.state != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// SES-008: the zero values that any program can write down are states of nobody: what
// they are stored as is never read back.
func TestBody_zero_states_are_not_read_back(t *testing.T) {
	t.Parallel()
	for _, s := range []machine.State{machine.Identifying{}, machine.Authenticating{}, machine.Authenticated{}, machine.PendingWorkflow{}} {
		b := guestBody()
		b.state, b.created, b.absolute = s, t0, t0.Add(time.Hour)
		if got, _, err := codecV1.decode(b.encode()); !errors.Is(err, ErrIntegrity) || got.state != nil {
			t.Errorf("%T: %v", s, err)
		}
	}
}

// SES-032, SES-035: an old body is held to the same form as a new one, before any
// step sees it, and what the steps make of it once more.
func TestBody_migration_refuses(t *testing.T) {
	t.Parallel()
	without := func(key uint64) migration {
		return func(list []field) ([]field, error) {
			return slices.DeleteFunc(list, func(f field) bool { return f.key == key }), nil
		}
	}
	good := vector(t, "authenticated")
	few := editBody(t, "authenticated", func(m map[any]any) {
		for i := 0; len(m) < maxExtra; i++ {
			m[uint64(100+i)] = 0
		}
	})
	more := editBody(t, "authenticated", func(m map[any]any) {
		for i := 0; len(m) <= maxExtra; i++ {
			m[uint64(100+i)] = 0
		}
	})
	unordered := slices.Concat([]byte{good[0] + 2}, good[1:], []byte{0x18, 99, 0, 0x18, 98, 0})
	double := slices.Concat([]byte{good[0] + 2}, good[1:], []byte{0x18, 99, 0, 0x18, 99, 0})
	for name, tc := range map[string]struct {
		enc  []byte
		step migration
		want error
	}{
		"as it was":                       {good, without(99), nil},
		"as many fields as may be":        {few, without(99), nil},
		"more fields":                     {more, without(99), ErrIntegrity},
		"out of order":                    {unordered, without(7), ErrIntegrity},
		"twice, and a step that drops it": {double, without(99), ErrIntegrity},
		"cut off":                         {good[:len(good)-1], without(99), ErrIntegrity},
		"a step that loses the state":     {good, without(keyState), ErrIntegrity},
	} {
		codec := &bodyCodec{steps: []migration{tc.step}}
		b, migrated, err := codec.decode(tc.enc)
		if !errors.Is(err, tc.want) || migrated != (tc.want == nil) || (b.state == nil) != (tc.want != nil) {
			t.Errorf("%s: %v, migrated %t", name, err, migrated)
		}
	}
}
