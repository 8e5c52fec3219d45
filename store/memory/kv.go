package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/axess-go/axess/store"
)

// kv is the table of small values, under a lock of its own. Nothing bounds it but
// sweeping: whoever fills it sweeps it.
type kv struct {
	mu sync.Mutex
	m  map[string]value
}

type value struct {
	b       []byte
	expires time.Time
}

// KV returns the port to small values that end by themselves.
func (b *Backend) KV() store.KV { return &b.values }

// live returns the value of a name that counts at now. The caller holds the lock.
func (k *kv) live(name string, now time.Time) (value, bool) {
	v, ok := k.m[name]
	return v, ok && now.Before(v.expires)
}

func (k *kv) set(name string, b []byte, expires time.Time) {
	if k.m == nil {
		k.m = map[string]value{}
	}
	k.m[name] = value{bytes.Clone(b), expires}
}

func (k *kv) begin(ctx context.Context, verb string, err error) error {
	if err != nil {
		return failed(verb, err)
	}
	return alive(ctx, verb)
}

func named(name string, now time.Time) error {
	if err := store.CheckName(name); err != nil {
		return err
	}
	if now.IsZero() {
		return store.ErrBadArgument
	}
	return nil
}

// Get implements [store.KV].
func (k *kv) Get(ctx context.Context, name string, now time.Time) ([]byte, error) {
	if err := k.begin(ctx, "get value", named(name, now)); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	v, ok := k.live(name, now)
	if !ok {
		return nil, failed("get value", store.ErrNotFound)
	}
	return bytes.Clone(v.b), nil
}

// Put implements [store.KV].
func (k *kv) Put(ctx context.Context, name string, b []byte, expires, now time.Time) error {
	if err := k.begin(ctx, "put value", store.CheckEntry(name, b, expires, now)); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.set(name, b, expires)
	return nil
}

// PutIfAbsent implements [store.KV].
func (k *kv) PutIfAbsent(ctx context.Context, name string, b []byte, expires, now time.Time) error {
	if err := k.begin(ctx, "put absent value", store.CheckEntry(name, b, expires, now)); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, taken := k.live(name, now); taken {
		return failed("put absent value", store.ErrExists)
	}
	k.set(name, b, expires)
	return nil
}

// Swap implements [store.KV].
func (k *kv) Swap(ctx context.Context, name string, was, b []byte, expires, now time.Time) error {
	if err := k.begin(ctx, "swap value", store.CheckEntry(name, b, expires, now)); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	v, ok := k.live(name, now)
	switch {
	case !ok:
		return failed("swap value", store.ErrNotFound)
	case !bytes.Equal(v.b, was):
		return failed("swap value", store.ErrConflict)
	}
	k.set(name, b, expires)
	return nil
}

// Take implements [store.KV].
func (k *kv) Take(ctx context.Context, name string, now time.Time) ([]byte, error) {
	if err := k.begin(ctx, "take value", named(name, now)); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	v, ok := k.live(name, now)
	if !ok {
		return nil, failed("take value", store.ErrNotFound)
	}
	delete(k.m, name)
	return v.b, nil
}

// Remove implements [store.KV].
func (k *kv) Remove(ctx context.Context, name string) error {
	if err := k.begin(ctx, "remove value", store.CheckName(name)); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.m, name)
	return nil
}

// Sweep implements [store.KV].
func (k *kv) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	if now.IsZero() || limit < 1 {
		return 0, malformed("sweep values", "time or limit")
	}
	if err := alive(ctx, "sweep values"); err != nil {
		return 0, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	end := now.Add(-store.KVLag)
	var dead []string
	for name, v := range k.m {
		if !v.expires.After(end) {
			dead = append(dead, name)
		}
	}
	slices.SortFunc(dead, func(a, b string) int {
		return cmp.Or(k.m[a].expires.Compare(k.m[b].expires), cmp.Compare(a, b))
	})
	dead = dead[:min(limit, len(dead))]
	for _, name := range dead {
		delete(k.m, name)
	}
	return len(dead), nil
}
