package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
	"github.com/axess-go/axess/store/memory"
)

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// counters keeps numbers under numbers.
func counters(kv store.KV, s store.Seal) store.MapConfig[int, uint64] {
	return store.MapConfig[int, uint64]{
		KV: kv, Prefix: "app", Kind: "counter", Key: strconv.Itoa, Seal: s,
		Encode: func(v uint64) ([]byte, error) { return strconv.AppendUint(nil, v, 10), nil },
		Decode: func(b []byte) (uint64, error) { return strconv.ParseUint(string(b), 10, 64) },
	}
}

func ring(t testing.TB) *seal.Ring {
	t.Helper()
	k, err := keys.Ephemeral(entropy.Seeded(1)).Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return k.Data
}

// maps are one in the clear and one sealed, behind the interface by which one may
// stand in for the other.
func maps(t testing.TB) map[string]struct {
	store.CAS[int, uint64]
	kv store.KV
} {
	t.Helper()
	out := map[string]struct {
		store.CAS[int, uint64]
		kv store.KV
	}{}
	for name, s := range map[string]store.Seal{"clear": nil, "sealed": seal.NewNamed(ring(t))} {
		kv := memory.New(memory.Config{}).KV()
		m, err := store.NewMap(counters(kv, s))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = struct {
			store.CAS[int, uint64]
			kv store.KV
		}{m, kv}
	}
	return out
}

// STO-007, STO-008
func TestMap_keeps_values_for_their_time(t *testing.T) {
	t.Parallel()
	for name, m := range maps(t) {
		ctx := t.Context()
		if err := m.Put(ctx, 7, 42, 900*time.Millisecond, noon()); err != nil {
			t.Fatal(name, err)
		}
		if v, err := m.Get(ctx, 7, noon().Add(900*time.Millisecond-time.Microsecond)); v != 42 || err != nil {
			t.Errorf("%s: %d, %v", name, v, err)
		}
		if _, err := m.Get(ctx, 7, noon().Add(900*time.Millisecond)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: over, and %v", name, err)
		}
		if _, err := m.Get(ctx, 8, noon()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: another key: %v", name, err)
		}
		for _, ttl := range []time.Duration{-1, 0, time.Millisecond - 1, store.MaxTTL + 1} {
			for verb, err := range map[string]error{
				"put": m.Put(ctx, 1, 1, ttl, noon()), "absent": m.PutIfAbsent(ctx, 1, 1, ttl, noon()),
				"swap": m.CompareAndSwap(ctx, 1, 1, 1, ttl, noon()),
			} {
				if !errors.Is(err, store.ErrBadTTL) {
					t.Errorf("%s: %s for %v: %v", name, verb, ttl, err)
				}
			}
		}
		if err := m.Put(ctx, 7, 1, store.MaxTTL, noon()); err != nil {
			t.Errorf("%s: the longest: %v", name, err)
		}
		if err := m.Delete(ctx, 7); err != nil {
			t.Error(name, err)
		}
		if _, err := m.Take(ctx, 7, noon()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: deleted, and %v", name, err)
		}
		if err := m.Put(ctx, 7, 1, time.Second, noon()); err != nil {
			t.Error(name, err)
		}
		if n, err := m.Sweep(ctx, noon().Add(time.Hour), 9); n != 1 || err != nil {
			t.Errorf("%s: swept %d, %v", name, n, err)
		}
	}
}

// STO-007
func TestMap_conditions(t *testing.T) {
	t.Parallel()
	for name, m := range maps(t) {
		ctx := t.Context()
		steps := []struct {
			what string
			err  error
			want error
		}{
			{"swap of nothing", m.CompareAndSwap(ctx, 1, 0, 5, time.Hour, noon()), store.ErrNotFound},
			{"first", m.PutIfAbsent(ctx, 1, 5, time.Hour, noon()), nil},
			{"second", m.PutIfAbsent(ctx, 1, 6, time.Hour, noon()), store.ErrExists},
			{"swap of another", m.CompareAndSwap(ctx, 1, 6, 7, time.Hour, noon()), store.ErrConflict},
			{"swap", m.CompareAndSwap(ctx, 1, 5, 7, time.Hour, noon()), nil},
			{"swap again", m.CompareAndSwap(ctx, 1, 5, 7, time.Hour, noon()), store.ErrConflict},
		}
		for _, s := range steps {
			if !errors.Is(s.err, s.want) {
				t.Errorf("%s: %s: %v, want %v", name, s.what, s.err, s.want)
			}
		}
		if v, err := m.Take(ctx, 1, noon()); v != 7 || err != nil {
			t.Errorf("%s: took %d, %v", name, v, err)
		}
	}
}

// STO-007
func TestMap_races(t *testing.T) {
	t.Parallel()
	for name, m := range maps(t) {
		ctx := t.Context()
		if err := m.Put(ctx, 1, 0, time.Hour, noon()); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				for {
					v, err := m.Get(ctx, 1, noon())
					if err == nil {
						err = m.CompareAndSwap(ctx, 1, v, v+1, time.Hour, noon())
					}
					if err == nil {
						return
					}
					if !errors.Is(err, store.ErrConflict) {
						t.Error(name, err)
						return
					}
				}
			})
		}
		wg.Wait()
		if v, err := m.Get(ctx, 1, noon()); v != 64 || err != nil {
			t.Errorf("%s: counted %d, %v", name, v, err)
		}
	}
}

// A sealed value is not read in the store, opens nowhere else, and is never taken
// for an absent one when it does not open. STO-003, STO-007
func TestMap_sealed_values(t *testing.T) {
	t.Parallel()
	m := maps(t)["sealed"]
	ctx := t.Context()
	if err := m.Put(ctx, 1, 123456789, time.Hour, noon()); err != nil {
		t.Fatal(err)
	}
	raw, err := m.kv.Get(ctx, "app/counter/1", noon())
	if err != nil || bytes.Contains(raw, []byte("123456789")) {
		t.Fatalf("stored as %q, %v", raw, err)
	}
	if err := m.kv.Put(ctx, "app/counter/2", raw, noon().Add(time.Hour), noon()); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"get":  second(m.Get(ctx, 2, noon())),
		"swap": m.CompareAndSwap(ctx, 2, 123456789, 1, time.Hour, noon()),
		"take": second(m.Take(ctx, 2, noon())),
	} {
		if !errors.Is(err, store.ErrCorrupt) || errors.Is(err, store.ErrNotFound) || strings.Contains(fmt.Sprint(err), "123456789") {
			t.Errorf("%s of a value that was moved: %v", what, err)
		}
	}
	clear := maps(t)["clear"]
	if err := clear.kv.Put(ctx, "app/counter/1", []byte("no number"), noon().Add(time.Hour), noon()); err != nil {
		t.Fatal(err)
	}
	if _, err := clear.Get(ctx, 1, noon()); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a value that does not decode: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// STO-009
func TestMap_refuses_names_and_configurations(t *testing.T) {
	t.Parallel()
	kv := memory.New(memory.Config{}).KV()
	for name, change := range map[string]func(*store.MapConfig[int, uint64]){
		"kv":     func(c *store.MapConfig[int, uint64]) { c.KV = nil },
		"key":    func(c *store.MapConfig[int, uint64]) { c.Key = nil },
		"encode": func(c *store.MapConfig[int, uint64]) { c.Encode = nil },
		"decode": func(c *store.MapConfig[int, uint64]) { c.Decode = nil },
		"prefix": func(c *store.MapConfig[int, uint64]) { c.Prefix = "App" },
		"kind":   func(c *store.MapConfig[int, uint64]) { c.Kind = "a/b" },
	} {
		cfg := counters(kv, nil)
		change(&cfg)
		if _, err := store.NewMap(cfg); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	cfg := counters(kv, nil)
	cfg.Key = func(n int) string { return strings.Repeat("x", n) }
	m, err := store.NewMap(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]error{0: store.ErrBadArgument, store.MaxName - len("app/counter/"): nil, store.MaxName - len("app/counter/") + 1: store.ErrBadArgument} {
		if err := m.Put(t.Context(), n, 1, time.Hour, noon()); !errors.Is(err, want) {
			t.Errorf("a key of %d bytes: %v, want %v", n, err, want)
		}
	}
}

func ExampleNewMap() {
	ctx, now := context.Background(), noon()
	seen, err := store.NewMap(store.MapConfig[string, bool]{
		KV: memory.New(memory.Config{}).KV(), Prefix: "app", Kind: "nonce",
		Key:    func(nonce string) string { return nonce },
		Encode: func(bool) ([]byte, error) { return []byte{1}, nil },
		Decode: func([]byte) (bool, error) { return true, nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(seen.PutIfAbsent(ctx, "n-1", true, 10*time.Minute, now))
	fmt.Println(seen.PutIfAbsent(ctx, "n-1", true, 10*time.Minute, now))
	// Output:
	// <nil>
	// store: map: memory: put absent value: store: already exists
}

// overtaken lets somebody else write between a read and what follows it.
type overtaken struct {
	store.KV
	by func()
}

func (o overtaken) Get(ctx context.Context, name string, now time.Time) ([]byte, error) {
	b, err := o.KV.Get(ctx, name, now)
	o.by()
	return b, err
}

// A swap holds against what was read, not against what it hoped. STO-007
func TestMap_swap_that_is_overtaken(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name, m := range maps(t) {
		if err := m.Put(ctx, 1, 5, time.Hour, noon()); err != nil {
			t.Fatal(name, err)
		}
		cfg := counters(overtaken{m.kv, func() {
			if err := m.CompareAndSwap(ctx, 1, 5, 6, time.Hour, noon()); err != nil {
				t.Error(name, err)
			}
		}}, nil)
		if name == "sealed" {
			cfg.Seal = seal.NewNamed(ring(t))
		}
		slow, err := store.NewMap(cfg)
		if err != nil {
			t.Fatal(name, err)
		}
		if err := slow.CompareAndSwap(ctx, 1, 5, 7, time.Hour, noon()); !errors.Is(err, store.ErrConflict) {
			t.Errorf("%s: %v, want ErrConflict", name, err)
		}
		if v, err := m.Get(ctx, 1, noon()); v != 6 || err != nil {
			t.Errorf("%s: %d, %v; want what the other wrote", name, v, err)
		}
	}
}
